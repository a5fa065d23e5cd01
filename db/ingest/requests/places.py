"""SQL that reads where a request is: its point, its district and its address, as cities write them."""

from __future__ import annotations

from db.storage.transfer import quoted

_NUMBER = r"([-+]?[0-9]+(?:\.[0-9]+)?)"
_PAIR = rf"\(?\s*{_NUMBER}\s*[,;]\s*{_NUMBER}\s*\)?\s*$"  # (34.09, -118.27), also below an address
_POINT = rf"(?i)POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)"
_COORDINATES = rf"(?i)coordinates[^-+0-9]+{_NUMBER}\s*,\s*{_NUMBER}"  # of GeoJSON within a cell
_NAMED_COORDINATE = r"(?i){0}[^-+0-9]+([-+]?[0-9]+(?:\.[0-9]+)?)"  # {'latitude': '40.9', 'longitude': '-73.8'}
_WITH_COMMA = r"[-+]?\d{1,3},\d+"
_NO_AREA = (  # "No Council", "Not assigned", "0 Unspecified"
    r"(?i)no( \w+)? (council|district|ward|neighbou?rhood|area|board|nc)s?( council| district)?|none"
    r"|(not |un)(assigned|available|known|specified|applicable)|not (in|within) an?y? .*"
    r"|outside( of)?( the)?( city)?( limits?| boundar(y|ies)| area)?|0 ?(unspecified|not assigned)?"
)
_NO_AREA_STARTS = ("no", "ou", "un", "0", "0 ")


def coordinates() -> dict[str, str]:
    """`latitude` and `longitude` as numbers, from their own columns, else from `location`; decimal commas are read."""
    return {
        "latitude": _coordinate("latitude", in_pair=1, in_point=2),
        "longitude": _coordinate("longitude", in_pair=2, in_point=1),
    }


def _coordinate(column: str, *, in_pair: int, in_point: int) -> str:
    in_location = ", ".join(
        f"nullif(regexp_extract(location, {quoted(pattern)}, {group}), '')"
        for pattern, group in (
            (_PAIR, in_pair),
            (_POINT, in_point),
            (_COORDINATES, in_point),
            (_NAMED_COORDINATE.format(column), 1),
        )
    )
    comma = f"case when regexp_full_match(raw.{column}, {quoted(_WITH_COMMA)}) then replace(raw.{column}, ',', '.') end"
    return f"""case when raw.{column} is not null
            then coalesce(try_cast(raw.{column} as double), try_cast({comma} as double))
        when location is not null then try_cast(coalesce({in_location}) as double) end"""


def area(column: str) -> str:
    """The name of an area, empty where the city says that there is none."""
    starts = ", ".join(map(quoted, _NO_AREA_STARTS))
    is_none = f"regexp_full_match({column}, {quoted(_NO_AREA)})"
    return f"case when lower(left({column}, 2)) in ({starts}) and {is_none} then null else {column} end"


def district(column: str) -> str:
    """The key of a district: 03 and 3.0 are 3; 0, which stands for no district, is kept, so that it can be flagged."""
    without_zeros = rf"regexp_replace({area(column)}, '^0*(\d+)(\.0+)?$', '\1')"
    # Replacing costs twice as much as testing that nothing is to be replaced.
    return f"""case when regexp_full_match({column}, '[1-9][0-9]*') then {column}
        when regexp_full_match({column}, '0+(\\.0+)?') then '0' else {without_zeros} end"""


def address() -> str:
    """The address as the city writes it, else put together from its parts."""
    parts = "nullif(concat_ws(' ', house_number, street_direction, street_name, street_suffix), '')"
    whole = f"coalesce(address, {parts})"
    # Translating looks at every character; the three searches find the few addresses that need it.
    has_break = " or ".join(f"contains({whole}, {blank})" for blank in ("chr(9)", "chr(10)", "chr(13)"))
    # Two spaces stay: in some files they are all that stands between a street and its town.
    return f"case when {has_break} then trim(translate({whole}, chr(9) || chr(10) || chr(13), '   ')) else {whole} end"
