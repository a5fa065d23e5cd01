"""What the page "Asked again" draws: its figures, what is fast but comes back, and the story of one place."""

from __future__ import annotations

from datetime import datetime

import altair as alt
import pandas as pd
import streamlit as st

from components import state
from components.drawing import charts, tables, tiles, wording
from components.drawing.charts import Chart, cached_spec
from components.drawing.notices import plain
from components.drawing.theme import TONES
from components.links import View

NAMED = 8  # the most points that bear a name; the others show it in their tooltip
LETTER, LINE = 0.008, 0.05  # about the share of the chart's width that a letter takes, and of its height a line
KINDS = {
    "first": ("First request", "quiet", "circle"),
    "same_call": ("Same call", "quiet", "cross"),
    "chaser": ("Chaser", "soon", "triangle-up"),
    "asked_again": ("Asked again", "bad", "diamond"),
}
RATE_LABELS = {
    "name": "Name",
    "asked_again_share": "Asked again",
    "interval": "Chance alone",
    "asked_again_count": "Calls asked again",
    "with_place_count": "Closed calls with a place",
    "without_place_share": "Without a place",
    "chaser_count": "Chasers",
}
RATE_HELPS = {name: name for name in ("asked_again_share", "asked_again_count", "without_place_share", "chaser_count")}
MEANINGS = {"problem": "Still there", "new_need": "A new need, not in the headline"}
CHRONIC_LABELS = {
    "place_id": "Place",
    "repeat_count": "Repeats",
    "chaser_count": "Chasers",
    "asked_again_count": "Asked again",
    "open_count": "Open now",
    "last_created_at": "Last request",
    "last_service_type": "Last type",
    "last_department": "Department",
}
STORY_LABELS = {
    "sr_number": "Request",
    "created_at": "Created",
    "closed_at": "Closed",
    "service_type": "Type",
    "status": "Status",
    "outcome": "Outcome",
    "kind": "What it is",
    "repeat_of": "Repeats",
    "channel": "Channel",
    "department": "Department",
}
WEAK_LABELS = {
    "sr_number": "Request",
    "service_type": "Type",
    "department": "Department",
    "address": "Address",
    "outcome": "Closed as",
    "resolution_code": "City's code",
    "closed_at": "Closed",
    "asked_again_by": "Asked again by",
    "asked_again_at": "Asked again",
}
FAST_LABELS = {
    "name": "Name",
    "compliance": "Kept its due date",
    "due_count": "Due",
    "asked_again_share": "Asked again",
    "with_place_count": "Closed calls with a place",
}


def figures(found: pd.Series, chronic_count: int, view: View) -> None:
    """The headline: the rate with its interval and what cannot be told, chasers, chronic places."""
    behind = int(found["with_place_count"])
    with st.grid(4, min_column_width=170, gap="small"):
        share = tiles.percent(found["asked_again_share"])
        tiles.tile("asked_again_share", share, view, behind=behind, uses_period=True)
        tiles.tile("chaser_count", found["chaser_count"], view, uses_period=True)
        tiles.tile("chronic_count", chronic_count, view)
        without = tiles.percent(found["without_place_share"])
        tiles.tile("without_place_share", without, view, behind=int(found["closed_count"]), uses_period=True)


def rate_caption(found: pd.Series, view: View) -> str:
    """The sentence below the headline: numerator, denominator, interval and period."""
    if not found["with_place_count"]:
        return f"No call that could be judged was closed in {view.period.describe()}: 14 days must have gone by since."
    few = " Fewer than 30: read with care." if found["is_small"] else ""
    return (
        f"{found['asked_again_count']:,.0f} of {found['with_place_count']:,.0f} calls closed in "
        f"{view.period.describe()}; {interval(found)} by chance at this number only, batches make it too narrow.{few}"
    )


def interval(row: pd.Series) -> str:
    """The Wilson interval in words, empty where there is none."""
    return "" if pd.isna(row["low"]) else f"{row['low']:.1%} to {row['high']:.1%}"


def rates(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table of rates: fewer than 30 calls have no rate to rank by, and what a repeat means is said in words."""
    shown = frame.assign(interval=frame.apply(interval, axis=1) if len(frame) else pd.Series(dtype=object))
    shown["asked_again_share"] = shown["asked_again_share"].where(~shown["is_small"])
    if "repeat_means" not in shown:
        return shown, RATE_LABELS
    shown["repeat_means"] = shown["repeat_means"].map(MEANINGS)
    return shown, {**RATE_LABELS, "repeat_means": "A repeat means"}


@cached_spec
def comes_back(frame: pd.DataFrame) -> Chart:
    """Each type or department by the share that kept its due date (across) and the share asked again (up)."""
    axis = alt.Axis(format="%", tickCount=5)
    base = alt.Chart().encode(
        x=alt.X("compliance:Q", title="Kept its due date", axis=axis, scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("asked_again_share:Q", title="Asked again", axis=axis),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("compliance:Q", title="Kept its due date", format=".1%"),
            alt.Tooltip("asked_again_share:Q", title="Asked again", format=".1%"),
        ],
    )
    dots = base.mark_circle(size=110, color=TONES["main"], opacity=0.9)
    names = base.mark_text(align="left", dx=8, limit=170, color=TONES["quiet"]).encode(text=alt.Text("label:N"))
    columns = ["name", "compliance", "asked_again_share"]
    return alt.layer(dots, names, data=frame[columns].assign(label=labels(frame)), height=300)


def labels(frame: pd.DataFrame) -> list[str]:
    """The names of the `NAMED` worst; "" for all others, and where a name would run into that of a worse one."""
    across, up = (frame[name].tolist() for name in ("compliance", "asked_again_share"))
    names, highest = frame["name"].tolist(), max(up, default=0) or 1
    taken: list[tuple[float, float, float]] = []
    shown = [""] * len(frame)
    for row in sorted(range(len(frame)), key=lambda row: -up[row])[:NAMED]:
        left, right, height = across[row], across[row] + LETTER * len(names[row]), up[row] / highest
        if all(right < start or left > end or abs(height - other) > LINE for start, end, other in taken):
            taken.append((left, right, height))
            shown[row] = names[row]
    return shown


@cached_spec
def story(frame: pd.DataFrame, as_of: datetime) -> Chart:
    """The place's whole story on one line of time: a bar while a request was open, a mark where it was made."""
    requests = told_story(frame).assign(until=frame["closed_at"].fillna(pd.Timestamp(as_of)))
    labels = [label for label, _, _ in KINDS.values()]
    time = alt.X("created_at:T", title=None, axis=alt.Axis(tickCount=8))
    lane = alt.Y("service_type:N", title=None, axis=alt.Axis(labelLimit=180))
    base = alt.Chart().encode(
        x=time,
        y=lane,
        tooltip=[
            alt.Tooltip("sr_number:N", title="Request"),
            alt.Tooltip("kind:N", title=" "),
            alt.Tooltip("created_at:T", title="Created", format="%d %b %Y %H:%M"),
            alt.Tooltip("closed_at:T", title="Closed", format="%d %b %Y %H:%M"),
            alt.Tooltip("status:N", title="Status"),
        ],
    )
    bars = base.mark_bar(height=6, opacity=0.35, color=TONES["quiet"]).encode(x2=alt.X2("until:T"))
    colour = alt.Scale(domain=labels, range=[TONES[tone] for _, tone, _ in KINDS.values()])
    shape = alt.Scale(domain=labels, range=[shape for _, _, shape in KINDS.values()])
    legend = alt.Legend(orient="top", title=None)
    marks = base.mark_point(size=90, filled=True, opacity=1).encode(
        color=alt.Color("kind:N", scale=colour, legend=legend), shape=alt.Shape("kind:N", scale=shape, legend=legend)
    )
    return alt.layer(bars, marks, data=requests, height=max(140, 46 * requests["service_type"].nunique()))


def told_story(frame: pd.DataFrame) -> pd.DataFrame:
    """The requests of a place with what each one is in words, in the column `kind`."""
    return frame.assign(
        kind=frame["repeat_kind"].fillna("first").map(lambda kind: KINDS[kind][0]),
        repeat_of=wording.other_requests(frame, "repeat_of", "repeat_of_system"),
    )


def weak_closures(frame: pd.DataFrame) -> pd.DataFrame:
    """`calls.closures_asked_again` as it is shown: who asked again with the source system where it is another one."""
    return frame.assign(asked_again_by=wording.other_requests(frame, "asked_again_by", "asked_again_by_system"))


def place(name: str, frame: pd.DataFrame, view: View) -> None:
    """One place: its story as a picture and a list, and the way to its queue."""
    requests = told_story(frame)
    counts = requests["kind"].value_counts()
    words = wording.kinds(counts.to_dict())
    st.subheader(f"The story of {plain(name)}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.page_link(state.page("queue"), label="Its queue", icon=":material/list_alt:", query_params=state.link())
        st.button("All places", key="all_places", icon=":material/arrow_back:", on_click=_leave_place)
    charts.place(story(frame, view.as_of), alt_text=f"Requests at {name} over time: {words}", key="story")
    st.caption(f"{len(requests)} requests: {words}. A bar lasts while the request was open.")
    open_request(tables.opening_table(requests, STORY_LABELS, key="story_rows", alt=f"Every request at {name}"))
    tables.download("place", lambda: requests, tables.header(f"Everything asked for at {name}", view))


def open_request(chosen: pd.Series | None) -> None:
    """Open the request of a row that was just chosen."""
    if chosen is not None:
        state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])


def _leave_place() -> None:
    state.choose(place=None)
