"""The profiles that come with the desk say what the cities published, and nothing by accident."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from db.cities.profile import Profile, ServiceType, available, load
from db.rules.clock import due_at
from tests.builders import moment

NOT_SERVICES = {"Feedback", "Information-Only", "Program Research"}


@pytest.fixture(scope="module")
def los_angeles() -> Profile:
    return load("los_angeles")


@pytest.fixture(scope="module")
def boston() -> Profile:
    return load("boston")


def named(profile: Profile, name: str) -> ServiceType:
    return next(entry for entry in profile.service_types if entry.service_type == name)


@pytest.mark.parametrize("city", ["boston", "los_angeles", "new_york", "san_antonio"])
def test_every_city_that_comes_with_the_desk_is_valid(city: str) -> None:
    assert city in available()
    profile = load(city)
    west, south, east, north = profile.bounds
    assert 0.1 < east - west < 1
    assert 0.1 < north - south < 1


def test_los_angeles_has_seven_figures_with_a_source_and_only_graffiti_is_a_promise(los_angeles: Profile) -> None:
    goals = {entry.service_type: entry.goals[-1] for entry in los_angeles.service_types if entry.goals}
    sourced = {name: (goal.amount, goal.unit) for name, goal in goals.items() if goal.basis != "draft"}
    assert sourced == {
        "Graffiti Removal": (72, "hours"),
        "Item Pickups": (7, "calendar_days"),
        "Obstructions": (3, "business_days"),
        "Street Pavement Issues": (3, "business_days"),
        "Streetlight Repair Services": (7, "calendar_days"),
        "Traffic Signal Issues": (1, "hours"),
        "Tree Emergency": (3, "business_days"),
    }
    assert [name for name, goal in goals.items() if goal.basis == "published"] == ["Graffiti Removal"]
    assert goals["Graffiti Removal"].calendar == "always"


def test_every_other_los_angeles_type_has_a_draft_that_calls_itself_one(los_angeles: Profile) -> None:
    without = {entry.service_type for entry in los_angeles.service_types if not entry.goals}
    assert without == {"Information-Only", "Program Research"}
    drafts = [goal for entry in los_angeles.service_types for goal in entry.goals if goal.basis == "draft"]
    assert len(drafts) == 62
    assert {goal.citation for goal in drafts} == {
        "illustrative draft: the desk's own proposal, not a city promise",
    }


def test_los_angeles_counts_questions_feedback_and_surveys_as_no_service(los_angeles: Profile) -> None:
    assert {entry.service_type for entry in los_angeles.service_types if not entry.is_service} == NOT_SERVICES


def test_what_may_not_be_published_below_the_whole_city_is_marked(los_angeles: Profile) -> None:
    sensitive = {entry.service_type for entry in los_angeles.service_types if entry.is_sensitive}
    assert sensitive == {
        "ADA/Accessibility/Disability Complaints",
        "Accessible Parking Zones",
        "Disability Related Modification or Accommodations",
        "Homeless Encampment",
        "Nuisance Barking Dogs",
        "Private Property Violation",
        "Sidewalk Repair Access Request Program",
        "Streetlight ADA Repair Services",
    }


def test_another_sofa_is_a_new_need_and_more_graffiti_is_the_same_problem(los_angeles: Profile) -> None:
    assert named(los_angeles, "Item Pickups").repeat_means == "new_need"
    assert named(los_angeles, "Graffiti Removal").repeat_means == "problem"
    assert "Item Pickups" in named(los_angeles, "Service Not Complete").reports_failure_of


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # New Year's Day 2022 is a Saturday and so kept in 2021; Christmas 2022 is a Sunday.
        (2022, "01-17 02-21 03-28 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
        # 4 July 2020 is a Saturday; Juneteenth was not yet kept.
        (2020, "01-01 01-20 02-17 03-30 05-25 07-03 09-07 10-12 11-11 11-26 12-25"),
        # New Year's Day 2023 and Veterans Day 2023 fall on a Sunday and a Saturday.
        (2023, "01-02 01-16 02-20 03-27 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
        # 2026: 4 July is a Saturday; Juneteenth is a Friday.
        (2026, "01-01 01-19 02-16 03-30 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        # Dr. King's, 15 January, is the earliest it can be in 2018; Veterans Day is a Sunday.
        (2018, "01-01 01-15 02-19 03-26 05-28 07-04 09-03 10-08 11-12 11-22 12-25"),
    ],
)
def test_office_holidays_are_those_of_a_printed_calendar(los_angeles: Profile, year: int, days: str) -> None:
    office = los_angeles.calendars["office"].holidays
    assert [f"{day:%m-%d}" for day in sorted(office) if day.year == year] == days.split()


def test_holidays_cover_2015_to_2030_and_fall_on_weekdays(los_angeles: Profile) -> None:
    office = los_angeles.calendars["office"]
    assert {day.year for day in office.holidays} == set(range(2015, 2031))
    assert {day for day in office.holidays if day.weekday() > 4} == set()
    assert office.holidays_until == date(2030, 12, 31)
    assert date(2021, 12, 31) in office.holidays


@pytest.mark.parametrize(
    ("created", "due"),
    [
        ("Thu 2026-07-02 16:59", "Mon 2026-07-06 17:00"),  # Friday is kept as Independence Day
        ("Thu 2026-07-02 17:00", "Tue 2026-07-07 17:00"),
        ("Fri 2026-07-03 12:00", "Tue 2026-07-07 17:00"),
        ("Sat 2026-07-04 12:00", "Tue 2026-07-07 17:00"),
        ("Mon 2026-07-06 07:59", "Tue 2026-07-07 17:00"),
        ("Mon 2026-07-06 17:29", "Wed 2026-07-08 17:00"),
    ],
)
def test_a_request_after_the_office_closed_counts_from_its_next_opening(
    los_angeles: Profile, created: str, due: str
) -> None:
    assert due_at(moment(created), 1, "business_days", los_angeles.calendars["office"]) == moment(due)


def test_collection_runs_on_chavez_day_when_the_office_is_closed(los_angeles: Profile) -> None:
    chavez_day = date(2023, 3, 27)
    assert chavez_day in los_angeles.calendars["office"].holidays
    assert chavez_day not in los_angeles.calendars["sanitation"].holidays
    assert date(2023, 11, 23) in los_angeles.calendars["sanitation"].holidays
    assert not los_angeles.calendars["always"].holidays


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ar-request completed", "work_done"),
        ("qc-item not out", "nothing_found"),
        ("c-report has been received", "acknowledged"),
        ("cdr-cancelled - duplicate request", "duplicate"),
        ("c-closed", "unknown"),
        ("1003-referral to external department", "referred"),
    ],
)
def test_a_resolution_code_means_what_it_says_and_a_bare_closed_says_nothing(
    los_angeles: Profile, code: str, outcome: str
) -> None:
    assert los_angeles.outcomes[code] == outcome


def test_a_potential_duplicate_is_open_until_confirmed(los_angeles: Profile) -> None:
    assert los_angeles.statuses["potential duplicate"] == "open"
    assert los_angeles.statuses["duplicate confirm"] == "duplicate"


def test_crews_and_haulers_are_proactive_under_every_spelling(los_angeles: Profile) -> None:
    spellings = ("driver self report", "driver self reported", "work crew", "recycla service provider")
    assert {los_angeles.channels[word] for word in spellings} == los_angeles.proactive_channels


def test_both_eras_of_los_angeles_number_their_requests_apart(los_angeles: Profile) -> None:
    systems = {layout.name: layout.source_system for layout in los_angeles.layouts if layout.refuse is None}
    assert systems == {
        "myla311_legacy": "myla311",
        "hack_for_la_api": "myla311",
        "myla311_cases": "myla311_cases",
        "myla311_cases_api": "myla311_cases",
    }


def test_only_owners_marked_as_tests_are_tests(los_angeles: Profile) -> None:
    (pattern,) = los_angeles.test_owners
    assert re.search(pattern, "TEST XX")
    assert not re.search(pattern, "TESTING AND INSPECTION")


@pytest.mark.parametrize(
    ("service_type", "created", "due"),
    [
        ("Schedule a Bulk Item Pickup", "Mon 2011-08-01 10:12", "Wed 2011-08-03 10:12"),
        ("Schedule a Bulk Item Pickup", "Thu 2011-08-04 16:59", "Mon 2011-08-08 16:59"),
        ("Schedule a Bulk Item Pickup", "Thu 2011-08-04 17:00", "Tue 2011-08-09 08:30"),
        ("Tree Emergencies", "Fri 2011-08-05 20:00", "Tue 2011-08-09 08:30"),
        ("Tree Emergencies", "Sat 2011-08-06 11:00", "Tue 2011-08-09 11:00"),
        ("Missed Trash/Recycling/Yard Waste/Bulk Item", "Mon 2011-09-05 09:00", "Wed 2011-09-07 09:00"),
        ("Unsatisfactory Living Conditions", "Sat 2011-07-02 22:00", "Sun 2011-10-30 22:00"),
    ],
)
def test_boston_due_dates_come_from_its_profile_alone(
    boston: Profile, service_type: str, created: str, due: str
) -> None:
    goal = named(boston, service_type).goals[-1]
    found = due_at(
        datetime.strptime(created, "%a %Y-%m-%d %H:%M"), goal.amount, goal.unit, boston.calendars[goal.calendar]
    )
    assert f"{found:%a %Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Case Closed Case Resolved replaced 100 amp fuse and reset breaker", "work_done"),
        ("Case Closed. Closed date : 2019-04-01 11:02:33.847 Case Resolved Nothing found", "nothing_found"),
        ("Closed date : Sun Jan 02 06:43:42 EST 2022 Resolved Trash removed", "work_done"),
        ("Closed date : Thu Jan 20 08:45:12 EST 2022 Noted", "administrative"),
        ("Case Closed Case Scheduled Items have been scheduled for pickup.", "administrative"),
        ("Case Closed Case Invalid", "administrative"),
        ("Case Closed Duplicate of Existing Case CRM # 100", "duplicate"),
        ("Case Closed Case Referred to External Agency", "referred"),
        ("Case Closed NOVIO: No Violation Found/No Cause", "nothing_found"),
        ("Case Closed VIOCOR: Violation Corrected", "work_done"),
        ("Case Closed. Closed date : 2017-05-19 16:39:39.92 Case Invalid Caller cancelled the case.", "cancelled"),
        ("Case Closed Bulk Item Automation", None),
    ],
)
def test_boston_outcomes_are_read_from_how_the_closing_text_opens(
    boston: Profile, text: str, outcome: str | None
) -> None:
    found = (entry.outcome for entry in boston.closing_patterns if re.search(entry.pattern, text, re.IGNORECASE))
    assert next(found, None) == outcome


def test_only_the_later_boston_header_is_on_a_shifted_clock(boston: Profile) -> None:
    shifts = {layout.name: (layout.clock_shift, layout.clock_shift_years) for layout in boston.layouts}
    assert shifts == {"boston_target_dt": (None, None), "boston_sla_target_dt": ("zone", (2013, 2019))}


def test_san_antonio_knows_days_only_and_places_in_feet() -> None:
    (layout,) = load("san_antonio").layouts
    assert set(layout.day_precision) == {"created_at", "closed_at", "city_due_at"}
    assert layout.projected_feet == "EPSG:2278"
    assert layout.columns["city_verdict"] == ("lateyesno",)


def test_new_york_without_a_status_is_closed_where_a_closing_date_stands() -> None:
    judged = {layout.name: layout.status_from_closed for layout in load("new_york").layouts}
    assert judged == {"nyc_open_data": False, "nyc_open_data_without_status": True}
