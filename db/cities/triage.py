"""The `[triage]` section of a profile: which types are dangers and why, and how a crew's day is divided."""

from __future__ import annotations

from collections.abc import Collection

from db.cities.reading import Section
from db.rules.triage.setting import GRADES, Danger, TriageRules, Yard
from db.rules.triage.why import REASON_MOST


def read_triage(top: Section, service_types: Collection[str], departments: Collection[str]) -> TriageRules:
    """The triage rules of the profile; where it has no such section, the usual rules and no danger."""
    table = top.section("triage")
    usual = TriageRules()
    rules = TriageRules(
        dangers=_dangers(table.section("dangers"), service_types, departments),
        kept_share=table.number("kept_share", 0, 1, usual.kept_share),
        yards_have_crews=table.flag("yards_have_crews", usual.yards_have_crews),
        shift_hours=table.number("shift_hours", 1, 24, usual.shift_hours),
        stop_minutes=table.number("stop_minutes", 1, 1440, usual.stop_minutes),
        type_minutes=_minutes(table.section("type_minutes"), service_types),
        yards=_yards(table, departments),
    )
    table.done()
    return rules


def _dangers(table: Section, service_types: Collection[str], departments: Collection[str]) -> tuple[Danger, ...]:
    dangers = []
    for name, entry in table.each():
        _refuse_unknown(table, name, service_types, "a service type")
        danger = Danger(name, entry.choice("grade", list(GRADES)), entry.text("reason"), entry.words("departments", ()))
        if len(danger.reason) > REASON_MOST:
            entry.refuse("reason", f"at most {REASON_MOST} characters, so that it fits beside the rest")
        for department in danger.departments:
            _refuse_unknown(entry, department, departments, "a department", "departments")
        entry.done()
        dangers.append(danger)
    return tuple(dangers)


def _minutes(table: Section, service_types: Collection[str]) -> tuple[tuple[str, float], ...]:
    for name in table.values:
        _refuse_unknown(table, name, service_types, "a service type")
    return tuple((name, table.number(name, 1, 1440)) for name in table.values)


def _yards(table: Section, departments: Collection[str]) -> tuple[Yard, ...]:
    yards = []
    for entry in table.sections("yards"):
        department = entry.choice("department", list(departments))
        latitude = entry.number("latitude", -90, 90)
        longitude = entry.number("longitude", -180, 180)
        yards.append(Yard(department, entry.text("yard", ""), latitude, longitude))
        entry.done()
    return tuple(yards)


def _refuse_unknown(table: Section, name: str, known: Collection[str], what: str, key: str | None = None) -> None:
    if name not in known:
        table.fail(key or name, f'names "{name}", which is not {what} of this profile')
