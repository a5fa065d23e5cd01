"""Derive the compact figures behind the demo city from the real files.

    python tools/derive_demo_figures.py FOLDER [OUT]

FOLDER holds `myla311_legacy/`, `myla311_cases_2026/`, `la_service_types/` and `la_boundaries/`.
Writes counts, shares and quantiles only: no request, address or point of the files gets into
OUT (default `db/ingest/demo/figures.json`); a map cell needs at least 10 requests.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

LEGACY_FILES = (
    "myla311_2017-12-27_to_31.csv.gz",
    "myla311_2018-01-01_to_04.csv.gz",
    "myla311_2020-01-01_to_03_iso_dates.csv.gz",
)
CLOSING_FILE = LEGACY_FILES[2]
CREW = "driverselfreport"
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
MIN_CELL = 10
CELL_DEGREES = 0.01
SUB_CELLS = 5
WEEKDAYS = ("Mon", "Tues", "Wed", "Thurs", "Fri", "Sat", "Sun")
# Two years after its first row December 2016 still looks partial; its neighbours' mean stands in.
PARTIAL_MONTH = 12

# The types whose counts the value counts do not give share what is left of their department's owners, by rank
# in this order. The order is an assumption: nothing published ranks them.
RANKED_TYPES = {
    "LASAN": (
        "Dead Animal Removal|Containers|Public Street Receptacles|Illegal Discharge of Water|recycLA Complaint|"
        "recycLA Billing Inquiry|recycLA Program Compliance|recycLA Waste Assessment|"
        "Watershed Protection Division (WPD) Enforcement"
    ),
    "BSS": (
        "Obstructions|Street Tree Inspection|Report a Sidewalk Problem|Street Sweeping|Tree Obstruction|Tree Emergency|"
        "Illegal Auto Repair or Construction, and Leaf Blower Violations|General Street Inspection|"
        "Illegal Sign Removal, News Rack Issues|Median Island Maintenance|Landscape Maintenance|Curb Issues|"
        "Bus Stop Furniture|Flooding|Barricade Removal|Street Tree Violations|Bees or Beehive|"
        "Guard/Warning Rail Maintenance|Land/Mud Slide"
    ),
    "LADOT": (
        "Dockless Mobility Enforcement|Traffic Signal Issues|Traffic Sign Issues|Parking Issues|"
        "Parking Meter Maintenance|Traffic Safety|Bus Stop Parking Sign & Markings|Accessible Parking Zones|"
        "Taxi Complaints|Accessible Bus Stop Issues"
    ),
    "LADBS": "Private Property Violation|Building Permit Inspection",
    "LAAS": "Animal Complaint/Violation|Nuisance Barking Dogs|Animal Loose|Animal Confined",
    "BSL": "Streetlight Non-Repair Services|Streetlight ADA Repair Services",
    "RAP": (
        "Park Cleanliness, Trash and Ground Maintenance|Park Amenity and Facilities Repair|"
        "Illegal Activities (Non-Emergency)"
    ),
    "ITA": "Feedback|Other|Program Research|Request for Terminal Access Routes",
    "LADWP": "Report Water Wasting",
    "BOE": "Sidewalk Repair Access Request Program|Sewer or Sidewalk Rebates",
    "DOD": "ADA/Accessibility/Disability Complaints|Disability Related Modification or Accommodations",
}
OWNER_WORDS = {
    "LASAN": ("LASAN", "LSD", "LASAN - LSD", "recycLA", "LASAN - CCD Staff"),
    "BSS": ("BSS - SMD", "BSS - IED", "BSS - UFD", "BSS - UTA", "DPW"),
    "LADOT": ("LADOT - District Operations", "LADOT - Dockless Mobility Enforcement"),
    "LADBS": ("LADBS",),
    "LAAS": ("LAAS",),
    "BSL": ("BSL",),
    "RAP": ("RAP - Construction", "RAP - Homeless Related Services Team"),
    "ITA": ("ITA",),
}
KNOWN_DIRECTLY = {"Dockless Mobility Enforcement": "LADOT - Dockless Mobility Enforcement"}
# Owners outside the published top twenty: what is left of all rows, in these parts. Assumed.
LEFT_OVER_PARTS = {"RAP": 0.5, "ITA": 0.15, "LADWP": 0.15, "BOE": 0.15, "DOD": 0.05}
FLOOR = 60  # a type with fewer a half year would not show at the demo's usual size


def read_legacy(folder: Path) -> pd.DataFrame:
    """The three legacy files with folded headers, dates parsed, all else text."""
    frames = []
    for name in LEGACY_FILES:
        frame = pd.read_csv(folder / "myla311_legacy" / name, dtype=str)
        frame.columns = [column.lower() for column in frame.columns]
        for column in ("createddate", "closeddate"):
            frame[column] = pd.to_datetime(frame[column], format="mixed")
        frame["file"] = name
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def features(path: Path) -> list[tuple[dict[str, Any], Any]]:
    """(properties, geometry) of a gzipped GeoJSON file."""
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        content = json.load(handle)
    return [(item["properties"], shape(item["geometry"]).buffer(0)) for item in content["features"]]


def clock(folder: Path) -> dict[str, Any]:
    """Share of requests by weekday and hour, and each month's rate a day against the year's, in 2016."""
    frame = pd.read_csv(folder / "myla311_legacy" / "myla311_2016_type_source_hour_duration.csv.gz")
    people = frame[frame.RequestSource.str.replace(" ", "").str.lower() != CREW]
    table = pd.crosstab(people.weekday_created, people.hour_created).reindex(WEEKDAYS)
    table = table * (frame.weekday_created.value_counts().reindex(WEEKDAYS) / table.sum(axis=1)).to_numpy()[:, None]
    month = frame.month_created.value_counts().sort_index()
    per_day = month / [pd.Period(f"2016-{int(number)}").days_in_month for number in month.index]
    per_day[PARTIAL_MONTH] = (per_day[PARTIAL_MONTH - 1] + per_day[1]) / 2
    return {
        "hours_by_weekday": (table / table.to_numpy().sum()).round(6).to_numpy().tolist(),
        "months": (per_day / per_day.mean()).round(3).tolist(),
    }


def residents(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows no crew reported of itself."""
    return frame[frame.requestsource.str.replace(" ", "").str.lower() != CREW]


def closing(frame: pd.DataFrame) -> dict[str, Any]:
    """Hours from created to closed of residents' requests in January 2020, by legacy type, and the closing hours."""
    rows = residents(frame)
    hours = (rows.closeddate - rows.createddate).dt.total_seconds() / 3600
    recent = rows.file == CLOSING_FILE
    grouped = hours[recent].groupby(rows.requesttype[recent])
    quantiles = {
        str(name): [round(float(value), 2) for value in group.quantile(list(QUANTILES))]
        for name, group in grouped
        if group.count() >= 50
    }
    worked = rows.closeddate[(hours > 0.1) & (rows.closeddate.dt.floor("D") != rows.closeddate)]
    by_hour = worked.dt.hour.value_counts(normalize=True).reindex(range(24), fill_value=0)
    return {
        "quantiles": list(QUANTILES),
        "hours_to_close": quantiles,
        "closing_hours": by_hour.round(5).tolist(),
        "closing_weekdays": worked.dt.weekday.value_counts(normalize=True).sort_index().round(5).tolist(),
    }


def crew_share(frame: pd.DataFrame) -> dict[str, float]:
    """Share of crew reports closed within the same minute, over the legacy files."""
    crew = frame[frame.requestsource.str.replace(" ", "").str.lower() == CREW]
    same = (crew.closeddate - crew.createddate).dt.total_seconds().between(0, 60)
    return {"closed_within_a_minute": round(float(same.mean()), 4)}


def same_call(frame: pd.DataFrame) -> dict[str, float]:
    """Share of residents' requests that follow one of the same type at the same address within an hour, by type."""
    rows = residents(frame).dropna(subset=["address"]).sort_values(["address", "requesttype", "createddate"])
    same = (rows.address == rows.address.shift()) & (rows.requesttype == rows.requesttype.shift())
    gap = (rows.createddate - rows.createddate.shift()).dt.total_seconds()
    repeated = same & (gap <= 3600)
    share = repeated.groupby(rows.requesttype).mean()
    return {str(name): round(float(value), 4) for name, value in share.items()}


def mode(values: pd.Series) -> str | None:
    """The commonest value, None when all are missing."""
    counts = values.dropna().value_counts()
    return None if counts.empty else str(counts.index[0])


def locate(points: np.ndarray, areas: list[tuple[dict[str, Any], Any]], key: str) -> np.ndarray:
    """The `key` property of the area that holds each (lon, lat) point, 0 where none does; shape (n,)."""
    tree = shapely.STRtree([geometry for _, geometry in areas])
    found = np.zeros(len(points), dtype=int)
    point, area = tree.query(shapely.points(points), predicate="within")
    found[point] = [int(areas[index][0][key]) for index in area]
    return found


def sub_cell_mask(ix: int, iy: int, district: Any, council: Any | None) -> int:
    """Bits of the 25 parts of a cell that lie wholly inside both areas, lowest bit south-west, eastward first."""
    step = CELL_DEGREES / SUB_CELLS
    mask = 0
    for row in range(SUB_CELLS):
        for column in range(SUB_CELLS):
            west, south = ix * CELL_DEGREES + column * step, iy * CELL_DEGREES + row * step
            box = shapely.box(west, south, west + step, south + step)
            if district.contains(box) and (council is None or council.contains(box)):
                mask |= 1 << (row * SUB_CELLS + column)
    return mask


def cells(frame: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """How residents' requests spread over the city: counts by cell, district (2021) and neighborhood council."""
    rows = residents(frame).dropna(subset=["latitude", "longitude"]).copy()
    points = rows[["longitude", "latitude"]].astype(float).to_numpy()
    districts = features(folder / "la_boundaries" / "la_council_districts_adopted_2021.geojson.gz")
    councils = features(folder / "la_boundaries" / "la_neighborhood_councils_certified.geojson.gz")
    rows["district"] = locate(points, districts, "District")
    rows["council"] = locate(points, councils, "nc_id")
    rows["ix"], rows["iy"] = np.floor(points / CELL_DEGREES + 1e-9).astype(int).T
    district_of = {int(item["District"]): geometry for item, geometry in districts}
    council_of = {int(item["nc_id"]): geometry for item, geometry in councils}
    kept = []
    for (ix, iy, district, council), group in rows[rows.district > 0].groupby(["ix", "iy", "district", "council"]):
        mask = sub_cell_mask(ix, iy, district_of[district], council_of.get(council)) if len(group) >= MIN_CELL else 0
        if mask:
            yard = mode(group.assignto[group.owner.isin(["BOS", "LASAN"])])
            place = [mode(group[name]) for name in ("zipcode", "apc")]
            kept.append([ix, iy, district, council, len(group), mask, *place, yard])
    names = rows.dropna(subset=["nc", "ncname"]).groupby("nc").ncname.agg(mode)
    return {
        "cell_degrees": CELL_DEGREES,
        "sub_cells": SUB_CELLS,
        "columns": ["ix", "iy", "cd", "nc", "count", "mask", "zip", "apc", "yard"],
        "cells": kept,
        "nc_names": {str(int(float(key))): name for key, name in names.items()},
    }


def type_weights(counts: dict[str, Any]) -> dict[str, int]:
    """Requests of each current type in the first half of 2026, known where published, else shared out by rank."""
    owners = counts["Owner_top"]
    weights = {**counts["RequestType_top"], **counts["RequestType_tail"]}
    spent: Counter[str] = Counter()
    for name, routing in counts["request_type_to_owner"].items():
        weights[name] = max(sum(routing.values()), weights.get(name, 0))
        spent.update(routing)
    for name, owner in KNOWN_DIRECTLY.items():
        weights[name] = owners[owner]
        spent[owner] = owners[owner]
    left_over = counts["rows"] - sum(owners.values())
    for department, ranked in RANKED_TYPES.items():
        left = sum(owners[word] - spent[word] for word in OWNER_WORDS.get(department, ()))
        left += LEFT_OVER_PARTS.get(department, 0) * left_over
        names = [name for name in ranked.split("|") if name not in weights]
        parts = np.array([1 / (rank + 1) ** 0.8 for rank in range(len(names))])
        shared = np.maximum(left * parts / parts.sum(), FLOOR)
        weights.update(dict(zip(names, (int(value) for value in shared), strict=True)))
    return {name: max(int(value), FLOOR) for name, value in weights.items()}


def words(folder: Path) -> dict[str, Any]:
    """The city's own words of 2026 with their counts, as published."""
    counts = json.loads((folder / "myla311_cases_2026" / "value_counts.json").read_text(encoding="utf-8"))
    routing = counts["request_type_to_owner"]
    return {
        "headers": pd.read_csv(folder / "myla311_cases_2026" / "columns.csv").csv_header.tolist(),
        "rows": counts["rows"],
        "types": type_weights(counts),
        "owners_by_type": routing,
        "statuses": {name: value[0] for name, value in counts["Status"].items()},
        "channels": counts["RequestSource"],
        "resolutions": counts["ResolutionCode_top"],
        "reasons": counts["ReasonCode_top"],
    }


def main(folder: Path, out: Path) -> None:
    """Derive every figure and write OUT."""
    frame = read_legacy(folder)
    figures = {
        "clock": clock(folder),
        "closing": closing(frame),
        "crew": crew_share(frame),
        "same_call": same_call(frame),
        "places": cells(frame, folder),
        "words": words(folder),
    }
    out.write_text(json.dumps(figures, separators=(",", ":"), default=int) + "\n", encoding="utf-8")


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "db" / "ingest" / "demo" / "figures.json"
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else default)
