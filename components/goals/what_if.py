"""Try a goal on history before adopting it, and propose it as a file that `goals import` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time

import pandas as pd
import streamlit as st

from components import state
from components.cache import ask, cached_without_copy
from components.drawing import charts
from components.drawing.notices import plain
from components.drawing.tiles import percent, tile
from components.links import View
from components.request.detail import UNITS, goal_words
from db.cities.profile import Profile
from db.queries.goals import what_if as goals_what_if
from db.queries.goals.what_if import Try, added_up
from db.rules.calendar import Calendar
from db.rules.clock import check_goal
from db.rules.errors import DeskError
from db.rules.proportions import SMALL

EVERY_TYPE = "all"
DATES_DIFFER = 0.02
DEFAULT_SHARE = 80
DEFAULT_GOAL = (5.0, "business_days")
QUANTILE_UNIT = "business_days"
MODES = {"goal": "A goal I choose", "share": "What a share of last year met"}


@dataclass(frozen=True)
class Scenario:
    """What is tried: one type or all, with an amount and unit, or with a share of last year (percent)."""

    service_type: str
    amount: float
    unit: str
    share: int | None

    @property
    def mode(self) -> str:
        return "goal" if self.share is None else "share"


def scenario(types: pd.DataFrame) -> Scenario:
    """The scenario of the link. `types`: `table.goal_types`."""
    own = state.page_params()
    known = [EVERY_TYPE, *types["service_type"]]
    asked = own.choice("try", known, known[1] if len(known) > 1 else EVERY_TYPE, "a service type here")
    amount, unit = _goals_in_force(types).get(asked, DEFAULT_GOAL)
    amount, unit = own.read("amount", float, amount, "a number"), own.text("unit", unit)
    try:
        check_goal(amount, unit)
    except DeskError as error:
        own.leave_out(str(error))
        amount, unit = DEFAULT_GOAL
    share = own.whole("share", None, least=1, most=99, expected="from 1 to 99")
    return Scenario(asked, amount, unit, share)


def inputs(chosen: Scenario, types: pd.DataFrame) -> None:
    """What to try; every choice goes into the link."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="try_inputs"):
        _select(
            "try",
            "Service type",
            [EVERY_TYPE, *types["service_type"]],
            chosen.service_type,
            {EVERY_TYPE: "All types"},
            320,
        )
        state.seed("choose_mode", chosen.mode)
        st.segmented_control(
            "Goal",
            list(MODES),
            format_func=lambda mode: MODES.get(mode, mode),
            key="choose_mode",
            required=True,
            on_change=_set_mode,
        )
        if chosen.share is None:
            _amount_input("amount", "Amount", chosen.amount, 0.5)
            _select("unit", "Unit", list(UNITS), chosen.unit, UNITS, 160)
        else:
            _amount_input("share", "Percent of last year", chosen.share, 1)


def tries(chosen: Scenario, types: pd.DataFrame, view: View, profile: Profile) -> tuple[Try, ...]:
    """The goals to try: none for a type whose history gives none. `view`: see `trial_view`."""
    names = list(types["service_type"]) if chosen.service_type == EVERY_TYPE else [chosen.service_type]
    calendars, goals_today = _calendars(types, profile, names), _goals_in_force(types)
    if chosen.share is None:
        return tuple(
            Try(name, chosen.amount, chosen.unit, calendar, goals_today.get(name))
            for name, calendar in calendars.items()
        )
    quantiles = ask(
        goals_what_if.quantile_goals,
        view.filters,
        as_of=view.as_of,
        share=chosen.share / 100,
        unit=QUANTILE_UNIT,
        calendars=tuple(calendars.items()),
    )
    quantiles = quantiles.dropna(subset="amount")
    rows = zip(quantiles["service_type"], quantiles["amount"], strict=True)
    return tuple(
        Try(name, float(amount), QUANTILE_UNIT, calendars[name], goals_today.get(name)) for name, amount in rows
    )


def trial_view(view: View) -> View:
    """What a trial rests on: the requests of the view whatever the period, each against its goal in force.

    As of the start of the day, so that a page left open does not try the same again every minute.
    """
    midnight = datetime.combine(view.as_of.date(), time.min)
    return replace(view, as_of=midnight, filters=replace(view.filters, period=None, goals="working"))


@cached_without_copy
def by_month(found: pd.DataFrame) -> pd.DataFrame:
    """`what_if.tried` added up by month."""
    return added_up(found, "month")


@cached_without_copy
def by_type(found: pd.DataFrame) -> pd.DataFrame:
    """`what_if.tried` added up by service type, whole months only."""
    return added_up(found, "service_type")


def in_words(tried: tuple[Try, ...]) -> dict[str, str | None]:
    """Each type's goal tried, in words."""
    return {goal.service_type: goal_words(goal.amount, goal.unit) for goal in tried}


def differing(found: pd.DataFrame) -> pd.DataFrame:
    """Of `what_if.dates_differ`, the types on which the city's own dates are no result of its goal."""
    return found[found["differ_share"] > DATES_DIFFER]


def own_dates(off: pd.DataFrame) -> None:
    """Say where the city's own due dates and its goal differ, instead of setting one figure beside the other."""
    if off.empty:
        return
    share = off["differ_count"].sum() / off["dated_count"].sum()
    which = f"of {off['service_type'].iloc[0]}" if len(off) == 1 else f"of {len(off)} types"
    st.warning(
        plain(
            f"The city's own due dates {which} are not what the goal in force gives: {share:.0%} differ. What was kept "
            "is judged by the city's dates, a trial reckons each date anew, so today's goal is not set beside it."
        ),
        icon=":material/event_repeat:",
    )


def without_today(months: pd.DataFrame) -> pd.DataFrame:
    """The months without what today's goal would have given."""
    empty = {"today_due_count": 0, "today_met_count": 0, "today_missed_count": 0}
    return months.assign(**empty, more_missed_count=0, today_compliance=float("nan"))


def results(tried: tuple[Try, ...], view: View, months: pd.DataFrame, *, is_compared: bool = True) -> None:
    """What the trial gives, in whole months. `is_compared`: with what today's goal gives."""
    whole = months[months["is_complete"]]
    due, met = int(whole["due_count"].sum()), int(whole["met_count"].sum())
    today_due, today_met = int(whole["today_due_count"].sum()), int(whole["today_met_count"].sum())
    with st.grid(3, min_column_width=230, gap="small"):
        tile(
            "tried_compliance",
            percent(met / due if due else None),
            view,
            behind=due,
            change=100 * (met / due - today_met / today_due) if due and today_due else None,
            against="points, to today's goal",
            is_more_bad=False,
        )
        more_missed = _signed(int(whole["more_missed_count"].sum())) if due and is_compared else "no data"
        tile("more_missed_count", more_missed, view, behind=due)
        if len(tried) == 1:
            tile("goal_tried", goal_words(tried[0].amount, tried[0].unit), view)
        else:
            tile("goals_tried_count", len(tried), view)
    if not due:
        st.caption("No month is whole yet: the data cover too little time to judge this goal.")
    elif not today_due and is_compared:
        st.caption("No goal is in force for these requests, so every miss would be a new one.")


def history(months: pd.DataFrame, words: str) -> None:
    """Compliance by month, with the goal tried and with today's."""
    frame = months.assign(
        tried=(100 * months["compliance"]).round(1).where(months["due_count"] >= SMALL),
        today=(100 * months["today_compliance"]).round(1).where(months["today_due_count"] >= SMALL),
    )
    if not frame[["tried", "today"]].notna().to_numpy().any():
        st.caption(f"{words} Fewer than {SMALL} would have been due in every month: nothing to draw.")
        return
    series = {"tried": ("With the goal tried", "main")}
    if frame["today"].notna().any():
        series["today"] = ("With today's goal", "quiet")
    charts.show(
        charts.lines(
            frame,
            "month",
            series,
            unit="percent",
            incomplete="is_complete",
        ),
        frame,
        {
            "month": "Month",
            "tried": "With the goal tried, %",
            "due_count": "Due",
            "missed_count": "Missed",
            "today": "With today's goal, %",
            "today_missed_count": "Missed with today's goal",
            "more_missed_count": "More misses",
        },
        alt_text="Share that would have kept the goal tried, and today's goal, by month",
        caption=f"{words} Each request counts in the month it would have been due. Hollow points are months that are "
        "not whole: they are in no total. Months with fewer than 30 have no point.",
        key="tried",
    )


def _goals_in_force(types: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """Amount and unit of the goal in force of each type that has one on file."""
    with_goal = types[types["amount"].notna()]
    return {
        str(name): (float(amount), str(unit))
        for name, amount, unit in zip(with_goal["service_type"], with_goal["amount"], with_goal["unit"], strict=True)
    }


def _calendars(types: pd.DataFrame, profile: Profile, names: list[str]) -> dict[str, Calendar]:
    """The calendar of each type: its goal's, else its own, else that of the working day."""
    own_calendars = {service.service_type: service.calendar for service in profile.service_types}
    goal_calendars = dict(zip(types["service_type"], types["calendar"], strict=True))
    calendars = {}
    for name in names:
        calendar = goal_calendars.get(name)
        key = own_calendars.get(name, profile.working_day_calendar) if pd.isna(calendar) else str(calendar)
        calendars[name] = profile.calendars[key]
    return calendars


def _select(name: str, label: str, options: list[str], chosen: str, words: Mapping[str, str], width: int) -> None:
    state.seed(f"choose_{name}", chosen)
    st.selectbox(
        label,
        options,
        format_func=lambda value: words.get(value, value),
        key=f"choose_{name}",
        width=width,
        on_change=lambda: state.set_params(**{name: state.value(f"choose_{name}")}),
    )


def _amount_input(name: str, label: str, value: float, least: float) -> None:
    state.seed(f"choose_{name}", float(value))
    st.number_input(
        label,
        min_value=float(least),
        key=f"choose_{name}",
        step=1.0,
        format="%g",
        width=150,
        on_change=lambda: state.set_params(**{name: f"{state.value(f'choose_{name}'):g}"}),
    )


def _set_mode() -> None:
    state.set_params(share=str(DEFAULT_SHARE) if state.value("choose_mode") == "share" else None)


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"
