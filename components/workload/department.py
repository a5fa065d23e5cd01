"""One department's workload: its figures, its miss, its types, its weeks, the weeks ahead, and what if."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import state
from components.drawing import charts, tables, tiles, trouble
from components.drawing.notices import plain
from components.links import View
from components.workload import charts as workload_charts
from components.workload import miss as miss_words
from components.workload import what_if
from components.workload import wording as words
from components.workload.departments import DRAWN, choose, everyone, trace_of
from db.queries.workload.figures import Staffed
from db.queries.workload.projection import types, weeks
from db.rules.workload import YES
from db.rules.workload.projection import HORIZON_WEEKS

YEAR = 52
TYPE_LABELS = {
    "service_type": "Type",
    "open_count": "Open",
    "overdue_count": "Overdue",
    "goal_days": "Goal, mean",
    "inflow_per_week": "Came in a week",
    "throughput_per_week": "Closed a week",
    "contractors": "By contractors",
}
WEEK_LABELS = {"week_start": "Week from", "inflow": "Came in", "throughput": "Closed", "capacity": "Shown capacity"}


def back() -> None:
    """The way back to all departments."""
    st.button("All departments", key="all_departments", icon=":material/arrow_back:", on_click=choose, args=(None,))


def figures(row: pd.Series, view: View) -> None:
    """The department's headline."""
    crews, behind = everyone(view), int(row["open_count"])
    added = row["vacancy_added_load"]
    with st.grid(4, min_column_width=150, gap="small"):
        tiles.tile("open_count", behind, crews, behind=behind)
        tiles.tile("overdue_count", int(row["overdue_count"]), crews, behind=behind)
        tiles.tile("fte_filled", row["filled_of"], crews)
        tiles.tile(
            "load_per_filled_fte",
            row["load_words"],
            crews,
            behind=behind,
            change=added if added >= 1 else None,
            against="by vacancies",
            is_more_bad=True,
        )
        tiles.tile("utilisation", tiles.percent(row["utilisation"]), crews)
        tiles.tile("overdue_change", str(row["clear_words"]).capitalize(), crews, behind=int(row["overdue_count"]))
        due = int(row["due_count"])
        kept = tiles.percent(row["compliance"])
        tiles.tile("compliance", kept, view, behind=due, uses_period=True, name=tiles.kept_name(view))
        tiles.tile("missed_points", _missed_points_text(row), view, behind=due, uses_period=True)


def _missed_points_text(row: pd.Series) -> str:
    return str(miss_words.missed_points(row.to_dict())) if row["due_count"] else "no data"


def explanation(row: pd.Series) -> None:
    """The sentence, and whether staff is the limit and why."""
    st.markdown(plain(words.after_name(row["sentence"], str(row["name"]))))
    st.caption(f"Is staff the limit? {str(row['limit_words']).capitalize()}: {plain(row['staff_reason'])}.")
    if after := miss_words.since_words(row.to_dict()):
        st.caption(plain(after.strip()))
    if ahead := words.ahead_words(row.to_dict()):
        st.caption(plain(ahead))
    if row["vacancy_rate_baseline"] > row["vacancy_rate"]:
        st.caption(
            f"Against the posts authorised at the end of {row['baseline_year']}, "
            f"{row['vacancy_rate_baseline']:.0%} are not filled: posts were deleted since."
        )


def miss(row: pd.Series) -> None:
    """The parts of the miss, or why they cannot be told."""
    st.subheader("What was missed, and why", help=trace_of("missed_points", "vacancy_points", "order_points"))
    parts = workload_charts.miss_parts(row.to_frame().T.infer_objects())
    if parts.empty or set(miss_words.whole(miss_words.parts(row.to_dict()))) == {"untold"}:
        st.caption(f"{plain(words.after_name(miss_words.miss_clause(row.to_dict()), ''))}.")
        return
    text = f"Points of compliance missed by {row['name']}, by cause"
    charts.place(workload_charts.miss_bars(parts), alt_text=text, key="miss")
    st.caption(f"In points of {int(row['due_count']):,} requests due: {plain(miss_words.miss_words(row.to_dict()))}.")
    st.caption(plain(miss_words.best_words(row.to_dict())))


def service_types(found: Staffed, view: View) -> None:
    """What waits and what moves, by type."""
    st.subheader("Its types")
    frame = types(found)
    shown = frame.assign(
        inflow_per_week=frame["inflow_per_week"].round(1),
        throughput_per_week=frame["throughput_per_week"].round(1),
        contractors=frame["is_contracted"].map({True: "yes", False: ""}),
    )
    chosen = tables.opening_table(
        shown,
        TYPE_LABELS
        if frame["is_contracted"].any()
        else {name: label for name, label in TYPE_LABELS.items() if name != "contractors"},
        key="workload_types",
        alt="What waits and what moves in this department, by type",
        helps={"inflow_per_week": "inflow", "throughput_per_week": "throughput"},
        pinned="service_type",
        height="content" if len(frame) <= DRAWN else 620,
    )
    if chosen is not None:
        state.go("queue", {"type": chosen["service_type"]})
    st.caption("Most overdue first; weeks are the mean of the last 8. Choose a row to open its requests in the queue.")
    lines = tables.header("Workload by service type", everyone(view), frame.columns)
    tables.download("workload_types", lambda: frame, lines)


def by_week(found: Staffed, row: pd.Series) -> None:
    """What came in against what was closed and what has been shown to be possible."""
    frame = weeks(found).tail(YEAR)
    has_capacity = bool(frame["capacity"].notna().any())
    st.subheader(f"Came in against {'capacity' if has_capacity else 'closed'}, by week")
    if frame.empty:
        st.caption("There is no complete week of data yet.")
        return
    series = {"inflow": ("Came in", "main"), "throughput": ("Closed", "good"), "capacity": ("Shown capacity", "quiet")}
    if not has_capacity:
        series.pop("capacity")
    bound = "at least " if words.is_lower_bound(row.to_dict()) else ""
    capacity = (
        f"Shown capacity: {bound}{row['capacity_per_fte']:.1f} a week for each filled post, times those filled. "
        if has_capacity
        else "Without filled posts on record no capacity can be drawn. "
    )
    charts.show(
        charts.lines(frame, "week_start", series, unit=words.UNITS[found.flows.unit]),
        frame,
        {key: text for key, text in WEEK_LABELS.items() if key != "capacity" or key in series},
        alt_text="What came in, what was closed and the capacity shown, by week",
        caption=f"{capacity}Weeks of seven days that end with the last midnight. Mass closures count as closed, "
        "never as capacity.",
        key="workload_weeks",
    )


@st.fragment
@trouble.told()
def ahead(found: Staffed, row: pd.Series, view: View) -> None:
    """The backlog so far, the weeks ahead, and what if; only this part is drawn again when a number changes."""
    st.subheader("The weeks ahead, and what if")
    if not found.flows.weeks:
        st.caption("There is no complete week of data yet, so nothing can be drawn from.")
        return
    filled, authorised = float(row["fte_filled"]), float(row["fte_authorised"])
    is_tried = found.verdict.answer == YES
    scenario = what_if.Scenario(filled)
    if is_tried:
        scenario = what_if.scenario(state.page_params(), filled=filled, authorised=authorised)
        _scenario_inputs(scenario, authorised)
    else:
        dropped = " The scenario in the link was left out." if _is_asked() else ""
        st.caption(
            "More posts cannot be tried here, because staff is not shown to be the limit "
            f"({plain(found.verdict.reason)}).{dropped}"
        )
    now, tried = what_if.both(found, scenario, float(row["request_share"]) if is_tried else 1.0)
    unit = words.UNITS[found.flows.unit]
    if is_tried:
        st.markdown(f"**{plain(what_if.outcome(now, tried, scenario, filled, unit))}**")
    _draw_weeks_ahead(found, view, now, tried if is_tried and scenario != what_if.Scenario(filled) else None)
    st.caption(
        f"Middle and band of {HORIZON_WEEKS} weeks drawn from past weeks: one future in ten is below it, one above. "
        "It is too narrow where the model is wrong. "
        + (
            "The scenario multiplies what a filled post has shown by the posts."
            if is_tried
            else "Each open request leaves at its type's rate of the last 8 weeks."
        )
    )


def _scenario_inputs(scenario: what_if.Scenario, authorised: float) -> None:
    state.seed("choose_posts", scenario.posts)
    state.seed("choose_productive", scenario.productive)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            "Posts filled",
            min_value=0.0,
            max_value=what_if.most_posts(authorised),
            step=1.0,
            format="%.1f",
            key="choose_posts",
            width=180,
            help=f"Of {authorised:g} authorised. Those who leave stop at once.",
            on_change=_set_scenario,
        )
        st.number_input(
            "Weeks until a new hire is productive",
            min_value=0,
            max_value=HORIZON_WEEKS,
            step=1,
            key="choose_productive",
            width=260,
            on_change=_set_scenario,
        )
        if _is_asked():
            st.button("As now", key="reset_scenario", on_click=_reset, type="tertiary", icon=":material/undo:")


def _is_asked() -> bool:
    """Whether the link has a scenario, be it right or wrong."""
    return bool(state.param("posts") or state.param("productive"))


def _set_scenario() -> None:
    """Write the scenario to the link."""
    posts, productive = state.value("choose_posts"), state.value("choose_productive")
    state.set_params(
        posts="" if posts is None else f"{posts:g}", productive="" if not productive else f"{productive:g}"
    )


def _reset() -> None:
    state.set_params(posts=None, productive=None)


def _draw_weeks_ahead(staffed: Staffed, view: View, now: pd.DataFrame, tried: pd.DataFrame | None) -> None:
    """Open and overdue side by side, each with its figures as a table."""
    flows, unit = staffed.flows, words.UNITS[staffed.flows.unit]
    waiting = {
        "open": float((flows.open_count * flows.weight).sum()),
        "overdue": float((flows.overdue_count * flows.weight).sum()),
    }
    sides = st.columns(2, gap="large")
    for side, (what, tone) in zip(sides, (("open", "main"), ("overdue", "bad")), strict=True):
        history = workload_charts.past(
            weeks(staffed) if what == "open" else weeks(staffed).iloc[:0], view.as_of, waiting[what]
        )
        frame = workload_charts.coming(now, what, view.as_of, waiting[what])
        other = None if tried is None else workload_charts.coming(tried, what, view.as_of, waiting[what])
        twin = frame if other is None else frame.assign(tried=other["middle"])
        labels = {"at": "On", "low": "Low", "middle": "As now", "high": "High"}
        with side:
            charts.show(
                workload_charts.ahead_chart(history, frame, other, tone=tone, unit=unit),
                twin.round({"low": 0, "middle": 0, "high": 0, "tried": 0}),
                labels if other is None else {**labels, "tried": "What if"},
                alt_text=f"{what.capitalize()} {unit}: so far and the weeks ahead",
                caption=f"{what.capitalize()} {unit}"
                + (", the start of each week so far and the weeks ahead." if what == "open" else ", now and ahead."),
                key=f"ahead_{what}",
            )
