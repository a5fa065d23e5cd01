"""What is recorded: newest counts, nothing is overwritten, of two writers the second is told; on both engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from db.records import rounds, views
from db.records.database import FileRecords, Records
from db.records.errors import ConflictError, RecordsError
from db.records.history import history
from db.records.rounds import Answer, Stop
from db.records.tables import round_answers, saved_views
from db.rules.rounds import RoundAnswer, round_answer

Open = Callable[[], Records]
NOW = datetime(2026, 11, 30, 9, 15, 20)
ROOT = Path(__file__).resolve().parents[3]
NASTY = "Späte #1 $x* <b> =1+1 עברית 🌳"


def save(records: Records, name: str, *, link: str = "department=BSS", seen: int = 0, by: str = "Ana") -> int:
    with records.writing() as connection:
        return views.save(connection, name=name, page="queue", link=link, seen=seen, by=by, now=NOW)


def listed(records: Records) -> list[views.SavedView]:
    with records.reading() as connection:
        return views.listing(connection)


def begin(records: Records, *numbers: str, title: str = "Old street lights") -> str:
    stops = [Stop("LA", number, "Street Light Out", "BSL", "1 Main St") for number in numbers]
    with records.writing() as connection:
        return rounds.begin(
            connection, title=title, stops=stops, link="lane=check_exists", drawn_as_of=NOW, by="Ana", now=NOW
        )


def found(number: str, what: RoundAnswer = RoundAnswer.GONE, *, seen: int = 0, note: str = "") -> Answer:
    return Answer("LA", number, what, date(2026, 11, 30), note, seen)


def test_a_saved_view_says_who_when_and_what(records: Records) -> None:
    save(records, "Mine")
    assert listed(records) == [views.SavedView("Mine", "queue", "department=BSS", 1, "Ana", NOW)]


def test_a_change_is_one_more_row_and_the_newest_counts(records: Records) -> None:
    save(records, "Mine")
    save(records, "mine", link="department=BSL", seen=1, by="Bob")
    assert [(view.name, view.link, view.written_by) for view in listed(records)] == [("mine", "department=BSL", "Bob")]
    with records.reading() as connection:
        rows = history(connection, saved_views, {"name_key": "mine"})
    assert [(row["revision"], row["link"], row["written_by"]) for row in rows] == [
        (1, "department=BSS", "Ana"),
        (2, "department=BSL", "Bob"),
    ]


def test_of_two_writers_on_one_view_the_second_is_told_who_was_first(open_again: Open) -> None:
    first, second = open_again(), open_again()
    save(first, "Mine")
    with pytest.raises(ConflictError, match="Ana changed this on 2026-11-30 at 09:15"):
        save(second, "MINE", by="Bob")
    assert [view.written_by for view in listed(second)] == ["Ana"]


def test_two_desks_writing_at_once_lose_nothing(open_again: Open) -> None:
    desks = [open_again() for _ in range(4)]
    told: list[str] = []

    def write(desk: Records, by: str) -> None:
        save(desk, f"of {by}", by=by)
        try:
            save(desk, "the same for all", by=by)
        except ConflictError:
            told.append(by)

    threads = [threading.Thread(target=write, args=(desk, f"W{n}")) for n, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [view.name for view in listed(desks[0])]
    assert names == ["of W0", "of W1", "of W2", "of W3", "the same for all"]
    assert len(told) == 3


def test_a_removed_view_is_off_the_list_and_its_name_is_free_again(records: Records) -> None:
    save(records, "Mine")
    with records.writing() as connection:
        views.remove(connection, name="Mine", seen=1, by="Bob", now=NOW)
    assert listed(records) == []
    save(records, "Mine", by="Cem")
    assert [(view.revision, view.written_by) for view in listed(records)] == [(3, "Cem")]


@pytest.mark.parametrize("name", [NASTY, "'; drop table saved_views; --", "a" * 120])
def test_any_name_comes_back_as_it_was_written(records: Records, name: str) -> None:
    save(records, name, by=NASTY)
    assert [(view.name, view.written_by) for view in listed(records)] == [(name, NASTY)]


@pytest.mark.parametrize(("name", "by"), [("", "Ana"), (" \n\t", "Ana"), ("a" * 121, "Ana"), ("Mine", " ")])
def test_a_bad_name_is_refused_and_nothing_is_written(records: Records, name: str, by: str) -> None:
    with pytest.raises(RecordsError, match="nothing was written"):
        save(records, name, by=by)
    assert listed(records) == []


def test_a_failure_in_the_middle_leaves_nothing_behind(records: Records) -> None:
    def fails_after_writing() -> None:
        with records.writing() as connection:
            views.save(connection, name="Mine", page="queue", link="", seen=0, by="Ana", now=NOW)
            raise KeyError("something else went wrong")

    with pytest.raises(KeyError):
        fails_after_writing()
    assert listed(records) == []


def test_a_round_keeps_its_stops_in_order_and_the_newest_answer(records: Records) -> None:
    round_id = begin(records, "1", "2", "3")
    assert round_id == "2026-11-30-1"
    with records.writing() as connection:
        assert rounds.answer(connection, round_id, [found("2")], by="Ivy", now=NOW) == 1
    with records.writing() as connection:
        again = [found("2", RoundAnswer.STILL_THERE, seen=1, note="behind  the\nfence"), found("3")]
        assert rounds.answer(connection, round_id, again, by="Jo", now=NOW) == 2
    with records.reading() as connection:
        stops = rounds.stops(connection, round_id)
        assert list(stops["sr_number"]) == ["1", "2", "3"]
        assert list(stops["answer_revision"]) == [0, 2, 1]
        assert list(stops["answer"])[1:] == ["still there", "gone"]
        assert stops["note"][1] == "behind the fence"
        assert len(history(connection, round_answers, {"round_id": round_id, "sr_number": "2"})) == 2
        assert rounds.listing(connection)[["stop_count", "answer_count"]].to_numpy().tolist() == [[3, 2]]
        assert list(rounds.answers(connection)["sr_number"]) == ["2", "3"]


def test_the_same_answers_brought_twice_are_written_once(records: Records) -> None:
    round_id = begin(records, "1")
    for expected in (1, 0):
        with records.writing() as connection:
            assert rounds.answer(connection, round_id, [found("1")], by="Ivy", now=NOW) == expected


def test_rounds_of_one_day_are_numbered(records: Records) -> None:
    assert [begin(records, "1"), begin(records, "1")] == ["2026-11-30-1", "2026-11-30-2"]


def test_answers_are_all_or_nothing(records: Records) -> None:
    round_id = begin(records, "1")
    with pytest.raises(RecordsError, match="request 9 is not in round"), records.writing() as connection:
        rounds.answer(connection, round_id, [found("1"), found("9")], by="Ivy", now=NOW)
    tomorrow = Answer("LA", "1", RoundAnswer.GONE, date(2026, 12, 1))
    with pytest.raises(RecordsError, match="has not come yet"), records.writing() as connection:
        rounds.answer(connection, round_id, [tomorrow], by="Ivy", now=NOW)
    with pytest.raises(RecordsError, match='there is no round "x"'), records.writing() as connection:
        rounds.answer(connection, "x", [found("1")], by="Ivy", now=NOW)
    with records.reading() as connection:
        assert rounds.answers(connection).empty


def test_the_second_of_two_inspectors_is_told(records: Records) -> None:
    round_id = begin(records, "1")
    with records.writing() as connection:
        rounds.answer(connection, round_id, [found("1")], by="Ivy", now=NOW)
    with pytest.raises(ConflictError, match="Ivy changed this"), records.writing() as connection:
        rounds.answer(connection, round_id, [found("1", RoundAnswer.STILL_THERE)], by="Jo", now=NOW)


def test_a_removed_round_counts_nowhere(records: Records) -> None:
    round_id = begin(records, "1")
    with records.writing() as connection:
        rounds.answer(connection, round_id, [found("1")], by="Ivy", now=NOW)
        rounds.remove(connection, round_id, seen=1, by="Ana", now=NOW)
    with records.reading() as connection:
        assert rounds.listing(connection).empty
        assert rounds.answers(connection).empty


def test_a_bad_round_is_refused(records: Records) -> None:
    with pytest.raises(RecordsError, match="without a stop"):
        begin(records)
    with pytest.raises(RecordsError, match="twice"):
        begin(records, "1", "1")


@pytest.mark.parametrize("text", ["gone", " Gone ", "STILL_THERE", "not  found"])
def test_an_answer_is_read_as_people_write_it(text: str) -> None:
    assert round_answer(text) in RoundAnswer


def test_another_word_is_no_answer() -> None:
    with pytest.raises(ValueError, match='"maybe" is not one of: still there, gone, not found'):
        round_answer("maybe")


KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import make_url
from db.records import views
from db.records.database import FileRecords, ServerRecords
where = sys.argv[1]
records = ServerRecords(make_url(where)) if "://" in where else FileRecords(Path(where))
now = datetime(2026, 11, 30, 9)
with records.writing() as connection:
    views.save(connection, name="half", page="queue", link="", seen=0, by="Ana", now=now)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_writer_killed_in_the_middle_leaves_no_trace(records: Records, request: pytest.FixtureRequest) -> None:
    save(records, "before")
    is_file = isinstance(records, FileRecords)
    where = str(records.path) if is_file else request.getfixturevalue("records_url")  # type: ignore[attr-defined]
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "written\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert [view.name for view in listed(records)] == ["before"]
    save(records, "after")
    assert [view.name for view in listed(records)] == ["after", "before"]


def test_nothing_but_the_newest_is_selected(records: Records) -> None:
    """The history is in the table; `newest` alone decides what is shown."""
    save(records, "a")
    save(records, "a", seen=1)
    with records.reading() as connection:
        assert len(connection.execute(select(saved_views)).all()) == 2
    assert len(listed(records)) == 1
