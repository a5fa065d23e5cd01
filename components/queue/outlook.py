"""What stands below the queue: how old it is, how last month's risks came true, and demand caused by silence."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from components import cache
from components.drawing import tables, tiles
from components.drawing.charts import Chart, cached_spec, place
from components.drawing.notices import moment, plain
from components.drawing.theme import BAD, MAIN, QUIET, SOON
from components.links import View
from components.queue.snapshot import Held, profile, working_day
from db.model.definitions import definition
from db.queries.queue import backlog, falling_due, learned, risk, status_enquiries, stops
from db.rules.triage.moments import due_by, horizons
from db.rules.triage.plan import Lane

TILE_WIDTH = 210
HORIZONS = {"3": "Due in 3 workdays", "7": "Due in 7 workdays"}
BANDS = {
    "under half": "#4A7F93",
    "half to all": MAIN,
    "1 to 2 times": SOON,
    "2 to 4 times": "#B5566A",
    "4 times and more": BAD,
    "no goal": QUIET,
}
# A part of the strip carries its name where that fits into it: about so many pixels a letter.
LABELLED = "datum.share * width > 7 * length(datum.band)"
JUDGED = {
    "bin": "Risk shown",
    "request_count": "Requests",
    "predicted_share": "Expected to be missed",
    "missed_count": "Missed",
    "observed_share": "Really missed",
}
ENQUIRIES = {
    "name": "Department",
    "enquiry_count": "Only asked",
    "contact_count": "All rows",
    "enquiry_share": "Share",
}


def due_ahead(kept: Held) -> None:
    """What falls due today and in the next working days, and how much of it will probably be late."""
    view = kept.view
    until = horizons(view.as_of, working_day())
    names = {"tonight": f"Due {due_by(until['tonight'], view.as_of)}"} | HORIZONS
    past = cache.ask_without_copy(
        learned.learn, as_of=risk.curves_moment(view.as_of), population=view.filters.population
    )
    filters = view.filters.without_period()
    found = cache.ask(falling_due.falling_due, filters, as_of=view.as_of, until=tuple(until.items()), using=past)
    with st.container(horizontal=True, key="queue_due", gap="small"):
        for row in found.itertuples():
            _falling_due(names[str(row.horizon)], row, view)


def _falling_due(label: str, row: Any, view: View) -> None:
    """One horizon; "likely late" names of how many that is said."""
    unknown = row.falling_due_count - row.known_count
    misses = f"{row.expected_misses:,.0f} of {row.known_count:,} likely late" if row.known_count else None
    if unknown:
        misses = f"{misses}; {unknown:,} unknown" if misses else "no risk known"
    lines = [
        tiles.provenance("falling_due_count", view),
        f"**Until** {moment(row.until_at)}",
        tiles.provenance("expected_misses", view).split("  \n")[0],
    ]
    st.metric(
        label,
        f"{row.falling_due_count:,}",
        misses,
        delta_color="off",
        delta_arrow="off",
        help="  \n".join(lines),
        border=True,
        width=TILE_WIDTH,
        height="stretch",
    )


def today(kept: Held) -> None:
    """What today holds and what it does not, below the list."""
    st.markdown(cache.made(_today, kept))


def _today(kept: Held) -> str:
    until = horizons(kept.view.as_of, working_day())["tonight"]
    due = due_by(until, kept.view.as_of)
    dangers = int(((kept.ranked["lane"] == Lane.DANGER) & ~kept.ranked["is_in_plan"]).sum())
    parts = [f"{kept.today_count:,} of {len(kept.ranked):,} open stops fit into today."]
    if dangers:
        parts.append(f"**{dangers:,} {'danger does' if dangers == 1 else 'dangers do'} not fit today.**")
    if late := stops.left_out(kept.ranked, until):
        parts.append(f"{late:,} due {plain(due)} will be late even so.")
    return " ".join(parts)


def ageing_strip(view: View) -> None:
    """One bar of the open requests by how much of their promised time is gone."""
    frame = cache.ask(backlog.ageing, view.filters.without_period(), as_of=view.as_of)
    frame = frame[(frame["scale"] == "goal") & (frame["open_count"] > 0)].reset_index(drop=True)
    words = ", ".join(f"{row.band} {row.open_count:,}" for row in frame.itertuples())
    place(
        _strip(frame), alt_text=f"Open requests by time since creation over time promised: {words}", key="ageing_strip"
    )
    st.caption(f"Time since creation over time promised, of the open requests: {words}.")


@cached_spec
def _strip(frame: pd.DataFrame) -> Chart:
    bands = frame["band"].tolist()
    drawn = frame[["band", "open_count", "share"]].assign(end=frame["open_count"].cumsum())
    drawn["start"] = drawn["end"] - drawn["open_count"]
    drawn["middle"] = (drawn["start"] + drawn["end"]) / 2
    colour = alt.Color(
        "band:N", legend=None, scale=alt.Scale(domain=bands, range=[BANDS[band] for band in bands]), sort=bands
    )
    across = alt.Scale(domain=[0, int(drawn["end"].max())], nice=False)
    base = alt.Chart()
    bar = base.mark_bar(height=26).encode(
        x=alt.X("start:Q", axis=None, scale=across),
        x2=alt.X2("end:Q"),
        color=colour,
        tooltip=[
            alt.Tooltip("band:N", title="Of its goal"),
            alt.Tooltip("open_count:Q", title="Open", format=",.0f"),
            alt.Tooltip("share:Q", title="Share", format=".0%"),
        ],
    )
    # Not `alt.condition`, whose channels Altair looks for in the whole schema: most of what the strip would cost.
    name = alt.TextValue("", condition={"test": LABELLED, "field": "band", "type": "nominal"})
    label = base.mark_text(color="white", fontSize=12).encode(x=alt.X("middle:Q", axis=None, scale=across), text=name)
    return alt.layer(bar, label, data=drawn, height=30)


def came_true(view: View) -> None:
    """How last month's risks came true, asked for only when it is opened."""
    details = st.expander("How last month's risks came true", key="came_true", on_change="rerun")
    if not details.open:
        return
    with details:
        frame = cache.ask(risk.came_true, view.filters.without_period(), as_of=view.as_of)
        judged = int(frame["judged_count"].iloc[0])
        if not judged:
            st.caption(
                "No request that was open 30 days ago with a risk has come due since, so there is none to judge."
            )
            return
        brier, base = frame["brier"].iloc[0], frame["brier_base"].iloc[0]
        verdict = "better than" if brier < base else "no better than"
        st.caption(
            f"The {judged:,} requests that were open 30 days ago and have come due since, by the risk they had then; "
            f"{int(frame['unshown_count'].iloc[0]):,} more had none. Mean squared error {brier:.3f}, {verdict} saying "
            f"the overall share to everyone ({base:.3f})."
        )
        frame = frame[frame["request_count"] > 0]
        shown = frame.assign(bin=[f"{low:.0%} to {high:.0%}" for low, high in _bounds(frame)])
        tables.table(
            shown.reset_index(drop=True), JUDGED, alt="Risks of a month ago against what happened", height="content"
        )


def silence(view: View) -> None:
    """Contacts that only asked what became of a request; where the city's data tell."""
    words = profile().status_enquiries
    details = st.expander("Demand caused by silence", key="silence", on_change="rerun")
    if not details.open:
        return
    with details:
        meaning = definition("enquiry_share")
        if not words:
            st.caption("This city's data do not tell which contacts only asked what became of a request.")
            return
        frame = cache.ask(status_enquiries.status_enquiries, view.filters, as_of=view.as_of, words=words)
        asked, everything = int(frame["enquiry_count"].sum()), int(frame["contact_count"].sum())
        if not asked:
            st.caption(f"None, {plain(view.period.describe())}. {meaning.sentence}")
            return
        st.markdown(
            f"**{asked:,}** contacts ({tiles.percent(asked / everything)} of the rows of these departments), "
            f"{plain(view.period.describe())}, only asked what became of a request."
        )
        tables.table(frame, ENQUIRIES, alt="Contacts that only asked what became of a request, by department")
        st.caption(f"{meaning.sentence} Counted: action taken “{plain(', '.join(words))}”.")


def _bounds(frame: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(frame["risk_from"], frame["risk_to"], strict=True))
