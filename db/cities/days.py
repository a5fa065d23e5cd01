"""The calendars of a profile: working days, opening hours, holidays."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from db.cities.reading import Section
from db.rules.calendar import AFTER_HOURS, ENDS_OF_DAY, Calendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_calendars(top: Section) -> dict[str, Calendar]:
    """The calendars under `[calendars.NAME]`, their holidays named in `[holidays]`.

    Notes as problems: a calendar without a working day or a working minute, a holiday
    that `[holidays]` does not list, and one after `holidays_until`.
    """
    until = top.day("holidays_until")
    holidays = _holidays(top, until)
    calendars = {name: _calendar(name, entry, holidays, until) for name, entry in top.section("calendars", True).each()}
    if not calendars and top.has("calendars"):
        top.fail("calendars", "is empty; expected at least one calendar")
    return calendars


def _holidays(top: Section, until: date | None) -> dict[str, tuple[date, ...]]:
    table = top.section("holidays")
    days_by_holiday = {name: table.days(name) for name in table.values}
    if days_by_holiday and until is None:
        top.refuse("holidays_until", "the last day that the holidays are known for")
    for name, days in days_by_holiday.items():
        late = [day for day in days if until is not None and day > until]
        if late:
            table.fail(name, f"has {late[0]}, after holidays_until {until}")
    return days_by_holiday


def _calendar(name: str, entry: Section, holidays: dict[str, tuple[date, ...]], until: date | None) -> Calendar:
    holiday_names = entry.words("holidays", ())
    for holiday in holiday_names:
        if holiday not in holidays:
            expected = f"one of {', '.join(holidays)}" if holidays else "its days under [holidays]"
            entry.fail("holidays", f'has "{holiday}"; expected {expected}')
    opens, closes = _hours(entry)
    fields = {
        "name": name,
        "weekdays": _weekdays(entry),
        "opens": opens,
        "closes": closes,
        "holidays": frozenset(day for holiday in holiday_names for day in holidays.get(holiday, ())),
        "holidays_until": until if holiday_names else None,
        "after_hours": entry.choice("after_hours", AFTER_HOURS, "same"),
        "arrival_cutoff": entry.clock("arrival_cutoff"),
        "arrival_counts_as": entry.clock("arrival_counts_as"),
        "weekend_keeps_clock": entry.flag("weekend_keeps_clock", True),
        "end_of_day": entry.choice("end_of_day", ENDS_OF_DAY, "clock"),
    }
    entry.done()
    return _calendar_or_problem(entry, fields)


def _calendar_or_problem(entry: Section, fields: dict[str, Any]) -> Calendar:
    """The calendar. Where it breaks a rule of `Calendar`, a problem is noted and a plain calendar given."""
    try:
        return Calendar(**fields)
    except ValueError as error:
        entry.note(f"{entry.path}: {error}")
        return Calendar(fields["name"])


def _weekdays(entry: Section) -> frozenset[int]:
    names = entry.words("weekdays", WEEKDAYS)
    for day in names:
        if day not in WEEKDAYS:
            entry.fail("weekdays", f'has "{day}"; expected {", ".join(WEEKDAYS)}')
    if not names:
        entry.fail("weekdays", "is empty; expected at least one working day, else no due date is ever reached")
    return frozenset(WEEKDAYS.index(day) for day in names if day in WEEKDAYS) or frozenset(range(7))


def _hours(entry: Section) -> tuple[time, time]:
    opens = entry.clock("opens", time.min) or time.min
    closes = entry.clock("closes", time.max) or time.max
    if opens >= closes:
        entry.refuse("closes", f"a time of day after opens, {opens:%H:%M}")
        return time.min, time.max
    return opens, closes
