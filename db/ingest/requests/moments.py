"""SQL that reads a moment as a city writes it: on its own clock, with an offset, as a number, or as a word for nothing.

What is read is a moment on the city's clock on the wall, or empty. `date_formats` decides the formats by the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from db.cities.layouts import MOMENTS
from db.cities.shapes import Layout, Profile
from db.ingest.requests.date_formats import Reading
from db.ingest.requests.readers import holds_anything
from db.storage.transfer import quoted

ZONES = {"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420}
_ZONED = (
    r"^(.*?\d:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?)\s*"
    rf"(?:Z|z|({'|'.join(ZONES)})|(?:UTC|GMT)?\s*(?:([+-]\d{{2}}):?(\d{{2}})?)?)(?: \([^)]*\))?$"
)
_ZONE_SEEN = rf":\d{{2}}.*(Z|z|UTC|GMT|{'|'.join(ZONES)}|[+-]\d{{2}}(:?\d{{2}})?)( \([^)]*\))?$"
_NUMBER = r"^-?\d{5,15}(\.\d+)?$"
_JSON_DATE = r"^/Date\((-?\d{9,13})([+-]\d{4})?\)/$"  # as ASP.NET writes it
_ONLY_ZEROS = r"^[0/.:T \-]*(AM|PM|am|pm|Z)?$"  # 0000-00-00 00:00:00, 00/00/0000
DAY_NUMBERS = (32_874, 73_050)  # of a spreadsheet: the years 1990 to 2099
NOTHING = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "9999-12-31")  # written for no date
_DAY_NOUGHT = r"^0?1/0?0/1900|^1900-01-00"  # as a spreadsheet shows nothing in the form of a date
_SMALLDATETIME_ENDS = "date '2079-06-06'"
_ROUND = ("0101", "1231")  # month and day: a moment far off on one of these was never meant
_EPOCH = "timestamp '1970-01-01 00:00:00'"
_EARLIEST, _LATEST = "timestamp '1900-01-02'", "timestamp '2261-12-31'"
LONGEST_PROMISE = "interval 10 years"  # a due date beyond it stands for none
SAME_DUE = 20  # requests, made over `SAME_DUE_DAYS`: when most due dates are one and the same, it stands for none
SAME_DUE_DAYS = 31


def parsed(
    profile: Profile,
    layout: Layout,
    readings: Mapping[str, Reading],
    latest: datetime | None,
    other: Mapping[str, str],
    same_due: str | None,
) -> str:
    """SQL: the rows of `raw` with their moments read and judged; a moment that cannot be true is empty.

    Besides each moment and its text `X_text`: `bad_updated`, `bad_closed`, `bad_due` (something is written that is no
    possible date), `closing_said` (of a closing that cannot be true, which still says that there was one),
    `due_is_far`, `due_is_same`, `is_shifted`. `other`: columns of `raw` with the SQL that replaces them; `same_due`:
    see the function of that name.
    """
    texts = ", ".join(f"{column} as {column}_text" for column in MOMENTS)
    read_ = ", ".join(f"{read(column, profile, layout, readings[column])} as {column}_read" for column in MOMENTS)
    replaced = ", ".join(f"{sql} as {column}" for column, sql in other.items())
    left_out = ", ".join((*MOMENTS, *other))
    shift = ", ".join(f"{_shift(column, profile, layout)} as {column}_read" for column in MOMENTS)
    reads = ", ".join(f"{column}_read" for column in MOMENTS)
    same = f"coalesce(city_due_at_text = {quoted(same_due)}, false)" if same_due else "false"
    return f"""
        select * exclude ({reads}),
            {_bad("updated_at")} as bad_updated, {_bad("closed_at")} as bad_closed,
            case when due_is_far or {same} then false else {_bad("city_due_at")} end as bad_due,
            case when {_bad("closed_at")} then regexp_matches(closed_at_text, '[0-9]') else false end as closing_said,
            {same} as due_is_same
        from (select * replace (case when due_is_far or {same} then null else city_due_at end as city_due_at)
        from (select *, case when {_usable("created_at")} then created_at_read end as created_at,
                case when {_usable("updated_at")} and {_not_after("updated_at", latest, "1 day")}
                    and not {_is_round_and_old("updated_at")} then updated_at_read end as updated_at,
                case when {_usable("closed_at")} and {_not_after("closed_at", latest, "1 year")}
                    and closed_at_read <> {_EPOCH} and not {_is_round_and_old("closed_at")}
                    then closed_at_read end as closed_at,
                case when {_usable("city_due_at")} then city_due_at_read end as city_due_at,
                coalesce(city_due_at_read > created_at_read + {LONGEST_PROMISE}, false) as due_is_far
            from (select * replace ({shift})
                from (select *, {_shifted(layout)} as is_shifted
                    from (select rowid as seq, * exclude ({left_out}), {texts}, {read_}, {replaced} from raw
                        where {holds_anything(layout)})))))"""


def _usable(column: str) -> str:
    days = ", ".join(f"date '{day}'" for day in NOTHING)
    return f"{column}_read between {_EARLIEST} and {_LATEST} and {column}_read::date not in ({days})"


def _not_after(column: str, latest: datetime | None, margin: str) -> str:
    """A later moment than the file can know of is a typing error; without `latest`, one after the year 2100."""
    if latest is None:
        return f"{column}_read < timestamp '2101-01-01'"
    return f"{column}_read <= greatest(timestamp {quoted(str(latest))}, created_at_read) + interval {margin}"


def _is_round_and_old(column: str) -> str:
    """The first or last day of a year, more than a year before the request was made: the zero of some clock."""
    moment = f"{column}_read"
    return f"case when {moment} < created_at_read - interval 1 year then {_is_round(moment)} else false end"


def _is_round(moment: str) -> str:
    return f"strftime({moment}, '%m%d') in ({', '.join(map(quoted, _ROUND))})"


def _bad(column: str) -> str:
    """Whether something is written that is neither a possible date nor a word for none."""
    text = f"{column}_text"
    return (
        f"case when {text} is null or {column} is not null then false else not {is_nothing(text, column + '_read')} end"
    )


def _shifted(layout: Layout) -> str:
    if layout.clock_shift is None or layout.clock_shift_years is None:
        return "false"
    first, last = layout.clock_shift_years
    return f"coalesce(year(created_at_read) between {first} and {last}, false)"


def _shift(column: str, profile: Profile, layout: Layout) -> str:
    if layout.clock_shift is None:
        return f"{column}_read"
    # The file holds the wall clock minus the zone's offset: what is stored, taken as the zone's
    # clock and written in UTC, is the wall clock again.
    shifted = f"timezone('UTC', timezone({quoted(profile.time_zone)}, {column}_read))"
    return f"case when is_shifted then {shifted} else {column}_read end"


def same_due(
    scratch: duckdb.DuckDBPyConnection, profile: Profile, layout: Layout, readings: Mapping[str, Reading]
) -> str | None:
    """The text that stands in most due dates of a file whose requests were made over more than a month: no promise."""
    found = scratch.execute(
        f"""select value, n from (select city_due_at as value, count(*) as n,
                sum(n) over () as every from raw where city_due_at is not null group by value)
        where n > every / 2 and n >= {SAME_DUE}"""
    ).fetchone()
    if found is None:
        return None
    created = read("created_at", profile, layout, readings["created_at"])
    span = scratch.execute(
        f"select date_diff('day', min(made), max(made)) from (select {created} as made from raw where city_due_at = ?)",
        [found[0]],
    ).fetchone()
    return str(found[0]) if span and (span[0] or 0) > SAME_DUE_DAYS else None


def day_only(column: str, layout: Layout, reading: Reading) -> str:
    """SQL: whether only the day of the moment is known: no time of day is written, or a midnight that means none."""
    means_none = column in layout.day_precision or reading.zoned_are_days
    written = "" if means_none else f" and {column}_text not like '%:%'"
    return f"{column} is not null and {column} = date_trunc('day', {column}){written}"


def read(column: str, profile: Profile, layout: Layout, reading: Reading) -> str:
    """SQL for the moment in `raw`.`column`, empty where it is no date; not yet judged whether it can be true."""
    value = f"raw.{column}"
    usual = _naive(value, reading.formats, layout, profile)
    rest = f"coalesce({_odd(value, profile, layout, reading)}, {_naive(value, reading.rest, layout, profile)})"
    if not reading.formats:
        return f"case when {value} is not null then {rest} end"
    return f"coalesce({usual}, case when {value} is not null then {rest} end)"


def is_nothing(text: str, moment: str) -> str:
    """SQL: whether `text`, read as `moment` and found not to be possible, is what systems write where there is none."""
    days = ", ".join(f"date '{day}'" for day in NOTHING)
    zeros = " or ".join(f"regexp_matches({text}, {quoted(form)})" for form in (_ONLY_ZEROS, _DAY_NOUGHT))
    far_off = f"{moment}::date = {_SMALLDATETIME_ENDS} or {_is_round(moment)}"
    return f"(coalesce({text} is null or {zeros}, false) or coalesce({moment}::date in ({days}) or {far_off}, false))"


def _naive(value: str, formats: tuple[str, ...], layout: Layout, profile: Profile) -> str:
    """A moment without an offset: the city's clock, or UTC where the layout says so and a time of day is written."""
    listed = ", ".join(quoted(form) for form in formats)
    parsed = f"try_strptime({value}, [{listed}])" if formats else "null::timestamp"
    if layout.clock != "utc":
        return parsed
    return f"case when {value} like '%:%' then {_on_the_wall(parsed, profile)} else {parsed} end"


def _odd(value: str, profile: Profile, layout: Layout, reading: Reading) -> str:
    """A moment with an offset, or a number: milliseconds or seconds since 1970, or the day number of a spreadsheet."""
    in_utc = _zoned(value, layout, reading)
    number = f"try_cast(coalesce(nullif(regexp_extract({value}, {quoted(_JSON_DATE)}, 1), ''), {value}) as double)"
    since_1970 = f"""case when abs({number}) >= 1e11 then make_timestamp(({number} * 1000)::bigint)
        when abs({number}) >= 1e8 then make_timestamp(({number} * 1000000)::bigint) end"""
    moment_number = since_1970 if reading.zoned_are_days else _on_the_wall(since_1970, profile)
    first, last = DAY_NUMBERS
    return f"""case when regexp_matches({value}, {quoted(_ZONE_SEEN)}) then {_placed(in_utc, profile, layout, reading)}
        when regexp_matches({value}, {quoted(_NUMBER)}) or regexp_matches({value}, {quoted(_JSON_DATE)}) then
            case when {number} between {first} and {last}
                then date_trunc('second', timestamp '1899-12-30' + to_microseconds(({number} * 86400e6)::bigint)
                    + interval 500 milliseconds)
            when abs({number}) >= 1e8 then case when {_is_day_in_digits(value)} then null else {moment_number} end end
        when regexp_matches({value}, '^\\d{{4}}[-/]\\d') then try_cast({value} as timestamp) end"""


def _is_day_in_digits(value: str) -> str:
    """20240105143000 is a moment in digits, which a format reads, and no count of milliseconds."""
    return f"regexp_matches({value}, '^(19|20)\\d{{2}}(0[1-9]|1[0-2])([0-2]\\d|3[01])\\d{{4,6}}$')"


def _zoned(value: str, layout: Layout, reading: Reading) -> str:
    """The moment in UTC of a text with an offset; as written, where the offset is known to be wrong or means days."""
    formats = ", ".join(quoted(form) for form in (*reading.formats, *reading.rest)) or "'%Y'"
    wall, zone, hours, minutes = (f"regexp_extract({value}, {quoted(_ZONED)}, {group})" for group in (1, 2, 3, 4))
    written = f"coalesce(try_cast({wall} as timestamp), try_strptime({wall}, [{formats}]))"
    if layout.clock == "as_written" or reading.zoned_are_days:
        return written
    names = " ".join(f"when {quoted(name)} then {offset}" for name, offset in ZONES.items())
    further = f"case when contains({hours}, '-') then -1 else 1 end * coalesce(try_cast({minutes} as integer), 0)"
    offset = f"coalesce(case {zone} {names} end, try_cast({hours} as integer) * 60 + {further}, 0)"
    # The engine's own reading is fast and knows ISO 8601 only.
    return f"coalesce(timezone('UTC', try_cast({value} as timestamptz)), {written} - to_minutes({offset}))"


def _placed(in_utc: str, profile: Profile, layout: Layout, reading: Reading) -> str:
    if layout.clock == "as_written" or reading.zoned_are_days:
        return in_utc
    return _on_the_wall(in_utc, profile)


def _on_the_wall(in_utc: str, profile: Profile) -> str:
    return f"timezone({quoted(profile.time_zone)}, timezone('UTC', {in_utc}))"
