"""The demo city's requests as a table in the layout of the city's own CSV export since 2025."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from db.ingest.demo import plan
from db.ingest.demo.words import ACTIONS, WAITING_REASONS, pick, resolution_codes, starts_with, statuses, yards

MOMENT_FORMAT = "%m/%d/%Y %I:%M:%S %p"
FIRST_NUMBER = 1_000_000
SERVICE_DATE_SHARE = 0.02
HOUSE_NUMBER_SHARE = 0.18
REASON_SHARE = 0.15


def moment_words(moments: pd.Series) -> pa.Array:
    """Moments as the export writes them, `04/02/2026 12:24:43 PM`, null where there is none."""
    array = pa.array(moments.to_numpy().astype("datetime64[s]"), type=pa.timestamp("s"))
    return pc.strftime(array, format=MOMENT_FORMAT)


def words_or_null(values: pd.Series | np.ndarray) -> pa.Array:
    """Text with null for the empty word, so that its cell in the file is empty."""
    array = pa.array(values, type=pa.string(), from_pandas=True)
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def with_closing_words(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """The table with `status`, `resolution`, `reason`, `yard` and `action`, the city's words."""
    owner, ending, is_closed = table["owner"], table["ending"], table["closed"].notna().to_numpy()
    codes = resolution_codes(ending, owner, generator)
    reason = np.full(len(table), "", dtype=object)
    has_reason = starts_with(owner, "BSS") & (generator.random(len(table)) < REASON_SHARE * 2)
    reason[has_reason] = pick(WAITING_REASONS, int(has_reason.sum()), generator)
    action = pick(ACTIONS, len(table), generator)
    action[(ending == "information").to_numpy()] = "Information Provided"
    return table.assign(
        status=statuses(ending, is_closed, generator),
        resolution=np.where(is_closed, codes, ""),
        reason=reason,
        action=action,
        yard=yards(owner, table["yard"], generator),
    )


def updated_moments(table: pd.DataFrame, window: plan.Window, generator: np.random.Generator) -> pd.Series:
    """When each row was last updated: at its closing; else some time after it was created."""
    some_time_later = table["created"] + pd.to_timedelta(
        generator.exponential(3 * 86_400, len(table)).astype(int), unit="s"
    )
    at_closing = table["closed"].where(table["closed"] >= table["created"])
    return at_closing.fillna(some_time_later.where(some_time_later <= pd.Timestamp(window.until), table["created"]))


def export_table(table: pd.DataFrame, window: plan.Window, generator: np.random.Generator) -> pa.Table:
    """The table in the export's 34 columns, all text, oldest request first.

    `table`: sorted by `created`, with the columns of the places, the words and `name` (the type).
    Member names of the districts and the map page are left empty: the desk stores neither.
    """
    count = len(table)
    empty = pa.nulls(count, pa.string())
    keeps_number = generator.random(count) < HOUSE_NUMBER_SHARE
    served = np.where(generator.random(count) < SERVICE_DATE_SHARE, table["closed"].notna(), False)
    located = table["cd"] >= 0
    columns = {
        "CaseNumber": pa.array(np.arange(FIRST_NUMBER, FIRST_NUMBER + count)).cast(pa.string()),
        "CreatedDate": moment_words(table["created"]),
        "UpdatedDate": moment_words(updated_moments(table, window, generator)),
        "ActionTaken": words_or_null(table["action"]),
        "Owner": words_or_null(table["owner"]),
        "RequestType": words_or_null(table["name"]),
        "Status": words_or_null(table["status"]),
        "RequestSource": words_or_null(table["channel"]),
        "CreatedByUserOrganization": pa.array(["Self Service"] * count, type=pa.string()),
        "Anonymous": pa.array(np.where(generator.random(count) < 0.5, "True", "False"), type=pa.string()),
        "AssignTo": words_or_null(table["yard"]),
        "ServiceDate": moment_words(table["created"].dt.normalize().where(served)),
        "ClosedDate": moment_words(table["closed"]),
        "ReasonCode": words_or_null(table["reason"]),
        "ResolutionCode": words_or_null(table["resolution"]),
        "Address": words_or_null(table["address"]),
        "HouseNumber": words_or_null(table["house_number"].where(keeps_number, "")),
        "Direction": words_or_null(table["direction"]),
        "StreetName": words_or_null(table["street_name"]),
        "Suffix": words_or_null(table["suffix"]),
        "ZipCode": words_or_null(table["zip"]),
        "Latitude": pa.array(table["latitude"], from_pandas=True).cast(pa.string()),
        "Longitude": pa.array(table["longitude"], from_pandas=True).cast(pa.string()),
        "APC": words_or_null(table["apc"]),
        "CD": pa.array(table["cd"].where(located), from_pandas=True).cast(pa.int64()).cast(pa.string()),
        "NC": pa.array(table["nc"].where(table["nc"] > 0), from_pandas=True).cast(pa.int64()).cast(pa.string()),
        "NCName": words_or_null(table["nc_name"]),
    }
    headers = plan.figures()["words"]["headers"]
    return pa.table({name: columns.get(name, empty) for name in headers})


def write_csv(requests: pa.Table, path: Path) -> None:
    """The table as a CSV file with a header, as the city's portal exports it."""
    pa_csv.write_csv(requests, path, write_options=pa_csv.WriteOptions(quoting_style="needed"))
