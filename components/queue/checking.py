"""What may no longer exist: how many of those checked were gone, and a round on paper to check thirty more."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import records
from components.drawing.notices import plain
from components.links import View
from components.paper import button
from components.queue import listing
from components.queue.snapshot import Held
from db.records import rounds
from db.rules.rounds import share_gone
from db.rules.route import driving_order
from db.rules.triage.plan import Lane

ROUND_STOPS = 30
NOBODY = pd.DataFrame({"department": [], "answer": []})


def show(kept: Held) -> None:
    """One line below the list of what may be gone."""
    with st.container(horizontal=True, key="queue_checking", gap="small", vertical_alignment="center"):
        st.markdown(plain(words(kept.view)), width="content")
        st.link_button(
            f"Print a round of {min(ROUND_STOPS, len(drawn(kept)))}",
            button.address("round", kept.view),
            icon=":material/print:",
            help="Drawn at random, dangers first, in driving order: a sheet to tick still there, gone or not found.",
        )


def words(view: View) -> str:
    """How many of those checked so far were gone, with the interval, or that nobody has looked."""
    answers, trouble = records.read(rounds.answers, NOBODY)
    if trouble:
        return trouble
    if view.filters.departments:
        answers = answers[answers["department"].isin(view.filters.departments)]
    share = share_gone(answers["answer"].tolist())
    if not share.checked_count:
        return "Unchecked: nobody has looked yet how many of these are still there."
    return f"{share.words()}; the others are unchecked."


def drawn(kept: Held) -> pd.DataFrame:
    """The requests of a round in driving order: the first of the list, which stands in an order drawn at random."""
    stops = listing.in_lane(kept, Lane.CHECK_EXISTS).head(ROUND_STOPS).reset_index(drop=True)
    if stops.empty:
        return stops
    stops = listing.detailed(kept, stops)
    return stops.take(driving_order(stops["latitude"], stops["longitude"])).reset_index(drop=True)
