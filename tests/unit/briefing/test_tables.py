"""The tables of a briefing."""

from __future__ import annotations

import pandas as pd

from components.briefing.tables import told_apart


def test_a_type_that_two_departments_have_is_named_with_its_department() -> None:
    names = pd.Series(["Park Maintenance", "Zoning", "Park Maintenance"])
    departments = pd.Series(["Parks", "Inspection", "Hotline"])
    assert told_apart(names, departments) == ["Park Maintenance, Parks", "Zoning", "Park Maintenance, Hotline"]


def test_nothing_overdue_has_no_name() -> None:
    assert told_apart(pd.Series([], dtype=object), pd.Series([], dtype=object)) == []
