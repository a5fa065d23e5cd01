"""`raw` -> `incoming`: the city's words read by the profile, as SQL over whole columns in the scratch database.

One row a request with every column that depends on the row alone, its `seq` (place in the file,
from 0), and `row_hash` over what the city stated and how the profile reads it. Rows that cannot
be a request go to `rejects`. Rules: docs/glossary.md; flags and reasons: docs/loading.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from db.cities.layouts import MOMENTS
from db.cities.profile import Layout, Profile
from db.ingest.requests import moments, places, source_words
from db.ingest.requests.date_formats import Reading, readings
from db.ingest.requests.projected import to_degrees
from db.rules.vocabulary import BITS, Flag
from db.storage.transfer import quoted

BY_DAY = {"closed_by_day": "closed_at", "created_by_day": "created_at", "due_by_day": "city_due_at"}
STATED = (  # what a change of makes a row `updated`
    *("source_system", "sr_number", "source_status", "source_department", "source_service_type"),
    *("department", "service_type", "status", "outcome", "resolution_code", "reason_code", "action_taken"),
    *("channel", "is_proactive", "assigned_to", "address", "street_name", "zip", "latitude", "longitude"),
    *("council_district_by_file", "neighborhood_council_by_file", "created_at", "updated_at", "closed_at"),
    *(*BY_DAY, "city_due_at", "city_verdict", "exclusion_reason"),
)
KEY = ("source_system", "sr_number")  # rows of another key are never compared
FIRST_YEAR = 1990  # nobody could dial 311 before 1996
SAME_POINT = 1e-6  # degrees
PAST_YEARS = 15  # before the middle of its file, which would have to span some 30 years for such a row to be true
FLAGS = {  # the condition is on a row of `mapped`; `PAST_DATE` is given when all dates are read
    Flag.CLOSED_BEFORE_CREATED: "closed_at < created_at",
    Flag.CLOSED_WITHOUT_DATE: "status <> 'open' and closed_at is null and not from_closed",
    Flag.CLOCK_SHIFTED: "is_shifted",
    Flag.DISTRICT_0: "is_district_0",
    Flag.DUE_BEFORE_CREATED: "city_due_at < created_at",
    Flag.DUE_FAR_AWAY: "due_is_far",
    Flag.DUE_THE_SAME: "due_is_same",
    Flag.FUTURE_DATE: "greatest(created_at, closed_at) > latest",
    Flag.NO_COORDINATES: "location_quality in ('none', 'zero')",
    Flag.OPEN_WITH_CLOSED_DATE: "status = 'open' and closed_at is not null",
    Flag.OUTSIDE_BOUNDS: "location_quality = 'outside'",
    Flag.UNKNOWN_CHANNEL: "channel_word is not null and known_channel is null",
    Flag.UNKNOWN_OWNER: "owner_word is not null and known_department is null and not is_test",
    Flag.UNKNOWN_RESOLUTION: "resolution_code is not null and known_outcome is null",
    Flag.UNKNOWN_STATUS: "source_status is not null and known_status is null",
    Flag.UNKNOWN_TYPE: "known_type is null",
    Flag.UNUSABLE_CLOSED_DATE: "bad_closed",
    Flag.UNUSABLE_DUE_DATE: "bad_due",
    Flag.UNUSABLE_UPDATED_DATE: "bad_updated",
}
CUT_NUMBER = r"\d([.,]\d+)?[eE]\+\d{1,2}"  # as a spreadsheet writes a number that was too long for its cell


def normalise(
    scratch: duckdb.DuckDBPyConnection,
    profile: Profile,
    layout: Layout,
    *,
    latest: datetime | None,
    hash_salt: str = "",
    titles: Mapping[str, str] | None = None,
    reading: Mapping[str, Reading] | None = None,
) -> list[tuple[int, str]]:
    """Make `incoming` from `raw`; returns (`seq`, reason) of the rows that are no request, in file order.

    A moment after `latest` is flagged as in the future; None flags none. A creation that lies too early to be true
    (`FIRST_YEAR`, `PAST_YEARS`) is flagged as well. `hash_salt` is mixed
    into every row's hash, so that loading with other rules counts as a change. `titles`: our columns to the headers
    that carry them, for the reasons; `reading`: how moments are read, found by the values where it is None.
    """
    scratch.execute("set TimeZone = 'UTC'")
    if layout.projected_feet is not None:
        to_degrees(scratch, layout.projected_feet)
    source_words.build(scratch, profile)
    titles = titles or {}
    found = reading or readings(scratch, layout, titles)
    same_due = moments.same_due(scratch, profile, layout, found)
    other = places.coordinates() | {"closing_text": _folded(profile)}
    parts = [
        f"parsed as ({moments.parsed(profile, layout, found, latest, other, same_due)})",
        f"worded as ({_worded(profile)})",
        f"mapped as ({_mapped(profile, layout, found, latest)})",
    ]
    scratch.execute(
        f"create or replace table incoming as with {', '.join(parts)} {_finished(layout, hash_salt, titles)}"
    )
    scratch.execute(_FLAG_PAST)
    return scratch.execute(
        "select seq, reject_reason from incoming where reject_reason is not null order by seq"
    ).fetchall()


# Only when all dates are read is the middle of the file known; reading them twice would cost more than this.
_FLAG_PAST = f"""
    update incoming set flags = flags | {BITS[Flag.PAST_DATE]}
    where reject_reason is null and created_at < greatest(timestamp '{FIRST_YEAR}-01-01',
        (select median(created_at) from incoming where reject_reason is null) - interval {PAST_YEARS} years)"""


def _folded(profile: Profile) -> str:
    """The closing text with its white space folded, as patterns expect it; two searches find the few that need it."""
    if not profile.closing_patterns:
        return "closing_text"
    odd = " or ".join(f"contains(closing_text, {blank})" for blank in ("'  '", "chr(9)", "chr(10)", "chr(13)"))
    return f"case when {odd} then regexp_replace(closing_text, '\\s+', ' ', 'g') else closing_text end"


def _worded(profile: Profile) -> str:
    """The city's words looked up; the closing text is read for its pattern and left behind."""
    unknown = quoted(profile.type_from_owner_unknown)
    return f"""
        select parsed.* exclude (channel, assigned_to, source_department, city_verdict, closing_text),
            word_owner.department as known_department, coalesce(word_owner.is_test, false) as is_test,
            parsed.source_department as owner_word,
            case when word_owner.department is not null then parsed.source_department end as source_department,
            coalesce(word_owner.department,
                case when parsed.source_department is null then word_type.usual_department end,
                {unknown}) as department,
            word_type.service_type as known_type, coalesce(word_type.is_service, true) as is_service,
            coalesce(word_type.service_type, word_type.one_form, 'Unknown') as service_type,
            word_status.meaning as known_status, word_code.meaning as known_outcome,
            word_channel.channel as known_channel, parsed.channel as channel_word,
            coalesce(word_channel.channel, word_channel.one_form) as channel,
            coalesce(word_channel.is_proactive, false) as is_proactive,
            word_crew.meaning as assigned_to, word_verdict.meaning as city_verdict,
            {_by_pattern(profile, "outcome")} as pattern_outcome, {_by_pattern(profile, "status")} as pattern_status
        from parsed
            left join word_owner on word_owner.word = parsed.source_department
            left join word_type on word_type.word = parsed.source_service_type
            left join word_status on word_status.word = parsed.source_status
            left join word_code on word_code.word = parsed.resolution_code
            left join word_channel on word_channel.word = parsed.channel
            left join word_crew on word_crew.word = parsed.assigned_to
            left join word_verdict on word_verdict.word = parsed.city_verdict"""


def _by_pattern(profile: Profile, what: str) -> str:
    cases = " ".join(
        f"when regexp_matches(closing_text, {quoted(entry.pattern)}, 'i') then {_optional(getattr(entry, what))}"
        for entry in profile.closing_patterns
    )
    return f"case {cases} end::varchar" if cases else "null::varchar"


def _mapped(profile: Profile, layout: Layout, reading: Mapping[str, Reading], latest: datetime | None) -> str:
    west, south, east, north = profile.bounds
    outcomes = " ".join(f"when {quoted(status)} then {quoted(to)}" for status, to in profile.status_outcomes.items())
    by_status = f"case status {outcomes} end" if outcomes else "null::varchar"
    has_point = "isfinite(latitude) and isfinite(longitude)"
    no_place = "".join(
        f" or (abs(latitude - {latitude}) < {SAME_POINT} and abs(longitude - {longitude}) < {SAME_POINT})"
        for latitude, longitude in profile.no_place
    )
    by_day = ", ".join(
        f"coalesce({moments.day_only(column, layout, reading[column])}, false) as {name}"
        for name, column in BY_DAY.items()
    )
    district = places.district("council_district")
    return f"""
        select *, {quoted(layout.source_system)} as source_system,
            {str(layout.status_from_closed).lower()} as from_closed, {_optional(latest)}::timestamp as latest,
            case when coalesce(known_status, '') = 'open' then 'open'
                when pattern_status is not null then pattern_status
                when known_status is not null then known_status
                when closed_at is not null or closing_said then 'closed' else 'open' end as status,
            case when status <> 'open' then coalesce(known_outcome, pattern_outcome,
                {by_status}, 'unknown') end as outcome,
            case when not is_service then 'not_a_service' when is_test then 'test'
                when status = 'cancelled' then 'cancelled'
                when status = 'duplicate' or outcome = 'duplicate' then 'duplicate'
                when status = 'acknowledged' then 'acknowledged' end as exclusion_reason,
            {by_day},
            case when latitude is null or longitude is null or not ({has_point}){no_place} then 'none'
                when latitude = 0 or longitude = 0 then 'zero'
                when latitude between {south} and {north} and longitude between {west} and {east} then 'point'
                else 'outside' end as location_quality,
            coalesce(({district}) = '0', false) as is_district_0,
            nullif({district}, '0') as council_district_by_file,
            {places.area("neighborhood_council")} as neighborhood_council_by_file
        from worded"""


def _flags() -> str:
    """SQL for the number that holds the flags whose condition is true; added up only where there is one."""
    bits = " + ".join(f"case when {condition} then {BITS[flag]} else 0 end" for flag, condition in FLAGS.items())
    any_holds = " or ".join(f"({condition})" for condition in FLAGS.values())
    return f"(case when {any_holds} then {bits} else 0 end)::integer"


# Looking for a zip within a longer text costs twice as much as seeing that it is one.
_ZIP = """case when regexp_full_match(zip, '[0-9]{5}') then zip
    else lpad(nullif(regexp_extract(zip, '[0-9]{3,5}'), ''), 5, '0') end"""


def _finished(layout: Layout, hash_salt: str, titles: Mapping[str, str]) -> str:
    # One concat, in which NULL counts as empty: thirty || would copy the text thirty times.
    hashed = [_hashed(column) for column in STATED if column not in KEY]
    stated = ", chr(31), ".join([quoted(hash_salt), *filter(None, hashed)])
    usable = "location_quality in ('point', 'outside')"
    return f"""
        , finished as (
            select * replace (
                case when {usable} then latitude end as latitude, case when {usable} then longitude end as longitude,
                {places.address()} as address, {_number(layout)} as sr_number,
                {_ZIP} as zip)
            from (select *, {_reject_reason(titles)} as reject_reason from mapped))
        select seq, {", ".join(STATED)}, location_quality,
            council_district_by_file as council_district, neighborhood_council_by_file as neighborhood_council,
            {_flags()} as flags,
            (md5_number_lower(concat({stated})) >> 1)::bigint as row_hash,
            reject_reason
        from finished"""


def _hashed(column: str) -> str:
    """SQL for what of a column goes into the hash: as much as tells two values apart, as briefly as it can be said."""
    if column in MOMENTS:
        return f"epoch_us({column})"
    if column in ("latitude", "longitude"):  # to a tenth of a millimetre; written out, doubles cost twice as much
        return f"coalesce(try_cast({column} * 1e9 as bigint)::varchar, {column}::varchar)"
    if column in ("department", "service_type"):  # never empty, so nothing stands for "as the city wrote it"
        return f"nullif({column}, source_{column})"
    if column in BY_DAY:  # all three as one text, as they once were stored: what was loaded then must not seem changed
        return _BY_DAY_AS_TEXT if column == next(iter(BY_DAY)) else ""
    return column


_NAMES = ", ".join(f"case when {name} then {quoted(name.removesuffix('_by_day'))} end" for name in BY_DAY)
_BY_DAY_AS_TEXT = f"case when {' or '.join(BY_DAY)} then concat_ws(',', {_NAMES}) else '' end"


def _number(layout: Layout) -> str:
    """The request's number: without the ".0" of a spreadsheet, with the zeros in front that a spreadsheet drops."""
    plain = (
        r"case when regexp_full_match(sr_number, '\d+\.0+') then regexp_extract(sr_number, '\d+') else sr_number end"
    )
    if layout.number_width is None:
        return plain
    short = f"regexp_full_match({plain}, '\\d{{1,{layout.number_width - 1}}}')"
    return f"case when {short} then lpad({plain}, {layout.number_width}, '0') else {plain} end"


def _reject_reason(titles: Mapping[str, str]) -> str:
    """Why a row is no request; the first reason counts. Only a number and a usable creation are needed."""
    number, created = (quoted(titles.get(column, column)) for column in ("sr_number", "created_at"))
    cut = "' was cut by a spreadsheet: show the column as a number without decimals, or export it as text'"
    return f"""case when sr_number is null then {number} || ' is empty'
        when regexp_full_match(sr_number, {quoted(CUT_NUMBER)}) then {number} || ' "' || sr_number || '"' || {cut}
        when created_at_text is null then {created} || ' is empty'
        when created_at is null then {created} || ' "' || left(created_at_text, 60) || '" is not a date' end"""


def _optional(value: str | datetime | None) -> str:
    return "null" if value is None else quoted(str(value))
