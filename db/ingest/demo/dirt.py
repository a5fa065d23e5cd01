"""Errors of the real files, planted in the demo city's table at about the real rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.ingest.demo.words import CREW_TYPES, is_crew

NO_POINT = 0.049  # beside the crews' graffiti, which hardly ever has one
CREW_POINT = 0.05
OUTSIDE = 0.0006
DISTRICT_ZERO = 0.006
NO_ADDRESS = 0.02
CLOSED_EARLY = 0.004  # of street lighting
WRONG_YEAR = 0.1  # of the ones closed early
NO_CLOSING_TIME = 0.0004
TEST_OWNER, TEST_SHARE = "TEST XX", 0.0004
PERSON_OWNER, PERSON_SHARE = "Sample Person", 0.0002
LIGHTING_OWNER = "BSL"
ZIP_WITH_TAIL = 0.01
FAR_POINTS = ((-38.0022, 145.0), (56.1304, -3.2), (33.2, -117.2), (34.9, -118.2), (0.0, 0.0))
SUBJECTS = (
    "no_point",
    "outside",
    "district_zero",
    "no_address",
    "closed_before_created",
    "closed_without_time",
    "test_owner",
    "person_owner",
)


def soil(table: pd.DataFrame, generator: np.random.Generator) -> dict[str, int]:
    """Plant errors in the table, in place; gives how many rows have each kind of error, in the order of `SUBJECTS`.

    Needs `created`, `closed` (datetime64[s]), `channel`, `name`, `owner`, `latitude`, `longitude`, `cd`,
    `address`, `zip`.
    """
    counts = (*_spoil_places(table, generator), *_spoil_closings(table, generator), *_spoil_owners(table, generator))
    return dict(zip(SUBJECTS, counts, strict=True))


def _drawn_rows(share: float | np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """True for about `share` of `count` rows, shape (count,)."""
    return generator.random(count) < share


def _spoil_places(table: pd.DataFrame, generator: np.random.Generator) -> tuple[int, int, int, int]:
    count = len(table)
    crew = is_crew(table["channel"].to_numpy()) & (table["name"] == CREW_TYPES[0]).to_numpy()
    no_point = _drawn_rows(np.where(crew, 1 - CREW_POINT, NO_POINT), count, generator)
    table.loc[no_point, ["latitude", "longitude"]] = np.nan
    table.loc[no_point & _drawn_rows(0.9, count, generator), "cd"] = -1
    outside = _drawn_rows(OUTSIDE, count, generator) & ~no_point
    far = np.array(FAR_POINTS)[generator.integers(0, len(FAR_POINTS), int(outside.sum()))]
    table.loc[outside, ["latitude", "longitude"]] = far
    zero = _drawn_rows(DISTRICT_ZERO, count, generator) & ~no_point
    table.loc[zero, "cd"] = 0
    no_address = _drawn_rows(np.where(no_point, 0.6, NO_ADDRESS), count, generator)
    table.loc[no_address, ["address", "street_name", "suffix", "house_number", "direction"]] = ""
    tail = _drawn_rows(ZIP_WITH_TAIL, count, generator)
    table.loc[tail, "zip"] = table.loc[tail, "zip"].astype(str) + "-0001"
    return int(no_point.sum()), int(outside.sum()), int(zero.sum()), int(no_address.sum())


def _spoil_closings(table: pd.DataFrame, generator: np.random.Generator) -> tuple[int, int]:
    """Close some street lights at midnight before they were reported, some a year too early; clear other closings.

    Gives the number of rows of each of the two.
    """
    count = len(table)
    closed = table["closed"].notna().to_numpy()
    early = (table["owner"] == LIGHTING_OWNER).to_numpy() & closed & _drawn_rows(CLOSED_EARLY, count, generator)
    days_early = np.where(_drawn_rows(WRONG_YEAR, int(early.sum()), generator), 365, 0) + generator.integers(
        0, 3, int(early.sum())
    )
    midnight = table.loc[early, "created"].dt.normalize() - pd.to_timedelta(days_early, unit="D")
    table.loc[early, "closed"] = midnight
    without_time = closed & ~early & _drawn_rows(NO_CLOSING_TIME, count, generator)
    table.loc[without_time, "closed"] = pd.NaT
    return int(early.sum()), int(without_time.sum())


def _spoil_owners(table: pd.DataFrame, generator: np.random.Generator) -> tuple[int, int]:
    test = _drawn_rows(TEST_SHARE, len(table), generator)
    person = ~test & _drawn_rows(PERSON_SHARE, len(table), generator)
    table.loc[test, "owner"] = TEST_OWNER
    table.loc[person, "owner"] = PERSON_OWNER
    return int(test.sum()), int(person.sum())
