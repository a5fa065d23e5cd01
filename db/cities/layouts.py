"""The layouts of a profile: which headers a city's files carry, and what they mean."""

from __future__ import annotations

import re

from db.cities.reading import Section, claim
from db.cities.shapes import Layout
from db.cities.words import fold

COLUMNS = (
    "sr_number",
    "created_at",
    "updated_at",
    "closed_at",
    "city_due_at",
    "city_verdict",
    "source_status",
    "source_department",
    "source_service_type",
    "resolution_code",
    "reason_code",
    "action_taken",
    "closing_text",
    "channel",
    "assigned_to",
    "address",
    "house_number",
    "street_direction",
    "street_name",
    "street_suffix",
    "zip",
    "latitude",
    "longitude",
    "location",
    "council_district",
    "neighborhood_council",
)
MOMENTS = ("created_at", "updated_at", "closed_at", "city_due_at")
OF_THE_PROFILE = (
    "name",
    "time_zone",
    "fiscal_year_starts",
    "unknown_department",
    "working_day_calendar",
    "district_label",
    "default_goals",
    "holidays_until",
    "record_url",
    "test_owners",
    "proactive_channels",
    "street_names_repeat",
    "distances",
    "crews",
)
"""Keys of the whole profile. One that is added at the end of a file becomes, in TOML, a key of the last table."""
NEEDED = ("sr_number", "created_at", "source_service_type")


def read_layouts(top: Section) -> tuple[Layout, ...]:
    """The layouts under `[layouts.NAME]`, headers folded; the order of the file is kept."""
    layouts = tuple(_layout(name, entry) for name, entry in top.section("layouts", required=True).each())
    if not layouts and top.has("layouts"):
        top.fail("layouts", "is empty; expected at least one layout")
    return layouts


def _layout(name: str, entry: Section) -> Layout:
    refuse = entry.optional_text("refuse")
    columns = _columns(entry.section("columns"))
    layout = Layout(
        name=name,
        source_system=entry.text("source_system"),
        columns=columns,
        recognised_by=tuple(fold(header) for header in entry.words("recognised_by")),
        date_formats=entry.words("date_formats", ()),
        date_order=entry.choice("date_order", ("month_first", "day_first")) if entry.has("date_order") else None,
        clock=entry.choice("clock", ("city", "utc", "as_written"), "city"),
        number_width=entry.whole("number_width", 1, 40) if entry.has("number_width") else None,
        day_precision=_day_precision(entry),
        clock_shift=entry.choice("clock_shift", ("zone",)) if entry.has("clock_shift") else None,
        clock_shift_years=_clock_shift_years(entry),
        status_from_closed=entry.flag("status_from_closed", False),
        projected_feet=_projected_feet(entry),
        constants=_constants(entry),
        times=_times(entry.section("times")),
        refuse=refuse,
    )
    if refuse is None:
        _refuse_unusable(entry, layout)
    entry.done()
    return layout


def _columns(table: Section) -> dict[str, tuple[str, ...]]:
    """Each of our columns with its folded headers; a header that serves two columns is a problem."""
    column_by_header: dict[str, str] = {}
    headers_by_column: dict[str, tuple[str, ...]] = {}
    for column in table.values:
        if column not in COLUMNS:
            table.fail(column, _why_no_column(column))
            continue
        headers = table.words(column)
        for header in headers:
            claim(column_by_header, header, column, table, column, fold)
        headers_by_column[column] = tuple(dict.fromkeys(fold(header) for header in headers))
    return headers_by_column


def _why_no_column(key: str) -> str:
    if key in OF_THE_PROFILE:
        return "stands below a table; it belongs above the first [table] of the file"
    return f"is not a column; expected one of {', '.join(COLUMNS)}"


def _refuse_unusable(entry: Section, layout: Layout) -> None:
    for column in NEEDED:
        if column not in layout.columns and column not in layout.constants:
            entry.fail(f"columns.{column}", "is missing; expected the headers that carry it")
    if "source_status" not in layout.columns and not layout.status_from_closed:
        entry.fail("columns.source_status", "is missing; expected its headers, or status_from_closed = true")
    if not layout.recognised_by:
        entry.fail("recognised_by", "is empty; expected the headers that mark this layout")


def _day_precision(entry: Section) -> tuple[str, ...]:
    moments = entry.words("day_precision", ())
    for column in moments:
        if column not in MOMENTS:
            entry.fail("day_precision", f'has "{column}"; expected one of {", ".join(MOMENTS)}')
    return moments


def _clock_shift_years(entry: Section) -> tuple[int, int] | None:
    if not entry.has("clock_shift_years"):
        if entry.has("clock_shift"):
            entry.refuse("clock_shift_years", "first and last year, such as {first = 2013, last = 2019}")
        return None
    years = entry.section("clock_shift_years")
    first, last = years.whole("first", 1900, 2200), years.whole("last", 1900, 2200)
    if last < first:
        years.refuse("last", f"a year from {first} on")
    years.done()
    return first, last


def _projected_feet(entry: Section) -> str | None:
    code = entry.optional_text("projected_feet")
    if code is not None and not re.fullmatch(r"EPSG:\d{4,6}", code):
        entry.refuse("projected_feet", "a code such as EPSG:2278")
    return code


def _times(table: Section) -> dict[str, tuple[str, ...]]:
    """Each of our moments with the folded headers of its time of day."""
    for column in table.values:
        if column not in MOMENTS:
            table.fail(column, f"is not a moment; expected one of {', '.join(MOMENTS)}")
    return {column: tuple(map(fold, table.words(column))) for column in table.values}


def _constants(entry: Section) -> dict[str, str]:
    table = entry.section("constants")
    for column in table.values:
        if column not in COLUMNS:
            table.fail(column, _why_no_column(column))
    return {column: table.text(column) for column in table.values if column in COLUMNS}
