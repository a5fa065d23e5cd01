"""The same frame from both engines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, Executable, Float, cast, func, literal, select, text

from db.model.schema import load_runs, rejected_rows, requests
from db.storage.frames import bytes_order, fetch
from tests.builders import open_request
from tests.conftest import Ask

ONE_OF_EACH = """
SELECT CAST('é' AS text) AS words, CAST(7 AS bigint) AS many, CAST(1.5 AS double precision) AS share, true AS is_so,
       CAST('2026-07-03 16:59:07.9' AS timestamp) AS made_at, CAST('2026-07-03' AS date) AS made_on,
       CAST(1.25 AS numeric(6, 2)) AS price, ARRAY[CAST('2026-07-03 16:59:07.9' AS timestamp), NULL] AS seen_at
"""
NULLS = "UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
DTYPES = {
    "words": "object",
    "many": "int64",
    "share": "float64",
    "is_so": "boolean",
    "made_at": "datetime64[us]",
    "made_on": "datetime64[us]",
    "price": "float64",
    "seen_at": "object",
}


@pytest.fixture(params=["duckdb_engine", "postgres_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def frame(engine: Engine, statement: Executable, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    with engine.connect() as connection:
        return fetch(connection, statement, columns)


def dtypes(found: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in found.dtypes.items()}


def test_each_kind_of_column_has_one_dtype(engine: Engine) -> None:
    found = frame(engine, text(ONE_OF_EACH))
    assert dtypes(found) == DTYPES
    row = found.iloc[0]
    assert (row["words"], row["many"], row["share"], row["is_so"], row["price"]) == ("é", 7, 1.5, True, 1.25)
    assert row["made_at"] == pd.Timestamp("2026-07-03 16:59:07")
    assert row["made_on"] == pd.Timestamp("2026-07-03")
    assert row["seen_at"].dtype == "datetime64[us]"
    assert row["seen_at"].astype(str).tolist() == ["2026-07-03T16:59:07.000000", "NaT"]


@pytest.mark.parametrize("rows", ["VALUES ('b'), ('a'), (NULL), ('b')", "SELECT 'a' WHERE 1 = 0"])
def test_few_texts_that_come_often_can_be_had_as_numbers(engine: Engine, rows: str) -> None:
    found = frame(engine, text(f"SELECT * FROM ({rows}) AS t(word)"), {"word": "category"})["word"]
    assert found.dtype == "category"
    assert found.astype(object).where(found.notna(), None).tolist() == (["b", "a", None, "b"] if len(found) else [])


def test_no_rows_still_means_all_columns_with_their_dtypes(engine: Engine) -> None:
    found = frame(engine, text(f"SELECT * FROM ({ONE_OF_EACH}) AS one WHERE 1 = 0"))
    assert len(found) == 0
    assert dtypes(found) == DTYPES


def test_an_empty_cell_is_none_in_text_and_missing_elsewhere(engine: Engine) -> None:
    found = frame(engine, text(f"SELECT * FROM ({ONE_OF_EACH} {NULLS}) AS two ORDER BY many NULLS LAST"))
    assert dtypes(found) == DTYPES | {"many": "Int64"}
    assert found["words"].tolist() == ["é", None]
    assert found.iloc[1].isna().all()


def test_a_big_count_beside_an_empty_one_keeps_every_digit(engine: Engine) -> None:
    found = frame(engine, text("SELECT CAST(9007199254740993 AS bigint) AS cell UNION ALL SELECT NULL ORDER BY 1"))
    assert found["cell"].iloc[0] == 9007199254740993


def test_a_date_far_away_is_kept(engine: Engine) -> None:
    found = frame(engine, text("SELECT CAST('9999-12-31 23:59:59' AS timestamp) AS due_at"))
    assert found["due_at"].dt.year.tolist() == [9999]


def test_a_plain_null_takes_the_kind_it_is_given(engine: Engine) -> None:
    found = frame(engine, text("SELECT NULL AS risk, NULL AS closed_at"), {"risk": "number", "closed_at": "moment"})
    assert dtypes(found) == {"risk": "float64", "closed_at": "datetime64[us]"}


def test_an_unknown_kind_is_named(engine: Engine) -> None:
    with pytest.raises(ValueError, match="'money' is not one of text, category, count"):
        frame(engine, text("SELECT 1 AS a"), {"a": "money"})


def test_a_type_without_a_place_in_a_frame_names_the_column(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"column waited has .* cast it"):
        frame(engine, text("SELECT INTERVAL '1 day' AS waited"))


def test_fractions_in_a_column_of_whole_numbers_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="column share should hold whole numbers"):
        frame(engine, text("SELECT CAST(0.5 AS double precision) AS share"), {"share": "count"})


def test_sums_counts_means_and_quantiles_are_the_same_from_both(both: Ask) -> None:
    runs = [_run(load_id, read) for load_id, read in enumerate((1, 2, 4))]
    statement = select(
        func.sum(load_runs.c.read).label("read"),
        func.count().filter(load_runs.c.read > 1).label("large"),
        func.avg(load_runs.c.read).label("mean"),
        func.percentile_cont(0.5).within_group(load_runs.c.read).label("median"),
        (cast(func.sum(load_runs.c.read), Float) / func.count()).label("share"),
    )
    found = both(load_runs=runs)(fetch, statement)
    assert dtypes(found) == {
        "read": "int64",
        "large": "int64",
        "mean": "float64",
        "median": "float64",
        "share": "float64",
    }
    assert found.iloc[0].tolist() == pytest.approx([7, 2, 7 / 3, 2, 7 / 3])


def test_a_sum_over_no_rows_is_missing_from_both(both: Ask) -> None:
    found = both()(fetch, select(func.sum(load_runs.c.read).label("read")))
    assert found["read"].isna().all()
    assert dtypes(found) == {"read": "Int64"}


def test_two_lists_of_one_group_are_in_one_order(duckdb_engine: Engine) -> None:
    """More rows than one thread takes, so that the parts of several are put together."""
    made_at = "timestamp '2020-01-01' + to_seconds(number)"
    statement = text(f"""
        SELECT number % 7 AS part, array_agg({made_at}) AS made_at, array_agg({made_at} + to_days(1)) AS gone_at
        FROM range(600000) AS numbers(number) GROUP BY number % 7""")
    found = frame(duckdb_engine, statement)
    assert found["made_at"].map(len).sum() == 600_000
    for _, made, gone in found.itertuples(index=False):
        assert (gone - made == np.timedelta64(1, "D")).all()


def test_every_column_of_a_request_comes_the_same_from_both(both: Ask) -> None:
    rows = [open_request(sr_number="1-2"), open_request(sr_number="1-1", h3_cell=617700169958293503, latitude=34.1)]
    found = both(rows)(fetch, select(requests).order_by(bytes_order(requests.c.sr_number)))
    assert found["sr_number"].tolist() == ["1-1", "1-2"]
    assert found["h3_cell"].iloc[0] == 617700169958293503


@pytest.mark.parametrize(
    ("descending", "expected"), [(False, ["B", "a", "z", "É", None]), (True, ["É", "z", "a", "B", None])]
)
def test_text_sorts_by_bytes_with_the_empty_ones_last(both: Ask, descending: bool, expected: list[str | None]) -> None:
    rows = [{"load_id": 1, "line": line, "reason": "a", "raw": raw} for line, raw in enumerate("zBaÉ")]
    rows.append({"load_id": 1, "line": 9, "reason": "a", "raw": None})
    statement = select(rejected_rows.c.raw).order_by(bytes_order(rejected_rows.c.raw, descending=descending))
    assert both(rejected_rows=rows)(fetch, statement)["raw"].tolist() == expected


def test_parameters_and_lists_of_values_reach_the_fast_path(both: Ask) -> None:
    rows = [open_request(sr_number="1-1", department="A"), open_request(sr_number="1-2", department="B")]
    statement = select(requests.c.sr_number, literal("x").label("mark")).where(requests.c.department.in_(["B", "C"]))
    assert both(rows)(fetch, statement).to_dict("records") == [{"sr_number": "1-2", "mark": "x"}]


def _run(load_id: int, read: int) -> dict[str, object]:
    counts = dict.fromkeys(("updated", "unchanged", "stale", "repeated", "rejected"), 0)
    moments = dict.fromkeys(("started_at", "finished_at"), pd.Timestamp("2026-07-03").to_pydatetime())
    return {"load_id": load_id, "file": "a.csv", "layout": "a", "read": read, "inserted": read} | counts | moments
