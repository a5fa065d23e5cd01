"""The overview on paper: what is open and overdue, by department, and what came in against what was closed."""

from __future__ import annotations

import pandas as pd

from components.cache import ask
from components.drawing import charts
from components.drawing.tiles import number
from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Figures, Heading, Picture, Sheet, Text
from db.queries import flow
from db.queries.queue import backlog

SMALL = 30  # fewer say nothing about a change
LABELS = {
    "name": "Department",
    "open_count": "Open",
    "overdue_count": "Overdue",
    "overdue_share": "Overdue share",
    "due_week_count": "Due in 7 days",
    "median_age_days": "Median age",
    "p90_age_days": "90% younger than",
    "inflow_4w": "Came in, 4 weeks",
    "trend": "Trend",
}

WEIGHTS = {
    "name": 2.4,
    "open_count": 0.7,
    "overdue_count": 0.8,
    "overdue_share": 0.9,
    "due_week_count": 0.9,
} | dict.fromkeys(("median_age_days", "p90_age_days", "inflow_4w", "trend"), 0.9)


def build(view: View) -> Sheet:
    totals = ask(backlog.totals, view.filters, as_of=view.as_of).iloc[0]
    departments = ask(backlog.by_department, view.filters, as_of=view.as_of)
    departments["trend"] = departments["trend"].where(departments["inflow_prev_4w"] >= SMALL)
    weeks = ask(flow.in_and_out, view.filters, as_of=view.as_of)
    blocks: list[Block | None] = [
        _figures(totals),
        Heading("Departments"),
        *parts.table(departments, LABELS, weights=WEIGHTS),
        Text("Most overdue first. A trend is given where 30 or more came in before.", is_quiet=True),
        *_weekly(weeks, view),
    ]
    figures = [*LABELS, "due_24h_count", "opened_today", "closed_today", "inflow"]
    return parts.sheet("overview", "Overview", view, blocks, page="", figures=figures)


def _figures(totals: pd.Series) -> Figures:
    today = [
        parts.figure(key, totals[key], f"normal: {number(totals[f'normal_{key}'])}")
        for key in ("opened_today", "closed_today")
    ]
    counts = [parts.figure(key, totals[key]) for key in ("open_count", "overdue_count", "due_24h_count")]
    return Figures([*counts, *today])


def _weekly(weeks: pd.DataFrame, view: View) -> list[Block]:
    whole = weeks[weeks["is_complete"]].reset_index(drop=True)
    if not whole[["inflow", "throughput"]].to_numpy().any():
        return []
    series = {"inflow": ("Came in", "main"), "throughput": ("Closed", "good")}
    spec = charts.lines(whole, "week_start", series, unit="requests")
    last = whole.iloc[-1]
    alt = (
        "Requests that came in and requests that were closed, by week; in the last whole week "
        f"{last['inflow']:,} and {last['throughput']:,}"
    )
    caption = (
        f"Whole weeks from Monday within {view.period.describe()}. Where closed runs below came in, the backlog grows."
    )
    return [Heading("Came in against closed, by week"), Picture(drawing.chart(spec, height=150), alt, caption)]
