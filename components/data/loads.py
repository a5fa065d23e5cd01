"""What the data page draws: loads and their reconciliation, the waterfall, what later loads changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import altair as alt
import pandas as pd
import streamlit as st

from components import cache, records
from components.drawing.charts import Chart, cached_spec, figures_axis
from components.drawing.notices import plain
from components.drawing.theme import TONES
from db.model.overlap import sentences
from db.records.loads import Attempt, standing

ATTEMPTS_SHOWN = 5

STEP_NAMES = {
    "raw": "All rows",
    "not_a_service": "Not a service",
    "test": "Test rows",
    "cancelled": "Cancelled",
    "duplicate": "Duplicates",
    "acknowledged": "Acknowledged only",
    "eligible": "Requests that count",
    "proactive": "The city's own crews",
    "residents": "Residents' requests",
}
STEP_LABELS = {"name": "Step", "request_count": "Requests", "kind": "What happens"}
LOAD_LABELS = {
    "load_id": "Load",
    "file": "File",
    "layout": "Layout",
    "read": "Read",
    "inserted": "New",
    "updated": "Changed",
    "unchanged": "As before",
    "stale": "Older",
    "repeated": "Twice",
    "rejected": "Rejected",
    "started_at": "Loaded",
    "created_min_at": "First request",
    "created_max_at": "Last request",
    "seconds": "Seconds",
}
REJECT_LABELS = {"load_id": "Load", "line": "Line", "reason": "Reason", "raw": "What of the row a request would keep"}
FLAG_LABELS = {"flag": "Flag", "request_count": "Requests", "part": "Share, %", "examples": "Newest examples"}
UNKNOWN_LABELS = {
    "kind": "What",
    "value": "The city's word",
    "request_count": "Requests",
    "first_created_at": "First",
    "last_created_at": "Last",
}
WEEK_LABELS = {
    "week_start": "Week from",
    "published_load": "Published by load",
    "created_first": "Came in, first",
    "created_now": "Came in, now",
    "late_count": "Reported late",
    "closed_first": "Closed, first",
    "closed_now": "Closed, now",
    "correction_count": "Closings corrected",
}
WEEK_SERIES = {
    "created_first": ("Came in, first", "quiet"),
    "created_now": ("Came in, now", "main"),
    "closed_first": ("Closed, first", "soon"),
    "closed_now": ("Closed, now", "good"),
}


def flagged(flags: pd.DataFrame) -> pd.DataFrame:
    """`freshness.flags` to read: names without underscores, small shares that do not round to nothing."""
    return flags.assign(flag=flags["flag"].str.replace("_", " "), part=(100 * flags["share"]).round(2))


def shown_loads(loads: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """`freshness.loads` with the name of each file, not where it lay, and its last request as far as `as_of`."""
    return loads.assign(
        file=loads["file"].str.split(r"[/\\]", regex=True).str[-1],
        created_min_at=loads["created_min"],
        created_max_at=loads["created_max"].mask(loads["created_max"] > as_of, as_of),
    )


def ahead(stored: int, known: int) -> str:
    """What the files hold beyond the moment described, in words; empty where there is none."""
    later_count = stored - known
    return (
        f" {later_count:,} more requests of these files come after the moment described: no figure knows them."
        if later_count
        else ""
    )


def readable_unknowns(unknown: pd.DataFrame) -> pd.DataFrame:
    """`freshness.unknowns` to read: kinds without underscores; of owners, who may be persons, no word is stored."""
    values = unknown["value"].replace("", pd.NA).fillna("(not stored: it may be a person's name)")
    return unknown.assign(kind=unknown["kind"].str.replace("_", " "), value=values)


@cache.cached_without_copy
def steps(waterfall: pd.DataFrame) -> pd.DataFrame:
    """The waterfall with names to read and, for each bar, where it begins and ends.

    Columns besides those of `freshness.waterfall`: name (text), low, high (int64, requests).
    """
    removed = waterfall["request_count"].where(waterfall["kind"] == "removed", 0)
    high = waterfall["request_count"].iloc[0] - removed.cumsum() + removed
    low = (high - waterfall["request_count"]).where(waterfall["kind"] == "removed", 0)
    names = waterfall["step"].map(STEP_NAMES)
    kind = waterfall["kind"].map({"total": "counted", "removed": "left out"})
    return waterfall.assign(name=names, kind=kind, low=low, high=high)


@cached_spec
def waterfall_chart(frame: pd.DataFrame) -> Chart:
    """One bar a step, the next one beginning where the last one ended; `frame` as `steps` gives it."""
    base = alt.Chart().encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=180)),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("request_count:Q", title="Requests", format=",.0f")],
    )
    tone = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=["counted", "left out"], range=[TONES["main"], TONES["quiet"]]),
        legend=alt.Legend(orient="top", direction="horizontal"),
    )
    bars = base.mark_bar(height={"band": 0.7}).encode(
        x=alt.X("low:Q", title="Requests", axis=figures_axis(4)), x2=alt.X2("high:Q"), color=tone
    )
    words = base.mark_text(align="left", dx=5).encode(
        x=alt.X("high:Q"), text=alt.Text("request_count:Q", format=",.0f")
    )
    return alt.layer(bars, words, data=frame, height=320)


def generated_notice() -> None:
    """Say of a generated city that it is one, and how real requests come in."""
    if cache.city().source_kind == "demo":
        st.info(
            f"This {plain(cache.city().name)} is generated. Load your own requests with `python -m db load FILE`, in a "
            "folder that `DESK_DATA` names.",
            icon=":material/science:",
        )


def profile_notice() -> None:
    """Say where the file of the city's profile is no longer what was read; nothing where all is well."""
    if notice := cache.city().notice:
        st.warning(plain(f"The city's profile: {notice}."), icon=":material/description:")


def attempts_notice() -> None:
    """Say which files were refused, and what the last load of a file warned of; nothing where all went well."""
    no_attempts: Sequence[Attempt] = ()
    attempts, _ = records.read(standing, no_attempts)
    for attempt in attempts[:ATTEMPTS_SHOWN]:
        st.warning(plain(f"{attempt.sentence().rstrip('.')}."), icon=":material/upload_file:")
    if len(attempts) > ATTEMPTS_SHOWN:
        st.caption(f"{len(attempts) - ATTEMPTS_SHOWN} more files were refused or warned of: `python -m db check`.")


def overlap_notice(found: pd.DataFrame) -> None:
    """Say which source systems cover the same days."""
    for sentence in sentences(found):
        st.warning(f"{plain(sentence)}.", icon=":material/join_inner:")
