"""Every closed list of words, once: the schema's CHECKs, the profiles, the commands and the screen take it from here.

A member is a text and is stored as it stands. `known(Status)` gives the texts themselves, for SQL and for files.
"""

from __future__ import annotations

from enum import StrEnum


def known(words: type[StrEnum]) -> tuple[str, ...]:
    """The texts of a list of words, in its order."""
    return tuple(word.value for word in words)


class Status(StrEnum):
    """Where a request stands, in the desk's own word."""

    OPEN = "open"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    CANCELLED = "cancelled"
    REFERRED = "referred"
    ACKNOWLEDGED = "acknowledged"
    INFORMATION = "information"


class Outcome(StrEnum):
    """What a closure really was."""

    WORK_DONE = "work_done"
    NOTHING_FOUND = "nothing_found"
    ADMINISTRATIVE = "administrative"
    REFERRED = "referred"
    DUPLICATE = "duplicate"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"
    UNKNOWN = "unknown"


class Exclusion(StrEnum):
    """Why a row does not count as a request; the first two hold from the start, the others from the closing on."""

    NOT_A_SERVICE = "not_a_service"
    TEST = "test"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    ACKNOWLEDGED = "acknowledged"


class Unit(StrEnum):
    """What the time of a goal is counted in."""

    HOURS = "hours"
    BUSINESS_HOURS = "business_hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"


class Basis(StrEnum):
    """What a goal rests on. Only a published one is a promise."""

    PUBLISHED = "published"
    BUDGET_AVERAGE = "budget_average"
    DRAFT = "draft"


class GoalChoice(StrEnum):
    """Which goals a figure counts: published ones alone, or any goal in force."""

    PROMISES = "promises"
    WORKING = "working"


class Population(StrEnum):
    """Which rows a figure counts: residents' requests, those of the city's own crews too, or every row."""

    RESIDENTS = "residents"
    ELIGIBLE = "eligible"
    RAW = "raw"


class DueSource(StrEnum):
    """Who set a due date: the city's own file, or the desk from the goal in force."""

    CITY = "city"
    COMPUTED = "computed"


class RepeatKind(StrEnum):
    """How a request repeats an earlier one, in order of precedence."""

    SAME_CALL = "same_call"
    CHASER = "chaser"
    ASKED_AGAIN = "asked_again"


class RepeatMeaning(StrEnum):
    """What a repeat says of a service type: the problem is still there, or there is a new one of its kind."""

    PROBLEM = "problem"
    NEW_NEED = "new_need"


class LocationQuality(StrEnum):
    """What is known of where a request lies."""

    POINT = "point"
    NONE = "none"
    OUTSIDE = "outside"
    ZERO = "zero"


class StaffingBasis(StrEnum):
    """Where a staffing figure comes from."""

    REPORTED = "reported"
    ILLUSTRATIVE = "illustrative"


class Cause(StrEnum):
    """Why a department misses what was due, as far as the data show it."""

    STAFF = "staff"
    NOT_VACANCIES = "not_vacancies"
    NOT_STAFF = "not_staff"
    ORDER = "order"
    CONTRACTORS = "contractors"
    NO_FIGURES = "no_figures"
    CANNOT_TELL = "cannot_tell"
    TOO_FEW = "too_few"
    TOO_SHORT = "too_short"
    NOTHING_DUE = "nothing_due"
    NOTHING_MISSED = "nothing_missed"


class Remedy(StrEnum):
    """What would mend a miss, or whom to ask."""

    POSTS = "posts"
    ORDER = "order"
    CHECK_STALE = "check_stale"
    GOAL = "goal"
    GOAL_OR_HANDS = "goal_or_hands"
    ASK_CONTRACTOR = "ask_contractor"
    ASK_PARTS = "ask_parts"
    ASK = "ask"


class Measure(StrEnum):
    """What is followed by week."""

    COMPLIANCE = "compliance"  # of those due, the share met
    OVERDUE = "overdue"  # by how many the overdue ones grew
    INFLOW = "inflow"
    THROUGHPUT = "throughput"
    ASKED_AGAIN = "asked_again"  # of calls closed, the share asked again
    LEVEL = "level"  # the share met against all others


class Against(StrEnum):
    """What a stretch is compared with."""

    BEFORE = "before"
    YEAR_AGO = "year_ago"
    OTHERS = "others"


class Branch(StrEnum):
    """What a figure is of."""

    CITY = "city"
    DEPARTMENT = "department"
    TYPE = "service_type"
    DISTRICT = "district"


class Reason(StrEnum):
    """Why a figure moved, as far as the data show it."""

    GOAL_CHANGED = "goal_changed"
    MASS_CLOSURE = "mass_closure"
    STAFFING = "staffing"
    OTHER_WORK = "other_work"
    ONE_TYPE = "one_type"
    ONE_DISTRICT = "one_district"
    DEMAND = "demand"
    THROUGHPUT = "throughput"
    ACROSS_TYPES = "across_types"
    SPREAD = "spread"
    NONE = "none"


class PromiseFigure(StrEnum):
    """What a promise can be measured by; each is a figure of the desk with the same definition."""

    COMPLIANCE = "compliance"  # of those due in the last 13 weeks, the share met
    OVERDUE_COUNT = "overdue_count"
    OPEN_COUNT = "open_count"
    ASKED_AGAIN_SHARE = "asked_again_share"  # of calls closed in the last 13 weeks


class PromiseState(StrEnum):
    """How a promise stands."""

    RUNNING = "running"
    KEPT = "kept"
    MISSED = "missed"
    UNTOLD = "no figure"


class SourceKind(StrEnum):
    """How the data of a city come in; decides what "now" is."""

    FILE = "file"
    FEED = "feed"
    DEMO = "demo"


class Level(StrEnum):
    """A level of areas."""

    CITY = "city"
    COUNCIL_DISTRICT = "council_district"
    NEIGHBORHOOD_COUNCIL = "neighborhood_council"


class Flag(StrEnum):
    """What is odd about a request that was kept; docs/loading.md says when each is given.

    A request stores its flags as one number, each flag as one bit of it: the place in this list. So a new flag goes to
    the end, and none is ever taken out.
    """

    CLOSED_BEFORE_CREATED = "closed_before_created"
    CLOSED_WITHOUT_DATE = "closed_without_date"
    CLOCK_SHIFTED = "clock_shifted"
    DISTRICT_0 = "district_0"
    DUE_BEFORE_CREATED = "due_before_created"
    DUE_FAR_AWAY = "due_far_away"
    DUE_THE_SAME = "due_the_same"
    FUTURE_DATE = "future_date"
    NO_COORDINATES = "no_coordinates"
    OPEN_WITH_CLOSED_DATE = "open_with_closed_date"
    OUTSIDE_BOUNDS = "outside_bounds"
    PAST_DATE = "past_date"
    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_OWNER = "unknown_owner"
    UNKNOWN_RESOLUTION = "unknown_resolution"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_TYPE = "unknown_type"
    UNUSABLE_CLOSED_DATE = "unusable_closed_date"
    UNUSABLE_DUE_DATE = "unusable_due_date"
    UNUSABLE_UPDATED_DATE = "unusable_updated_date"


BITS: dict[Flag, int] = {flag: 1 << place for place, flag in enumerate(Flag)}
ALL_FLAGS = sum(BITS.values())


def flags_in(bits: int) -> tuple[Flag, ...]:
    """The flags that a stored number holds, by name. Raises ValueError for a number that holds an unknown one."""
    if bits & ~ALL_FLAGS:
        raise ValueError(f"flags {bits} are not between 0 and {ALL_FLAGS}")
    return tuple(sorted(flag for flag, bit in BITS.items() if bits & bit))


BUSINESS_UNITS = (Unit.BUSINESS_HOURS.value, Unit.BUSINESS_DAYS.value)
ALWAYS_EXCLUDED = (Exclusion.NOT_A_SERVICE.value, Exclusion.TEST.value)
REPEATS = (RepeatKind.CHASER.value, RepeatKind.ASKED_AGAIN.value)
"""The kinds by which somebody comes back; a second request of the same call does not."""
