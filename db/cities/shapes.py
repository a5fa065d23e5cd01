"""The shapes of a city's profile: frozen values that the rest of the desk reads.

Names of the city's own making (header names, spellings of owners, statuses, codes) are kept
folded, see `db/cities/words.py`, so that a look-up needs no care for case or white space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from db.rules.calendar import Calendar
from db.rules.triage.setting import TriageRules


@dataclass(frozen=True)
class Layout:
    """One shape of request file, recognised by its header in any order and case.

    Header names are compared folded: lower case, letters and digits only. `columns` maps our
    column name to the folded source headers that may carry it, first present wins; a layout is
    recognised when every name in `recognised_by` is there, the layout with most of them wins.
    `date_formats` are strptime formats beside those that every layout knows. `date_order` says what 3/4/2024 is where
    the values do not: "month_first" or "day_first". `clock`: "city" where a moment without an offset is on the city's
    clock, "utc" where it is in UTC, "as_written" where the offsets are wrong and the city's clock is written.
    `day_precision` names the moments whose bare midnight means "only the day is known". `clock_shift`: "zone" where
    stored times are the wall clock minus the zone's offset, for rows created in `clock_shift_years` (first, last).
    `times`: our column of a moment -> the folded headers of the time of day, where a file keeps day and time apart.
    `status_from_closed`: the file has no status; closed date present means closed. `constants`: our column -> a fixed
    value for every row.
    """

    name: str
    source_system: str
    columns: Mapping[str, tuple[str, ...]]
    recognised_by: tuple[str, ...]
    date_formats: tuple[str, ...] = ()
    day_precision: tuple[str, ...] = ()
    date_order: str | None = None
    clock: str = "city"
    number_width: int | None = None  # digits of a request number, zeros in front included
    clock_shift: str | None = None
    clock_shift_years: tuple[int, int] | None = None
    status_from_closed: bool = False
    projected_feet: str | None = None  # an EPSG code when coordinates are not degrees
    constants: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refuse: str | None = None  # a file of this shape is no request file, and this is why


@dataclass(frozen=True)
class Department:
    department: str  # short code, as in the URL: LASAN
    name: str
    aliases: tuple[str, ...] = ()  # the city's own spellings, compared folded
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


@dataclass(frozen=True)
class GoalSpec:
    amount: float
    unit: str
    calendar: str
    basis: str  # published | budget_average | draft
    citation: str
    effective_on: date | None = None


@dataclass(frozen=True)
class ServiceType:
    service_type: str
    public_name: str
    department: str
    calendar: str
    category: str = ""
    aliases: tuple[str, ...] = ()  # legacy and current names, compared folded
    effort_hours: float | None = None
    is_sensitive: bool = False
    is_service: bool = True
    is_contracted: bool = False
    repeat_means: str = "problem"
    reports_failure_of: tuple[str, ...] = ()
    goals: tuple[GoalSpec, ...] = ()


@dataclass(frozen=True)
class ClosingPattern:
    """Outcome from closing text: the first regular expression that matches, case ignored. The text is not kept."""

    pattern: str
    outcome: str
    status: str | None = None


@dataclass(frozen=True)
class ProfileFile:
    """The file that a custom profile was read from: its full path, and its text as it was then."""

    path: str
    text: str


@dataclass(frozen=True)
class Profile:
    key: str  # los_angeles
    name: str  # Los Angeles
    time_zone: str
    bounds: tuple[float, float, float, float]  # west, south, east, north in degrees
    no_place: tuple[tuple[float, float], ...]  # (latitude, longitude) that the city writes where it knows no place
    default_goals: str  # promises | working: the goals that the desk starts with
    fiscal_year_starts: int  # month
    layouts: tuple[Layout, ...]
    departments: tuple[Department, ...]
    service_types: tuple[ServiceType, ...]
    statuses: Mapping[str, str]  # folded source status -> our status
    status_outcomes: Mapping[str, str]  # our status -> outcome where the code does not say
    outcomes: Mapping[str, str]  # folded resolution code -> our outcome
    closing_patterns: tuple[ClosingPattern, ...]
    channels: Mapping[str, str]  # folded source channel -> our channel name
    proactive_channels: frozenset[str]  # our channel names that are proactive
    test_owners: tuple[str, ...]  # regular expressions of owners that mark test rows
    crews: tuple[str, ...]  # regular expressions of whole words that are a yard, crew or contractor, never a person
    type_from_owner_unknown: str  # department code for an owner that the profile does not name: "Unknown"
    calendars: Mapping[str, Calendar]
    working_day_calendar: str  # the calendar whose closing hour is "tonight"
    record_url: str | None  # with {sr_number}
    distances: str  # miles | kilometres: how far a truck drives
    populations: Mapping[str, Mapping[str, int]]  # level -> key -> residents
    district_label: str  # what a council district is called
    sla_verdicts: Mapping[str, str] = field(default_factory=dict)  # folded city word -> met | missed
    street_names_repeat: bool = False  # one street name in several towns: an address needs its ZIP code to be a place
    triage: TriageRules = field(default_factory=TriageRules)  # dangers and how a day is divided
    status_enquiries: tuple[str, ...] = ()  # folded actions taken that only answered what became of a request
    retired: tuple[str, ...] = field(default=(), compare=False)  # keys of its file without effect, a sentence each
    own: ProfileFile | None = field(
        default=None, compare=False, repr=False
    )  # None where the profile comes with the desk
