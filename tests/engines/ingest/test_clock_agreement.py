"""The vectorised clock held to the plain one, and both to a walk along the wall clock minute by minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.rules.calendar import Calendar, business_hours_between, is_working_day
from db.rules.clock import UNITS, counts_as_made, due_at, due_at_many, elapsed_business_hours_many

WEEK = frozenset(range(5))
MINUTE = timedelta(minutes=1)
FIRST = datetime(2027, 1, 1)
TWO_YEARS = 731  # 2027 and 2028: a leap day, four clock changes, two year ends
HOLIDAYS = frozenset({date(2027, 1, 1), date(2027, 7, 5), date(2027, 12, 31), date(2028, 2, 29), date(2028, 12, 25)})
CALENDARS = [
    Calendar("around the clock"),
    Calendar("office", WEEK, time(8), time(17), HOLIDAYS),
    Calendar("boston", WEEK, time(8), time(17), arrival_cutoff=time(17), arrival_counts_as=time(8, 30)),
    Calendar("opening", frozenset(range(6)), time(6), time(15), HOLIDAYS, after_hours="next_opening"),
    Calendar("by close", WEEK, time(8), time.max, HOLIDAYS, weekend_keeps_clock=False, end_of_day="close"),
]
BOUNDARIES = ["00:00", "01:59", "02:00", "03:00", "05:59", "06:00", "07:59", "08:00", "08:30", "14:59", "15:00"]
BOUNDARIES += ["16:59", "17:00", "17:01", "23:59"]
GOALS = [(72.0, "hours"), (9.0, "business_hours"), (13.5, "business_hours"), (1.0, "calendar_days")]
GOALS += [(1.0, "business_days"), (2.5, "business_days")]


def boundary_minutes() -> list[datetime]:
    clocks = [time.fromisoformat(clock) for clock in BOUNDARIES]
    days = [(FIRST + timedelta(days=n)).date() for n in range(TWO_YEARS)]
    return [datetime.combine(day, clock) for day in days for clock in clocks]


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar.name)
def test_many_are_due_as_one_is_at_every_boundary_minute_of_two_years(calendar: Calendar) -> None:
    moments = boundary_minutes()
    many = np.array(moments, "datetime64[us]")
    for amount, unit in GOALS:
        found = due_at_many(many, amount, unit, calendar).tolist()
        wrong = [
            (made, got, due)
            for made, got in zip(moments, found, strict=True)
            if got != (due := due_at(made, amount, unit, calendar))
        ]
        assert not wrong, f"{amount} {unit}: (made, many, one) {wrong[:3]}"


def walk_working_minutes(moment: datetime, minutes: int, calendar: Calendar) -> datetime:
    """The end of the last of `minutes` working minutes after `moment`."""
    while minutes:
        if is_working_day(moment.date(), calendar) and calendar.opens <= moment.time() < calendar.closes:
            minutes -= 1
        moment += MINUTE
    return moment


def walk_to(moment: datetime, clock: time, calendar: Calendar) -> datetime:
    """The first minute after `moment` that shows `clock` on a working day."""
    moment += MINUTE
    while moment.time() != clock or not is_working_day(moment.date(), calendar):
        moment += MINUTE
    return moment


def walk_business_days(moment: datetime, count: int, calendar: Calendar) -> datetime:
    if not is_working_day(moment.date(), calendar):
        moment = walk_to(moment, moment.time(), calendar)
    if calendar.arrival_cutoff is not None and moment.time() >= calendar.arrival_cutoff:
        moment = datetime.combine(moment.date(), time.max.replace(second=0, microsecond=0))
        moment = walk_to(moment, calendar.arrives_at, calendar)
    for _ in range(count):
        moment = walk_to(moment, moment.time(), calendar)
    return moment


def sample() -> list[datetime]:
    """Every 97th boundary minute and all of the days around holidays, a leap day, clock changes and year ends."""
    special = [date(2027, 12, 30), date(2028, 2, 28), date(2028, 3, 11), date(2028, 11, 4), date(2028, 12, 23)]
    near = {day + timedelta(days=n) for day in special for n in range(2)}
    moments = boundary_minutes()
    return sorted({*moments[::97], *(moment for moment in moments if moment.date() in near)})


@pytest.mark.parametrize("calendar", [CALENDARS[1], CALENDARS[2]], ids=lambda calendar: calendar.name)
def test_whole_business_days_are_what_a_walk_along_the_clock_finds(calendar: Calendar) -> None:
    for made in sample():
        assert due_at(made, 2, "business_days", calendar) == walk_business_days(made, 2, calendar), made


@pytest.mark.parametrize("hours", [0.25, 9, 13.5])
def test_business_hours_are_what_a_walk_along_the_clock_finds(hours: float) -> None:
    office = CALENDARS[1]
    for made in sample():
        assert due_at(made, hours, "business_hours", office) == walk_working_minutes(made, int(hours * 60), office), (
            made
        )


clocks = st.times(time(0), time(23, 59))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens_hour = draw(st.integers(0, 21))
    closes = draw(st.one_of(st.just(time.max), st.builds(time, st.integers(opens_hour + 1, 23))))
    counts_as = draw(st.one_of(st.none(), st.times(time(0), time(12))))
    arrives = counts_as or time(opens_hour)
    cutoff = draw(st.one_of(st.none(), st.times(time(12), time(23, 59)).filter(lambda clock: clock > arrives)))
    return Calendar(
        "drawn",
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        time(opens_hour),
        closes,
        draw(st.frozensets(st.dates(date(2027, 6, 1), date(2028, 3, 31)), max_size=20)),
        after_hours=draw(st.sampled_from(["same", "next_opening"])),
        arrival_cutoff=cutoff,
        arrival_counts_as=counts_as,
        weekend_keeps_clock=draw(st.booleans()),
        end_of_day=draw(st.sampled_from(["clock", "close"])),
    )


moments = st.datetimes(datetime(2027, 6, 1), datetime(2028, 3, 31))
amounts = st.one_of(st.integers(1, 60).map(float), st.floats(0.01, 60))


@settings(max_examples=400, deadline=None)
@given(calendars(), st.lists(moments, min_size=1, max_size=8), amounts, st.sampled_from(UNITS))
def test_many_are_due_as_one_is(calendar: Calendar, made: list[datetime], amount: float, unit: str) -> None:
    found = due_at_many(np.array(made, "datetime64[us]"), amount, unit, calendar)
    assert found.tolist() == [due_at(moment, amount, unit, calendar) for moment in made]


@settings(max_examples=200, deadline=None)
@given(calendars(), st.lists(st.tuples(moments, moments), min_size=1, max_size=8))
def test_many_have_worked_hours_as_one_has(calendar: Calendar, spans: list[tuple[datetime, datetime]]) -> None:
    start, end = np.array(spans, "datetime64[us]").T
    found = elapsed_business_hours_many(start, end, calendar)
    assert np.allclose(found, [business_hours_between(*span, calendar) for span in spans], rtol=0, atol=1e-9)


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, amounts)
def test_a_goal_in_business_hours_leaves_just_so_many_to_work(
    calendar: Calendar, made: datetime, amount: float
) -> None:
    due = due_at(made, amount, "business_hours", calendar)
    counted = counts_as_made(made, "business_hours", calendar)
    assert business_hours_between(counted, due, calendar) == pytest.approx(amount, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(calendars(), moments, st.integers(1, 30))
def test_a_goal_in_business_days_is_due_on_a_working_day_after_it_was_made(
    calendar: Calendar, made: datetime, amount: int
) -> None:
    due = due_at(made, amount, "business_days", calendar)
    assert is_working_day(due.date(), calendar)
    assert due.date() > made.date()
