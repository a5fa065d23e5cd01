"""People who ask again: while their request is open (chasers), or soon after it was closed (asked again)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.ingest.demo import plan
from db.ingest.demo.arrivals import clock_times, frame

CHASER_SHARE_A_WEEK = 0.02  # of requests, for each week they wait, up to the cap
CHASER_CAP = 0.12
ASKED_AGAIN_SHARE = 0.035
ASKED_AGAIN_NOTHING_FOUND = 0.10
ASKED_AGAIN_DAYS = 13
SECONDS_A_DAY = 86_400


def _moments(day: np.ndarray, after: np.ndarray, before: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A moment of the usual hours on each day, moved inside (after, before) where the hour fell outside."""
    moment = clock_times(day.astype("datetime64[D]"), generator)
    inside = (moment > after) & (moment < before)
    seconds_between = (before - after).astype("timedelta64[s]").astype(np.int64)
    return np.where(inside, moment, after + (generator.random(len(day)) * seconds_between).astype("timedelta64[s]"))


def chasers(worked: pd.DataFrame, window: plan.Window, generator: np.random.Generator) -> pd.DataFrame:
    """Requests about one that is still open: the longer it waits the likelier, and two hours after it or later."""
    created = worked["created"].to_numpy().astype("datetime64[s]")
    end = np.datetime64(window.until, "s")
    closed = worked["closed"].to_numpy().astype("datetime64[s]")
    closed = np.where(np.isnat(closed), end, np.minimum(closed, end))
    waited = (closed - created).astype(np.int64) / SECONDS_A_DAY
    chance = np.minimum(waited / 7 * CHASER_SHARE_A_WEEK, CHASER_CAP)
    is_asked = (waited > 1) & (generator.random(len(worked)) < chance) & worked["can_repeat"].to_numpy()
    rows = np.flatnonzero(is_asked)
    day = created[rows] + (generator.uniform(0.25, 1.0, len(rows)) * waited[rows] * SECONDS_A_DAY).astype(
        "timedelta64[s]"
    )
    earliest = created[rows] + np.timedelta64(2, "h")
    moment = _moments(day, earliest, closed[rows], generator)
    return frame(moment, worked["type"].to_numpy()[rows], worked["place"].to_numpy()[rows], "chaser", rows)


def asked_again(worked: pd.DataFrame, scene: plan.Scene, generator: np.random.Generator) -> pd.DataFrame:
    """Requests within two weeks of a closing, about the same problem; more where the crew found nothing."""
    closed = worked["closed"].to_numpy().astype("datetime64[s]")
    chance = np.where(worked["ending"] == "nothing_found", ASKED_AGAIN_NOTHING_FOUND, ASKED_AGAIN_SHARE)
    may_repeat = (
        worked["can_repeat"].to_numpy() & ~np.isnat(closed) & scene.of_types("is_problem", worked["type"].to_numpy())
    )
    rows = np.flatnonzero(may_repeat & (generator.random(len(worked)) < chance))
    after = closed[rows] + np.timedelta64(1, "h")
    before = closed[rows] + np.timedelta64(ASKED_AGAIN_DAYS, "D")
    day = closed[rows] + (generator.beta(1.0, 1.8, len(rows)) * ASKED_AGAIN_DAYS * SECONDS_A_DAY).astype(
        "timedelta64[s]"
    )
    moment = _moments(day, after, before, generator)
    requests = frame(moment, worked["type"].to_numpy()[rows], worked["place"].to_numpy()[rows], "asked_again", rows)
    return requests[requests["created"] <= pd.Timestamp(scene.window.until)].reset_index(drop=True)
