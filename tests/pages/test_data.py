"""The data page accounts for every row and says what is odd, late or not understood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from components.data.loads import ahead, readable_unknowns, shown_loads, steps
from db.__main__ import main
from db.ingest.requests.load import load_files
from db.storage.database import EmbeddedDatabase
from tests.builders import cancelled_request, open_request
from tests.engines.ingest.loading import case, write_cases
from tests.pages.conftest import Open, figure, said

Fill = Callable[..., Path]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows of the new system, one of them twice, one without a date; the owner of one is nobody known."""
    rows = [case(1), case(1), case(2, Owner="SOMEBODY NEW", Latitude="", Longitude=""), case(3, CreatedDate="never")]
    path = write_cases(tmp_path / "cases.csv", *rows)
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    load_files(
        EmbeddedDatabase(tmp_path / "data"), [path], city="los_angeles", now=datetime(2026, 7, 1), accept_rejects=True
    )


def test_every_row_of_a_load_is_accounted_for(loaded: None, visit: Open) -> None:
    desk = visit("data")
    assert (figure(desk, "Rows stored"), figure(desk, "Loads"), figure(desk, "Rejected rows")) == ("2", "1", "1")
    loads, rejected = desk.dataframe[0].value, desk.dataframe[1].value
    assert loads[["read", "inserted", "repeated", "rejected"]].to_numpy().tolist() == [[4, 2, 1, 1]]
    assert "never" in rejected["reason"].iloc[0]


def test_a_refused_load_is_told_until_the_file_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Open
) -> None:
    environ = {"DESK_DATA": str(tmp_path / "data")}
    monkeypatch.setenv("DESK_DATA", environ["DESK_DATA"])
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = write_cases(tmp_path / "cases.csv", *(case(n, CreatedDate="soon") for n in range(3)))
    assert main(["load", "--city", "los_angeles", str(path)], environ) == 3
    empty = said(visit("overview"))
    assert "Load a file with" in empty
    assert "cases.csv was refused on" in empty
    assert 'CreatedDate "soon" is not a date' in empty
    write_cases(path, *(case(n) for n in range(1_000)))
    assert main(["load", "--city", "los_angeles", str(path)], environ) == 0
    told = said(visit("data"))
    assert "was refused" not in told
    assert "exactly 1,000 rows" in told
    write_cases(path, *(case(n) for n in range(1_001)))
    assert main(["load", "--city", "los_angeles", str(path)], environ) == 0
    assert "cases.csv" not in said(visit("data"))


def test_oddities_come_with_examples_and_unknown_words_with_counts(loaded: None, visit: Open) -> None:
    desk = visit("data")
    flags, unknown = desk.dataframe[2].value, desk.dataframe[-1].value
    assert flags.loc[flags["flag"] == "no coordinates", "examples"].item() == "2"
    assert (unknown["request_count"] == 1).any()


def test_the_waterfall_adds_up(fill: Fill, visit: Open) -> None:
    fill([open_request(), open_request(is_proactive=True), cancelled_request()])
    desk = visit("data")
    assert figure(desk, "Rows stored") == "3"
    assert "No row was rejected" in said(desk)


def test_systems_that_overlap_are_told(fill: Fill, visit: Open) -> None:
    fill([open_request(source_system="old"), open_request(source_system="new")])
    assert "both cover 2026-07-03 to 2026-07-03" in said(visit("data"))


def test_each_bar_of_the_waterfall_begins_where_the_one_before_ended() -> None:
    counts = {"raw": 10, "cancelled": 3, "eligible": 7, "proactive": 2, "residents": 5}
    kinds = ["total", "removed", "total", "removed", "total"]
    bars = steps(pd.DataFrame({"step": list(counts), "kind": kinds, "request_count": list(counts.values())}))
    assert list(zip(bars["low"], bars["high"], strict=True)) == [(0, 10), (7, 10), (0, 7), (5, 7), (0, 5)]


def test_the_last_request_of_a_load_is_not_after_the_moment_described() -> None:
    days = pd.to_datetime(["2026-07-01", "2026-07-20", None])
    loads = pd.DataFrame({"file": ["a/b.csv", "c.csv", "d.csv"], "created_min": days, "created_max": days})
    shown = shown_loads(loads, datetime(2026, 7, 10))
    assert shown["file"].tolist() == ["b.csv", "c.csv", "d.csv"]
    assert shown["created_max_at"].tolist()[:2] == [pd.Timestamp(2026, 7, 1), pd.Timestamp(2026, 7, 10)]
    assert pd.isna(shown["created_max_at"].iloc[2])


def test_what_the_files_hold_beyond_the_moment_is_said_in_words_and_only_then() -> None:
    assert (
        ahead(1_200, 200)
        == " 1,000 more requests of these files come after the moment described: no figure knows them."
    )
    assert ahead(200, 200) == ""


def test_a_word_that_the_city_left_empty_is_called_so() -> None:
    unknown = pd.DataFrame({"kind": ["service_type", "owner"], "value": ["New", None]})
    assert readable_unknowns(unknown).to_numpy().tolist() == [
        ["service type", "New"],
        ["owner", "(not stored: it may be a person's name)"],
    ]


def test_a_choice_without_rows_is_said_instead_of_drawn(fill: Fill, visit: Open) -> None:
    fill([open_request()])
    assert "No row is of this choice" in said(visit("data", yard="Nowhere"))
