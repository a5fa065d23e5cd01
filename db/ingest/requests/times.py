"""SQL that puts a day and a time of day together, where a file keeps them in two columns."""

from __future__ import annotations

from db.storage.transfer import quoted

_MIDNIGHT = r"[ T](0?0:00(:00(\.0+)?)?|12:00(:00)?(\.0+)? ?[Aa][Mm])$"
_CLOCK = r"^\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)? ?([AaPp]\.?[Mm]\.?)?$"  # 14:30, 2:30 PM, 14.30.00
# A time of day without a day, as spreadsheets and databases write it: with their day 0.
_AFTER_NO_DAY = r"^(?:1899-12-3[01]|1900-01-0[01])[ T](\d{2}:\d{2}(?::\d{2})?)"
# A written day. The day number of a spreadsheet is none: no format reads it with a time behind it.
_A_DAY = "[-/. ]|^[0-9]{8}$"


def with_time(day: str, time: str) -> str:
    """SQL: the day with its time of day; the day unchanged where it has a time itself or `time` is no time."""
    return f"""(select case when clock is null or contains(day, ':') or not regexp_matches(day, {quoted(_A_DAY)})
            then written else day || ' ' || clock end
        from (select written, regexp_replace(written, {quoted(_MIDNIGHT)}, '') as day, {_clock("time")} as clock
            from (select {day} as written, {time} as time)))"""


def _clock(time: str) -> str:
    """SQL for a time of day: written out, as HHMM or HHMMSS, as a fraction of the day, or after a day 0."""
    fraction = f"try_cast({time} as double)"
    return f"""case when regexp_matches({time}, {quoted(_CLOCK)})
            then replace(regexp_replace({time}, '^([0-9]+)[.]([0-9]+)([.]([0-9]+))?', '\\1:\\2:\\4'), ': ', ' ')
        when regexp_full_match({time}, '[0-9]{{3,4}}') then regexp_replace(lpad({time}, 4, '0'), '(..)(..)', '\\1:\\2')
        when regexp_full_match({time}, '[0-9]{{5,6}}')
            then regexp_replace(lpad({time}, 6, '0'), '(..)(..)(..)', '\\1:\\2:\\3')
        when {fraction} >= 0 and {fraction} < 1 then strftime(date_trunc('second', timestamp '2000-01-01'
            + to_microseconds(({fraction} * 86400e6)::bigint) + interval 500 milliseconds), '%H:%M:%S')
        else nullif(regexp_extract({time}, {quoted(_AFTER_NO_DAY)}, 1), '') end"""
