"""The five counts of the moment: open, overdue, due within a day, opened and closed today; small, below the promise."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from components.drawing import tiles
from components.links import View

YOUNG = 28  # days: a backlog that was just begun only grows


def draw(totals: pd.Series, week_ago: pd.Series, ahead: pd.DataFrame, view: View, first_day: date | None) -> None:
    """`totals` and `week_ago` of `backlog.totals`, now and seven days before; `ahead` of `backlog.due_ahead`."""
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
        tiles.tile(
            "due_24h_count",
            totals["due_24h_count"],
            view,
            behind=behind,
            also=ahead["due_count"].sum(),
            against=f"by {ahead['day'].iloc[-1]:%a %-d %b}",
        )
        for key, normal, is_more_bad in (
            ("opened_today", "normal_opened_today", None),
            ("closed_today", "normal_closed_today", False),
        ):
            tiles.tile(
                key,
                totals[key],
                view,
                behind=int(totals[key]),
                change=totals[key] - totals[normal],
                against=f"normal: {totals[normal]:,.0f}",
                is_more_bad=is_more_bad,
            )
