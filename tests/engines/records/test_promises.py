"""The register of promises on both engines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from db.records import promises
from db.records.database import Records
from db.records.errors import ConflictError, RecordsError
from db.records.promises import Promise
from db.rules.vocabulary import PromiseFigure

NOW = datetime(2026, 11, 30, 9)


def promise(**changes: Any) -> Promise:
    usual = {"name": "Street lights", "promised_by": "Bea", "figure": PromiseFigure.OVERDUE_COUNT}
    values = {"start_value": 713.0, "target_value": 400.0, "due_on": date(2027, 3, 31), "department": "BSL"}
    return Promise(**{**usual, **values, **changes})


def add(records: Records, **changes: Any) -> int:
    with records.writing() as connection:
        return promises.add(connection, promise=promise(**changes), by="Ana", now=NOW)


def listed(records: Records) -> list[Promise]:
    with records.reading() as connection:
        return promises.listing(connection)


def test_a_promise_is_kept_as_it_was_given_and_the_one_due_first_comes_first(records: Records) -> None:
    assert listed(records) == []
    add(records)
    add(
        records, name="Potholes", due_on=date(2026, 12, 31), department="", service_type="Pothole Repair", note=" a  b "
    )
    first, second = listed(records)
    assert (first.name, first.service_type, first.department, first.note) == ("Potholes", "Pothole Repair", "", "a b")
    assert (second.name, second.figure, second.target_value, second.written_by) == (
        "Street lights",
        "overdue_count",
        400.0,
        "Ana",
    )


def test_two_of_one_name_are_refused_whatever_the_case(records: Records) -> None:
    add(records)
    with pytest.raises(RecordsError, match='name "Street lights" is on the register, since 2026-11-30 by Ana'):
        add(records, name="street LIGHTS ")
    assert len(listed(records)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "name of the promise is empty"),
        ({"promised_by": ""}, "who promised it is empty"),
        ({"target_value": 713.0}, "starts where it ends"),
        ({"due_on": date(2026, 11, 29)}, "2026-11-29 has passed"),
    ],
)
def test_what_is_no_promise_is_refused(records: Records, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordsError, match=reason):
        add(records, **changes)
    assert listed(records) == []


def test_a_closed_one_is_off_the_register_and_its_name_free(records: Records) -> None:
    add(records)
    with records.writing() as connection:
        promises.close(connection, name="STREET lights", seen=1, by="Bo", now=NOW)
    assert listed(records) == []
    assert add(records) == 3
    with records.writing() as connection, pytest.raises(ConflictError, match="Ana changed this"):
        promises.close(connection, name="Street lights", seen=1, by="Bo", now=NOW)
    with records.writing() as connection, pytest.raises(RecordsError, match='no promise "Potholes"'):
        promises.close(connection, name="Potholes", by="Bo", now=NOW)
