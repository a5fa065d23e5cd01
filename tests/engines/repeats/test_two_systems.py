"""Two source systems of one city, which may use the same numbers and may both hold the same call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, select

from db.model.filters import Period, RequestFilter
from db.model.links import link
from db.model.schema import requests as table
from db.model.stored_columns import wrong_calls
from db.queries.repeats import calls
from db.queries.request import requests
from tests.builders import closed_request, moment, open_request
from tests.conftest import Ask

AS_OF = moment("Fri 2026-08-14 12:00")
JULY = RequestFilter(period=Period("july", date(2026, 7, 1), date(2026, 8, 1)))
HERE = {"place_id": "10 A ST", "address_norm": "10 A ST", "address": "10 A ST"}
THERE = {"place_id": "99 Z AVE", "address_norm": "99 Z AVE", "address": "99 Z AVE"}
Fill = Callable[..., Ask]


def after_linking(connection: Connection, question: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """The answer once the rows are linked; the transaction is never committed."""
    link(connection)
    assert wrong_calls(connection) == 0
    return question(connection, *args, **named)


def filled(both: Fill, *rows: dict[str, Any]) -> Ask:
    """Both engines with these rows, linked."""
    return partial(both(rows), after_linking)


def links_of(connection: Connection) -> dict[tuple[str, str], tuple[Any, ...]]:
    names = ("repeat_kind", "repeat_of_system", "repeat_of", "asked_again_by_system", "asked_again_by")
    rows = connection.execute(select(table.c.source_system, table.c.sr_number, *(table.c[name] for name in names)))
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


@pytest.fixture
def same_number(both: Fill) -> Ask:
    """The old system's 1-1 is a pothole still open; the new one's 1-1 is graffiti elsewhere, asked for again as 1-2."""
    graffiti = {"source_system": "new", "service_type": "Graffiti Removal", **THERE}
    return filled(
        both,
        open_request("Wed 2026-07-01 09:00", source_system="old", sr_number="1-1", **HERE),
        closed_request("Wed 2026-07-01 09:00", "Thu 2026-07-02 09:00", sr_number="1-1", **graffiti),
        open_request("Sat 2026-07-04 09:00", sr_number="1-2", **graffiti),
    )


def test_a_number_of_another_system_is_not_asked_for_again(same_number: Ask) -> None:
    assert same_number(links_of) == {
        ("old", "1-1"): (None, None, None, None, None),
        ("new", "1-1"): (None, None, None, "new", "1-2"),
        ("new", "1-2"): ("asked_again", "new", "1-1", None, None),
    }


def test_a_chain_holds_no_request_of_another_system_with_the_same_number(same_number: Ask) -> None:
    def keys(frame: pd.DataFrame) -> list[list[str]]:
        return frame[["source_system", "sr_number"]].to_numpy().tolist()

    chain = [["new", "1-1"], ["new", "1-2"]]
    assert keys(same_number(requests.chain, "1-1", as_of=AS_OF, source_system="new")) == chain
    assert keys(same_number(requests.chain, "1-2", as_of=AS_OF)) == chain
    assert keys(same_number(requests.chain, "1-1", as_of=AS_OF, source_system="old")) == [["old", "1-1"]]
    either = same_number(requests.chain, "1-1", as_of=AS_OF)
    assert keys(either) == [["new", "1-1"], ["old", "1-1"], ["new", "1-2"]]


def test_a_call_that_two_systems_hold_counts_once(both: Fill) -> None:
    """Reported to both within ten minutes, closed by both, asked for again once: one call of one."""
    ask = filled(
        both,
        closed_request("Wed 2026-07-01 09:00", "Thu 2026-07-02 09:00", source_system="old", sr_number="7", **HERE),
        closed_request("Wed 2026-07-01 09:10", "Thu 2026-07-02 10:00", source_system="new", sr_number="7", **HERE),
        open_request("Sat 2026-07-04 09:00", source_system="new", sr_number="8", **HERE),
    )
    told = ask(links_of)
    assert told["new", "7"] == ("same_call", "old", "7", "new", "8")
    assert told["old", "7"] == (None, None, None, "new", "8")
    rate = ask(calls.rate, JULY, as_of=AS_OF).iloc[0]
    assert (rate["closed_count"], rate["asked_again_count"], rate["asked_again_share"]) == (1, 1, 1.0)


def test_a_call_is_not_over_while_one_system_has_it_open(both: Fill) -> None:
    ask = filled(
        both,
        closed_request("Wed 2026-07-01 09:00", "Thu 2026-07-02 09:00", source_system="old", sr_number="7", **HERE),
        open_request("Wed 2026-07-01 09:10", source_system="new", sr_number="9", **HERE),
    )
    assert ask(calls.rate, JULY, as_of=AS_OF)["closed_count"].item() == 0


def test_the_same_number_at_the_same_moment_is_put_in_order_by_system(both: Fill) -> None:
    ask = filled(
        both,
        open_request("Wed 2026-07-01 09:00", source_system="old", sr_number="7", **HERE),
        open_request("Wed 2026-07-01 09:00", source_system="new", sr_number="7", **HERE),
        open_request("Mon 2026-07-06 09:00", source_system="old", sr_number="8", **HERE),
    )
    told = ask(links_of)
    assert told["old", "7"][:3] == ("same_call", "new", "7")
    assert told["old", "8"][:3] == ("chaser", "new", "7")


def test_weak_closures_name_the_system_of_whoever_asked_again(both: Fill) -> None:
    ask = filled(
        both,
        closed_request(
            "Wed 2026-07-01 09:00",
            "Thu 2026-07-02 09:00",
            source_system="old",
            sr_number="7",
            outcome="nothing_found",
            **HERE,
        ),
        open_request("Sat 2026-07-04 09:00", source_system="new", sr_number="7", **HERE),
    )
    found = ask(calls.closures_asked_again, JULY, as_of=AS_OF)
    assert found[["source_system", "sr_number", "asked_again_by_system", "asked_again_by"]].to_numpy().tolist() == [
        ["old", "7", "new", "7"]
    ]
