"""The five counts of the moment: open, overdue, due today, opened and closed today; small, below the promise."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import streamlit as st

from components import state
from components.cache import ask, city
from components.drawing import tiles
from components.links import View
from db.queries.queue import backlog
from db.rules.triage.moments import due_by, horizons

YOUNG = 28  # days: a backlog that was just begun only grows


def due(view: View) -> pd.DataFrame:
    """What falls due today and in the next working days, by the horizons of the queue; see `backlog.due_ahead`."""
    profile = city().profile
    until = horizons(view.as_of, profile.calendars[profile.working_day_calendar])
    found: pd.DataFrame = ask(backlog.due_ahead, view.filters, as_of=view.as_of, until=tuple(until.items()))
    return found


def draw(view: View) -> None:
    """The counts as tiles, open and overdue beside those of seven days before."""
    totals, week_ago = (
        ask(backlog.totals, view.filters, as_of=view.as_of - timedelta(days=days)).iloc[0] for days in (0, 7)
    )
    ahead, first_day = due(view), state.options().first_day
    is_young = first_day is None or (view.as_of.date() - first_day).days < YOUNG
    behind = int(totals["open_count"])
    st.header("Right now")
    with st.grid(5, min_column_width=120, gap="xsmall"):
        for key in ("open_count", "overdue_count"):
            tiles.tile(
                key,
                totals[key],
                view,
                behind=behind,
                change=float("nan") if is_young else totals[key] - week_ago[key],
                against="in 7 days",
                is_more_bad=True,
            )
        tonight, week = ahead.iloc[0], ahead.iloc[-1]
        tiles.tile(
            "falling_due_count",
            tonight["falling_due_count"],
            view,
            behind=behind,
            also=week["falling_due_count"],
            against=f"in {week['horizon']} workdays",
            name=f"Due {due_by(tonight['until_at'], view.as_of)}",
        )
        for key, normal, is_more_bad in (
            ("opened_today", "normal_opened_today", None),
            ("closed_today", "normal_closed_today", False),
        ):
            tiles.tile(
                key,
                totals[key],
                view,
                behind=None if np.isnan(totals[key]) else int(totals[key]),
                change=totals[key] - totals[normal],
                against=f"normal: {totals[normal]:,.0f}",
                is_more_bad=is_more_bad,
            )
