"""How the desk stands right now: what is open, what is overdue, what came and went today, and where."""

import streamlit as st

from components import filter_bar, state
from components.cache import ask
from components.drawing import charts, notices, tables, tiles
from db.queries import flow
from db.queries.queue import backlog

SMALL = 30  # fewer say nothing about a change
YOUNG = 28  # days: a backlog that was just begun only grows

view = state.current()
totals = ask(backlog.totals, view.filters, as_of=view.as_of).iloc[0]
days = ask(flow.by_day, view.filters, days=29, as_of=view.as_of)
departments = ask(backlog.by_department, view.filters, as_of=view.as_of)
departments["trend"] = departments["trend"].where(departments["inflow_prev_4w"] >= SMALL)
ahead = ask(backlog.due_ahead, view.filters, as_of=view.as_of)
weeks = ask(flow.in_and_out, view.filters, as_of=view.as_of)

st.title("Overview")
st.caption(notices.plain(filter_bar.sentence(view)))

if departments.empty and not weeks[["inflow", "throughput"]].to_numpy().any():
    notices.nothing("requests to show", filter_bar.chosen(view))
    state.end_page()

first_day = state.options().first_day
is_young = first_day is None or (view.as_of.date() - first_day).days < YOUNG
week_ago = {name: float("nan") if is_young else days[name].iloc[-8] for name in ("open_count", "overdue_count")}
behind = int(totals["open_count"])
with st.grid(5, min_column_width=150, gap="small"):
    tiles.tile(
        "open_count",
        behind,
        view,
        behind=behind,
        change=behind - week_ago["open_count"],
        against="in 7 days",
        is_more_bad=True,
        series=days["open_count"],
    )
    tiles.tile(
        "overdue_count",
        totals["overdue_count"],
        view,
        behind=behind,
        change=totals["overdue_count"] - week_ago["overdue_count"],
        against="in 7 days",
        is_more_bad=True,
        series=days["overdue_count"],
    )
    tiles.tile(
        "due_24h_count",
        totals["due_24h_count"],
        view,
        behind=behind,
        also=ahead["due_count"].sum(),
        against=f"by {ahead['day'].iloc[-1]:%a %-d %b}",
        series=ahead["due_count"],
        bars=True,
    )
    for key, normal, series, is_more_bad in (
        ("opened_today", "normal_opened_today", "opened", None),
        ("closed_today", "normal_closed_today", "closed", False),
    ):
        tiles.tile(
            key,
            totals[key],
            view,
            behind=int(totals[key]),
            change=totals[key] - totals[normal],
            against=f"normal: {totals[normal]:,.0f} requests",
            is_more_bad=is_more_bad,
            series=days[series].iloc[:-1],
        )

st.header("Departments")
labels = {
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
named = {"key": "departments", "alt": "Backlog of each department", "pinned": "name"}
chosen = tables.opening_table(departments, labels, helps={"inflow_4w": "inflow"}, height="content", **named)
if chosen is not None:
    state.go("queue", {"department": chosen["department"]})
st.caption(
    f"Most overdue first. Choose a row to open that department's queue. A trend is given where {SMALL} or more "
    "came in before."
)
tables.download("departments", lambda: departments, tables.header("Backlog by department", view, [*labels, "inflow"]))

st.header("Came in against closed, by week")
charts.show(
    charts.lines(
        weeks,
        "week_start",
        {"inflow": ("Came in", "main"), "throughput": ("Closed", "good")},
        unit="requests",
        incomplete="is_complete",
    ),
    weeks,
    {"week_start": "Week from", "inflow": "Came in", "throughput": "Closed", "net_change": "Net change"},
    alt_text="Requests that came in and requests that were closed, by week",
    caption=f"Weeks from Monday that touch {view.period.describe()}; hollow points are weeks that are not whole. "
    "Where closed runs below came in, the backlog grows.",
    key="weekly",
)
