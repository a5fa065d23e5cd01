"""The morning in one link: what came in since yesterday evening, what falls due today, what was asked again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import tables, tiles
from components.drawing.notices import moment, plain
from components.queue import listing
from components.queue.snapshot import Held, working_day
from db.queries.queue import morning
from db.rules.triage.moments import due_by, evening_before, horizons

SHOWN_ROWS = 50
TITLES = {"due_today": "Due", "asked_again": "Asked again", "came_in": "Came in since yesterday evening"}
LABELS = {
    "due_at": "Due",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "sr_number": "Request",
    "assigned_to": "Yard",
}


def show(kept: Held) -> None:
    """Four figures and three lists, each in the order to work it; a row opens its request."""
    view, calendar = kept.view, working_day()
    since, until = evening_before(view.as_of, calendar), horizons(view.as_of, calendar)["tonight"]
    due = f"Due {due_by(until, view.as_of)}"
    lists = morning.sections(kept.ranked, since=since, until=until)
    filters = view.filters.without_period()
    counts = cache.ask(morning.came_in, filters, as_of=view.as_of, since=since).iloc[0]
    st.title("The morning", anchor=False)
    st.caption(f"Since {plain(moment(since))}, and up to {plain(moment(until))}; as of {plain(moment(view.as_of))}.")
    st.button(
        "Back to the queue",
        key="morning_back",
        icon=":material/arrow_back:",
        on_click=state.set_params,
        kwargs={"view": None},
        shortcut="Esc",
    )
    with st.container(horizontal=True, key="morning_tiles", gap="small"):
        tiles.tile("came_in_count", counts["came_in_count"], view)
        tiles.tile("due_today_count", len(lists["due_today"]), view, name=due)
        tiles.tile("asked_again_today_count", counts["asked_again_count"], view)
        tiles.tile("plan_count", kept.today_count, view)
    if counts["closed_count"]:
        st.caption(f"{counts['closed_count']:,} of those that came in are closed already and not listed.")
    for name, title in (TITLES | {"due_today": due}).items():
        _section(name, title, lists[name], kept)


def _section(name: str, title: str, rows: pd.DataFrame, kept: Held) -> None:
    st.subheader(f"{title} ({len(rows):,})", anchor=False)
    if rows.empty:
        st.caption("None.")
        return
    shown = listing.detailed(kept, rows.head(SHOWN_ROWS))
    chosen = tables.opening_table(
        shown, LABELS, key=f"morning_{name}", alt=title, height=min(420, (len(shown) + 1) * tables.ROW_HEIGHT + 3)
    )
    if chosen is not None:
        state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])
    if len(rows) > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS} of {len(rows):,}.")
