"""How grave a danger is: nothing, unless the profile names the type, and perhaps only in some departments."""

from __future__ import annotations

from db.rules.triage.setting import Danger, TriageRules

RULES = TriageRules(
    dangers=(
        Danger("Tree down", "danger", "may fall"),
        Danger("Wire down", "grave", "may kill"),
        Danger("Rail bent", "danger", "edge without a rail", ("BSS",)),
    )
)


def test_a_danger_counts_and_a_grave_one_counts_more() -> None:
    assert RULES.grade("Tree down", "BSS") == 1
    assert RULES.grade("Wire down", "BSS") == 2


def test_a_type_that_is_not_named_is_no_danger() -> None:
    assert RULES.grade("Graffiti", "BSS") == 0


def test_a_danger_of_some_departments_is_none_in_another() -> None:
    assert RULES.grade("Rail bent", "BSS") == 1
    assert RULES.grade("Rail bent", "LASAN") == 0
