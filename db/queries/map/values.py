"""The value of each place on the map, and whether it differs from the city's by more than chance.

Beside each value stand two columns. `city_value` is the share or the median of all that is drawn, or the mean count of
a place. `is_same` says whether the place differs from it by no more than chance. A share is judged by the interval of
its difference from all other places, a count by the interval of counts at random, and a median by whether as many
requests as in the whole city are still open at the city's median.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, case, cast, func, or_, select

from db.model import expressions
from db.model.schema import requests
from db.queries.compliance.time_to_close import WITHOUT_WORK
from db.queries.examples import Given, each, example
from db.queries.shares import divided
from db.rules.proportions import SMALL, Z_95, is_about_same
from db.rules.survival import Curve, kaplan_meier, quantile, standard_error
from db.storage.frames import fetch

AGAINST_CITY = ("city_value", "is_same")

_r = requests.c


def _by_district(connection: Connection, as_of: datetime) -> list[Given]:
    """All that was made by `as_of`, by council district."""
    return [{"as_of": as_of, "rows": [_r.created_at <= as_of], "key": _r.council_district}]


@example(each(_by_district, shows=("how_many", "how_late", "how_long")), in_order=False)
def answered(
    connection: Connection,
    as_of: datetime,
    shows: str,
    rows: list[ColumnElement[bool]],
    key: ColumnElement[Any],
) -> pd.DataFrame:
    """key, request_count, value, is_small, city_value, is_same: one row for each value of `key`."""
    if shows == "how_long":
        return _medians(connection, as_of, rows, key)
    value = {
        "how_many": func.count(),
        "how_late": expressions.counted(~expressions.is_met(as_of)),
        "asked_again": func.count(_r.place_id.distinct()),
    }[shows]
    statement = select(key.label("key"), func.count().label("request_count"), value.label("value"))
    frame = fetch(connection, statement.where(*rows).group_by(key))
    return _shares(frame) if shows == "how_late" else _counts(frame)


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `value`, a count, as a share of `request_count`, judged against all other places."""
    missed, due = frame["value"], frame["request_count"]
    is_small = due < SMALL
    others_due = due.sum() - due
    same = is_about_same(missed, due, missed.sum() - missed, others_due) | (others_due == 0)
    city = missed.sum() / max(due.sum(), 1) if len(frame) else np.nan
    return frame.assign(value=divided(missed, due), is_small=is_small, city_value=city, is_same=same & ~is_small)


def _counts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with counts judged against the mean count of a place; requests without a place are not in the mean."""
    count = frame["value"].astype("float64")
    places = count[frame["key"].notna()]
    mean = places.mean() if len(places) else np.nan
    same = (count - mean).abs() <= Z_95 * np.sqrt(count + mean / max(len(places), 1))
    return frame.assign(value=count, is_small=False, city_value=mean, is_same=same.to_numpy(bool))


def _medians(
    connection: Connection, as_of: datetime, rows: list[ColumnElement[bool]], key: ColumnElement[Any]
) -> pd.DataFrame:
    """The median days to close of each place that is not small, NaN for the small ones."""
    counts = fetch(connection, _counts_by_age(as_of, rows, key))
    counts["request_count"] = counts["closed_count"] + counts["censored_count"]
    frame = counts.groupby("key", dropna=False)["request_count"].sum().reset_index()
    frame["is_small"] = frame["request_count"] < SMALL
    large_places = frame.loc[~frame["is_small"], "key"]
    large_counts = counts[counts["key"].isin(large_places)].sort_values(["key", "hours"])
    whole = _curve(counts.groupby("hours")[["closed_count", "censored_count"]].sum().reset_index())
    city = _median_days(whole)
    curves = {place: _curve(part) for place, part in large_counts.groupby("key", dropna=False)}
    medians = {place: _median_days(curve) for place, curve in curves.items()}
    same = {place: _is_same(curve, whole, city) for place, curve in curves.items()}
    frame["value"] = frame["key"].map(medians).astype("float64")
    is_same = frame["key"].map(same).eq(True)
    return frame.assign(city_value=city, is_same=is_same)[["key", "request_count", "value", "is_small", *AGAINST_CITY]]


def _is_same(curve: Curve, whole: Curve, city: float) -> bool:
    """Whether as many are still open at the city's median as in the whole city, within chance."""
    hours = 24 * city
    difference = abs(curve.at(hours) - whole.at(hours))
    chance = np.hypot(standard_error(curve, hours), standard_error(whole, hours))
    return bool(difference <= Z_95 * chance)


def _counts_by_age(as_of: datetime, rows: list[ColumnElement[bool]], key: ColumnElement[Any]) -> Select[Any]:
    """By key and whole hours: closed with or without result, and censored (still open, or left without work)."""
    left = or_(expressions.has_left(as_of), func.coalesce(_r.outcome, "unknown").in_(WITHOUT_WORK))
    is_closed = case((expressions.is_closed(as_of), True), else_=False)
    ends = case((is_closed, _r.closed_at), else_=as_of)
    hours = cast(func.floor(func.greatest(24 * expressions.elapsed_days(_r.created_at, ends), 0)), Integer)
    event = and_(is_closed, ~left)
    return (
        select(
            key.label("key"),
            hours.label("hours"),
            expressions.counted(event).label("closed_count"),
            expressions.counted(~event).label("censored_count"),
        )
        .where(*rows)
        .group_by(key, hours)
    )


def _curve(part: pd.DataFrame) -> Curve:
    return kaplan_meier(part["hours"].to_numpy("float64") + 0.5, part["closed_count"], part["censored_count"])


def _median_days(curve: Curve) -> float:
    """The median in days, NaN where the curve does not come down to it."""
    hours = quantile(curve, 0.5)
    return float("nan") if hours is None else hours / 24
