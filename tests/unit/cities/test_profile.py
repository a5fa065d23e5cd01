"""A profile is read whole or refused with the file, the key, the value and what was expected."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from db.cities.profile import (
    Profile,
    available,
    department_lookup,
    fold,
    fold_word,
    load,
    profile_hash,
    service_type_lookup,
)

SMALL = """
name = "Smallville"
time_zone = "America/Chicago"
district_label = "Ward"
fiscal_year_starts = 7
working_day_calendar = "office"
unknown_department = "Unknown"
test_owners = ['^TEST']
proactive_channels = ["Crew"]
holidays_until = 2026-12-31

[bounds]
west = -90.0
south = 40.0
east = -89.0
north = 41.0

[holidays]
"New Year's Day" = [2026-01-01]

[calendars.office]
weekdays = ["Monday", "Tuesday"]
opens = "08:30"
closes = "17:00"
holidays = ["New Year's Day"]

[calendars.always]

[statuses]
open = ["New", "In  Progress"]
closed = ["Done"]

[status_outcomes]
closed = "unknown"

[outcomes]
work_done = ["OK-Finished"]

[channels]
"Call" = ["Phone"]
"Crew" = ["Driver"]

[departments.PW]
name = "Public Works"
aliases = ["PW - Roads"]

[departments.Unknown]
name = "Unknown owner"

[layouts.yearly]
source_system = "small311"
recognised_by = ["SR_Number", "Created"]
date_formats = ["%Y-%m-%d"]

[layouts.yearly.columns]
sr_number = ["SR_Number", "Number"]
created_at = ["Created"]
source_service_type = ["Type"]
source_status = ["Status"]

[service_types."Pothole"]
department = "PW"
calendar = "office"
aliases = ["Hole in the road"]
goals = [{ amount = 3, unit = "business_days", basis = "published", citation = "the mayor's letter" }]

[service_types."Missed"]
department = "PW"
calendar = "always"
reports_failure_of = ["Pothole"]
"""


def read(folder: Path, *replacements: tuple[str, str]) -> Profile:
    """The small profile with some of its text replaced, read from a file."""
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_small_profile_says_what_its_file_says(tmp_path: Path) -> None:
    profile = read(tmp_path)
    assert (profile.key, profile.name) == ("small", "Smallville")
    assert profile.bounds == (-90.0, 40.0, -89.0, 41.0)
    assert profile.statuses == {"new": "open", "in progress": "open", "done": "closed"}
    assert profile.outcomes == {"ok-finished": "work_done"}
    assert profile.channels == {"phone": "Call", "driver": "Crew"}
    assert profile.proactive_channels == {"Crew"}
    office = profile.calendars["office"]
    assert (office.opens, office.closes, office.weekdays) == (time(8, 30), time(17), {0, 1})
    assert office.holidays == {date(2026, 1, 1)}
    assert profile.calendars["always"].closes == time.max
    pothole, missed = profile.service_types
    assert (pothole.goals[0].amount, pothole.goals[0].calendar) == (3.0, "office")
    assert missed.reports_failure_of == ("Pothole",)
    assert profile.layouts[0].columns["sr_number"] == ("srnumber", "number")


def test_lookups_find_names_codes_and_aliases_in_any_case(tmp_path: Path) -> None:
    profile = read(tmp_path)
    departments, types = department_lookup(profile), service_type_lookup(profile)
    assert {departments[fold_word(word)] for word in ("pw", "PUBLIC  works", "PW - Roads")} == {"PW"}
    assert {types[fold_word(word)] for word in ("POTHOLE", " Hole in  the road ")} == {"Pothole"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "business_days"', 'unit = "dais"', 'Pothole.goals[0].unit is "dais"; expected one of hours, business'),
        (
            "amount = 3",
            "amount = -3",
            "service_types.Pothole.goals[0].amount is -3; expected a number from 0.01 to 730",
        ),
        ("amount = 3", "amount = 0", "goals[0].amount is 0; expected a number"),
        ("amount = 3", "amount = 100000", "goals[0].amount is 100000; expected a number from 0.01 to 730"),
        ("amount = 3", "amount = nan", "goals[0].amount is nan; expected a number"),
        ("amount = 3", "amount = true", "goals[0].amount is True; expected a number"),
        ("amount = 3", 'amount = "3"', 'goals[0].amount is "3"; expected a number'),
        ('basis = "published"', 'basis = "promise"', 'basis is "promise"; expected one of published, budget_average'),
        (', citation = "the mayor\'s letter"', "", "goals[0].citation is missing; expected text"),
        (
            '"the mayor\'s letter" }',
            '"a" }, { amount = 2, unit = "hours", basis = "draft", citation = "b" }',
            "service_types.Pothole.goals has two goals from the same day",
        ),
        (
            'calendar = "office"\naliases',
            'calendar = "offices"\naliases',
            'Pothole.calendar is "offices"; expected one of',
        ),
        ('department = "PW"', 'department = "PX"', 'Pothole.department is "PX"; expected one of PW, Unknown'),
        ('unknown_department = "Unknown"', 'unknown_department = "?"', 'unknown_department is "?"; expected one of PW'),
        (
            '["Pothole"]',
            '["Missed"]',
            'service_types.Missed.reports_failure_of has "Missed"; expected the name of another',
        ),
        ('"Hole in the road"', '"MISSED"', 'already belongs to "Pothole"'),
        ('"PW - Roads"', '"unknown OWNER"', 'already belongs to "PW"; expected each in one place'),
        ('closed = ["Done"]', 'closed = ["Done", "new"]', 'statuses.closed has "new", which already belongs to "open"'),
        ('closed = ["Done"]', 'finished = ["Done"]', "statuses.finished is not known; expected one of open, closed"),
        ("work_done =", "done =", "outcomes.done is not known; expected one of work_done, nothing_found"),
        ('closed = "unknown"', 'closed = "fine"', 'status_outcomes.closed is "fine"; expected one of work_done'),
        ('["Crew"]', '["Crews"]', 'proactive_channels has "Crews"; expected one of Call, Crew'),
        ("['^TEST']", "['(TEST']", 'test_owners has "(TEST", which is not a regular expression'),
        ("time_zone", "timezone", "time_zone is missing; expected text"),
        ("America/Chicago", "America/Smallville", 'time_zone is "America/Smallville"; expected a zone of the IANA'),
        ('name = "Smallville"', 'name = "Smallville"\nmotto = "small"', "motto is not a known key; expected"),
        (
            "fiscal_year_starts = 7",
            "fiscal_year_starts = 13",
            "fiscal_year_starts is 13; expected a whole number from 1",
        ),
        ("west = -90.0", "west = -80.0", "bounds.west is -80.0; expected degrees less than east, -89"),
        ("north = 41.0", "north = 410.0", "bounds.north is 410.0; expected a number from -90 to 90"),
        ("[2026-01-01]", '["2026-01-01"]', 'has "2026-01-01"; expected a list of dates such as 2026-07-04'),
        ("[2026-01-01]", "[2026-01-01T00:00:00]", "has 2026-01-01 00:00:00; expected a list of dates"),
        ("[2026-01-01]", "[2026-02-30]", "small.toml: is not a TOML file: "),
        ("[2026-01-01]", "[2026-01-01, 2026-01-01]", 'lists "2026-01-01" twice; expected each once'),
        ("[2026-01-01]", "[2027-01-01]", "New Year's Day has 2027-01-01, after holidays_until 2026-12-31"),
        ("holidays_until = 2026-12-31\n", "", "holidays_until is missing; expected the last day that"),
        (
            'holidays = ["New Year\'s Day"]',
            'holidays = ["Xmas"]',
            'calendars.office.holidays has "Xmas"; expected one of New',
        ),
        ('["Monday", "Tuesday"]', "[]", "calendars.office.weekdays is empty; expected at least one working day"),
        ('"Tuesday"', '"Tues"', 'calendars.office.weekdays has "Tues"; expected Monday, Tuesday'),
        (
            'opens = "08:30"',
            'opens = "8:30"',
            'calendars.office.opens is "8:30"; expected a time of day such as "08:30"',
        ),
        (
            'closes = "17:00"',
            'closes = "08:00"',
            'calendars.office.closes is "08:00"; expected a time of day after opens',
        ),
        ('closes = "17:00"', 'closes = "09:00"', 'small.toml: calendars.office: calendar "office": closes'),
        ('closes = "17:00"', 'end_of_day = "dusk"', 'end_of_day is "dusk"; expected one of clock, close'),
        (
            'created_at = ["Created"]',
            'created_at = ["srnumber"]',
            'created_at has "srnumber", which already belongs to "sr_n',
        ),
        ('created_at = ["Created"]\n', "", "layouts.yearly.columns.created_at is missing; expected the headers"),
        ('source_status = ["Status"]', "", "expected its headers, or status_from_closed = true"),
        (
            'source_status = ["Status"]',
            'sourc_status = ["Status"]',
            "columns.sourc_status is not a column; expected one of",
        ),
        ('source_system = "small311"', "source_system = 311", "layouts.yearly.source_system is 311; expected text"),
        ('source_system = "small311"', 'source_system = " "', 'layouts.yearly.source_system is " "; expected text'),
        (
            "date_formats =",
            'clock_shift = "zone"\ndate_formats =',
            "clock_shift_years is missing; expected first and last year",
        ),
        (
            "date_formats =",
            'projected_feet = "2278"\ndate_formats =',
            'projected_feet is "2278"; expected a code such as',
        ),
        ("[channels]", 'record_url = "x"\n[channels]', "outcomes.record_url is not known"),
        (
            'name = "Smallville"',
            'name = "Smallville"\nrecord_url = "x"',
            'record_url is "x"; expected an address that begins with https',
        ),
        (
            'name = "Public Works"',
            'name = "Public Works"\nvalid_from = 2020-01-01\nvalid_to = 2019-01-01',
            "valid_to is 2019",
        ),
    ],
)
def test_a_broken_profile_is_refused_by_key_and_value(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^small\.toml: ") as refused:
        read(tmp_path, (old, new))
    assert message in str(refused.value)


def test_a_goal_that_changes_keeps_both_in_the_order_they_take_effect(tmp_path: Path) -> None:
    later = '{ amount = 2, unit = "business_days", basis = "published", citation = "b", effective_on = 2026-01-01 }'
    profile = read(tmp_path, ("goals = [{", f"goals = [{later}, {{"))
    assert [goal.amount for goal in profile.service_types[0].goals] == [3.0, 2.0]


def test_a_layout_that_is_no_request_file_needs_only_its_header_and_the_reason(tmp_path: Path) -> None:
    totals = '[layouts.totals]\nsource_system = "s"\nrecognised_by = ["Hour", "Count"]\nrefuse = "it has no requests"\n'
    profile = read(tmp_path, ("[layouts.yearly]\n", totals + "[layouts.yearly]\n"))
    assert [layout.refuse for layout in profile.layouts] == ["it has no requests", None]


def test_an_unknown_city_names_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r'"atlantis" is not known; expected one of boston, .*los_angeles, .* \.toml'):
        load("atlantis")
    assert available() == sorted(available())


def test_a_profile_that_is_not_text_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"name = \xff\xfe")
    with pytest.raises(ValueError, match=r"^binary\.toml: is not a TOML file: "):
        load(path)


def test_the_hash_changes_with_the_meaning_and_not_with_the_layout_of_the_file(tmp_path: Path) -> None:
    plain = profile_hash(read(tmp_path))
    assert plain == profile_hash(read(tmp_path, ('open = ["New", "In  Progress"]', "open = ['in progress', 'NEW']")))
    assert plain == profile_hash(read(tmp_path, ("[bounds]", "# a remark\n[bounds]")))
    assert plain != profile_hash(read(tmp_path, ("amount = 3", "amount = 4")))
    assert plain != profile_hash(read(tmp_path, ("[2026-01-01]", "[2026-01-02]")))


@pytest.mark.parametrize(
    ("header", "folded"),
    [
        ("SRNumber", "srnumber"),
        ("sr_number", "srnumber"),
        ("Late (Yes/No)", "lateyesno"),
        ("department_name__c", "departmentnamec"),
        ("\ufeffUnique Key", "uniquekey"),
    ],
)
def test_a_header_is_its_letters_and_digits(header: str, folded: str) -> None:
    assert fold(header) == folded


def test_a_value_keeps_its_punctuation_and_loses_case_and_spacing() -> None:
    assert fold_word("  LASAN -\tLSD ") == "lasan - lsd"
    assert fold_word("LASAN-LSD") != fold_word("LASAN - LSD")
