"""From a TOML document to a `Profile`: every key read, every reference checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from db.cities.days import read_calendars
from db.cities.layouts import read_layouts
from db.cities.reading import Section, claim
from db.cities.shapes import ClosingPattern, Department, GoalSpec, Profile, ServiceType
from db.cities.triage import read_triage
from db.cities.words import fold_word
from db.rules.calendar import Calendar
from db.rules.lengths import KILOMETRES, LENGTHS
from db.rules.vocabulary import Basis, GoalChoice, Level, Outcome, RepeatMeaning, Status, Unit, known

STATUSES, OUTCOMES, UNITS, BASES, LEVELS = map(known, (Status, Outcome, Unit, Basis, Level))
MOST_IN_A_GOAL = {"hours": 24.0 * 730, "business_hours": 24.0 * 730, "calendar_days": 730.0, "business_days": 730.0}


def build(key: str, top: Section) -> Profile:
    """The profile in `top`, the whole document. Raises DeskError that lists every problem in it, see `Section`."""
    calendars = read_calendars(top)
    departments = _departments(top)
    service_types = _service_types(top, departments, calendars)
    channels = _our_word_by_city_word(top.section("channels"), None)
    profile = Profile(
        key=key,
        name=top.text("name"),
        time_zone=_time_zone(top),
        bounds=_bounds(top),
        no_place=_no_place(top),
        default_goals=top.choice("default_goals", known(GoalChoice), GoalChoice.PROMISES.value),
        fiscal_year_starts=top.whole("fiscal_year_starts", 1, 12),
        layouts=read_layouts(top),
        departments=departments,
        service_types=service_types,
        statuses=_our_word_by_city_word(top.section("statuses", required=True), STATUSES),
        status_outcomes=_status_outcomes(top.section("status_outcomes")),
        outcomes=_our_word_by_city_word(top.section("outcomes"), OUTCOMES),
        closing_patterns=_closing_patterns(top),
        channels=channels,
        proactive_channels=_proactive_channels(top, channels),
        test_owners=_patterns(top, "test_owners"),
        crews=_patterns(top, "crews"),
        type_from_owner_unknown=top.choice("unknown_department", [item.department for item in departments]),
        calendars=calendars,
        working_day_calendar=top.choice("working_day_calendar", list(calendars)),
        record_url=_record_url(top),
        distances=top.choice("distances", list(LENGTHS), KILOMETRES.name),
        populations=_populations(top.section("populations")),
        district_label=top.text("district_label"),
        sla_verdicts=_our_word_by_city_word(top.section("sla_verdicts"), ("met", "missed")),
        street_names_repeat=top.flag("street_names_repeat", False),
        triage=read_triage(
            top, [item.service_type for item in service_types], [item.department for item in departments]
        ),
        status_enquiries=tuple(map(fold_word, top.words("status_enquiries", ()))),
    )
    top.retire("data_set_ids", "take it out")
    top.done()
    top.raise_problems()
    return profile


def _time_zone(top: Section) -> str:
    name = top.text("time_zone")
    if name not in available_timezones():
        top.refuse("time_zone", "a zone of the IANA database such as America/Los_Angeles")
        return "UTC"
    return ZoneInfo(name).key


def _bounds(top: Section) -> tuple[float, float, float, float]:
    box = top.section("bounds", required=True)
    problems_before = len(top.problems)
    west, east = box.number("west", -180, 180), box.number("east", -180, 180)
    south, north = box.number("south", -90, 90), box.number("north", -90, 90)
    if len(top.problems) > problems_before:
        return west, south, east, north
    if west >= east:
        box.refuse("west", f"degrees less than east, {east:g}")
    if south >= north:
        box.refuse("south", f"degrees less than north, {north:g}")
    box.done()
    return west, south, east, north


def _no_place(top: Section) -> tuple[tuple[float, float], ...]:
    points = []
    for table in top.sections("no_place"):
        points.append((table.number("latitude", -90, 90), table.number("longitude", -180, 180)))
        table.done()
    return tuple(points)


def _record_url(top: Section) -> str | None:
    url = top.optional_text("record_url")
    if url is not None and not ("{sr_number}" in url and url.startswith(("https://", "http://"))):
        top.refuse("record_url", "an address that begins with https:// or http:// and has {sr_number} in it")
    return url


def _departments(top: Section) -> tuple[Department, ...]:
    departments: list[Department] = []
    code_by_word: dict[str, str] = {}
    table = top.section("departments", required=True)
    for code, entry in table.each():
        department = Department(
            department=code,
            name=entry.text("name"),
            aliases=entry.words("aliases", ()),
            valid_from=entry.day("valid_from"),
            valid_to=entry.day("valid_to"),
            successor=entry.choice("successor", list(table.values)) if entry.has("successor") else None,
        )
        _refuse_end_before_start(entry, department.valid_from, department.valid_to)
        claim(code_by_word, code, code, entry, "name", fold_word)
        claim(code_by_word, department.name, code, entry, "name", fold_word)
        for alias in department.aliases:
            claim(code_by_word, alias, code, entry, "aliases", fold_word)
        entry.done()
        departments.append(department)
    return tuple(departments)


def _refuse_end_before_start(entry: Section, first: date | None, last: date | None) -> None:
    if first and last and last < first:
        entry.refuse("valid_to", f"a day on or after valid_from, {first}")


def _service_types(
    top: Section, departments: tuple[Department, ...], calendars: Mapping[str, Calendar]
) -> tuple[ServiceType, ...]:
    service_types: list[ServiceType] = []
    name_by_word: dict[str, str] = {}
    table = top.section("service_types", required=True)
    codes = [department.department for department in departments]
    for name, entry in table.each():
        service_type = _service_type(name, entry, codes, calendars, table)
        for word in (name, *service_type.aliases):
            claim(name_by_word, word, name, entry, "aliases", fold_word)
        service_types.append(service_type)
    return tuple(service_types)


def _service_type(
    name: str, entry: Section, codes: list[str], calendars: Mapping[str, Calendar], table: Section
) -> ServiceType:
    calendar = entry.choice("calendar", list(calendars))
    service_type = ServiceType(
        service_type=name,
        public_name=entry.text("public_name", name),
        department=entry.choice("department", codes),
        calendar=calendar,
        category=entry.text("category", ""),
        aliases=entry.words("aliases", ()),
        effort_hours=entry.number("effort_hours", 0.01, 1000) if entry.has("effort_hours") else None,
        is_sensitive=entry.flag("is_sensitive", False),
        is_service=entry.flag("is_service", True),
        is_contracted=entry.flag("is_contracted", False),
        repeat_means=entry.choice("repeat_means", known(RepeatMeaning), RepeatMeaning.PROBLEM.value),
        reports_failure_of=entry.words("reports_failure_of", ()),
        goals=_goals(entry, calendar, calendars),
    )
    entry.retire("safety_points", "name what could hurt somebody under [triage.dangers]")
    for other in service_type.reports_failure_of:
        if other not in table.values or other == name:
            entry.fail("reports_failure_of", f'has "{other}"; expected the name of another service type')
    entry.done()
    return service_type


def _goals(entry: Section, calendar: str, calendars: Mapping[str, Calendar]) -> tuple[GoalSpec, ...]:
    """The goals of a type, sorted by first day. A goal without a first day was always in force: it comes first."""
    goals = [_goal(item, calendar, calendars) for item in entry.sections("goals")]
    starts = [goal.effective_on for goal in goals]
    if len(set(starts)) < len(starts):
        entry.fail("goals", "has two goals from the same day; expected one effective_on each, at most one without")
    return tuple(sorted(goals, key=lambda goal: goal.effective_on or date.min))


def _goal(item: Section, calendar: str, calendars: Mapping[str, Calendar]) -> GoalSpec:
    unit = item.choice("unit", UNITS)
    goal = GoalSpec(
        amount=item.number("amount", 0.01, MOST_IN_A_GOAL[unit]),
        unit=unit,
        calendar=item.choice("calendar", list(calendars), calendar),
        basis=item.choice("basis", BASES),
        citation=item.text("citation"),
        effective_on=item.day("effective_on"),
    )
    item.done()
    return goal


def _our_word_by_city_word(table: Section, allowed: tuple[str, ...] | None) -> dict[str, str]:
    """Each of the city's words, folded, with our word for it, from lines `our_word = ["city word", ...]`.

    A word of ours that is not in `allowed` is noted as a problem; None allows every word.
    """
    our_words: dict[str, str] = {}
    for ours in table.values:
        if allowed is not None and ours not in allowed:
            table.fail(ours, f"is not known; expected one of {', '.join(allowed)}")
            continue
        for word in table.words(ours):
            claim(our_words, word, ours, table, ours, fold_word)
    return our_words


def _status_outcomes(table: Section) -> dict[str, str]:
    for status in table.values:
        if status not in STATUSES:
            table.fail(status, f"is not a status; expected one of {', '.join(STATUSES)}")
    return {status: table.choice(status, OUTCOMES) for status in table.values}


def _closing_patterns(top: Section) -> tuple[ClosingPattern, ...]:
    patterns = []
    for item in top.sections("closing_patterns"):
        _refuse_bad_pattern(item, "pattern", item.text("pattern"))
        status = item.choice("status", STATUSES) if item.has("status") else None
        patterns.append(ClosingPattern(item.text("pattern"), item.choice("outcome", OUTCOMES), status))
        item.done()
    return tuple(patterns)


def _patterns(top: Section, key: str) -> tuple[str, ...]:
    patterns = top.words(key, ())
    for pattern in patterns:
        _refuse_bad_pattern(top, key, pattern)
    return patterns


def _refuse_bad_pattern(section: Section, key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        section.fail(key, f'has "{pattern}", which is not a regular expression: {error}')


def _proactive_channels(top: Section, channels: Mapping[str, str]) -> frozenset[str]:
    known_channels = set(channels.values())
    proactive = top.words("proactive_channels", ())
    for channel in proactive:
        if channel not in known_channels:
            top.fail(
                "proactive_channels",
                f'has "{channel}"; expected one of {", ".join(sorted(known_channels)) or "those under [channels]"}',
            )
    return frozenset(proactive)


def _populations(table: Section) -> dict[str, dict[str, int]]:
    for level in table.values:
        if level not in LEVELS:
            table.fail(level, f"is not a level; expected one of {', '.join(LEVELS)}")
    return {
        level: {place: entry.whole(place, 1, 50_000_000) for place in entry.values} for level, entry in table.each()
    }
