"""One address, one place: the spelling under which two ways of writing an address are equal.

Why not a parser: `usaddress` labels about 4,000 addresses a second and has no canonical form;
what is needed is only equality, over millions of rows (docs/places.md has the measurements).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DIRECTIONS = {
    "N": "N", "NORTH": "N", "S": "S", "SOUTH": "S", "E": "E", "EAST": "E", "W": "W", "WEST": "W",
    "NE": "NE", "NORTHEAST": "NE", "NW": "NW", "NORTHWEST": "NW",
    "SE": "SE", "SOUTHEAST": "SE", "SW": "SW", "SOUTHWEST": "SW",
}  # fmt: skip

# The suffixes of the United States Postal Service's Publication 28 that the five cities' files use.
SUFFIXES = {
    "ALLEY": "ALY", "ALY": "ALY", "AL": "ALY", "AV": "AVE", "AVE": "AVE", "AVEN": "AVE", "AVENUE": "AVE",
    "BL": "BLVD", "BLVD": "BLVD", "BOUL": "BLVD", "BOULEVARD": "BLVD", "BRIDGE": "BRG", "BRG": "BRG",
    "CIR": "CIR", "CL": "CIR", "CIRCLE": "CIR", "COURT": "CT", "CT": "CT", "COVE": "CV", "CV": "CV",
    "CRES": "CRES", "CRESCENT": "CRES", "DR": "DR", "DRIVE": "DR", "EXPRESSWAY": "EXPY", "EXPY": "EXPY",
    "FREEWAY": "FWY", "FRWY": "FWY", "FWY": "FWY", "GLEN": "GLN", "GLN": "GLN", "GREEN": "GRN", "GRN": "GRN",
    "HEIGHTS": "HTS", "HTS": "HTS", "HIGHWAY": "HWY", "HWY": "HWY", "LANE": "LN", "LN": "LN", "LOOP": "LOOP",
    "MALL": "MALL", "PARK": "PARK", "PARKWAY": "PKWY", "PKWY": "PKWY", "PKY": "PKWY", "PASS": "PASS",
    "PATH": "PATH", "PL": "PL", "PLACE": "PL", "PLAZA": "PLZ", "PLZ": "PLZ", "POINT": "PT", "PT": "PT",
    "RD": "RD", "ROAD": "RD", "RDWY": "RDWY", "ROADWAY": "RDWY", "ROW": "ROW", "SQ": "SQ", "SQUARE": "SQ",
    "ST": "ST", "STR": "ST", "STREET": "ST", "TER": "TER", "TERR": "TER", "TERRACE": "TER", "TR": "TER",
    "TRAIL": "TRL", "TRL": "TRL", "TURNPIKE": "TPKE", "TPKE": "TPKE", "WALK": "WALK", "WAY": "WAY", "WY": "WAY",
}  # fmt: skip

_CANONICAL_SUFFIXES = frozenset(SUFFIXES.values())

ORDINALS = {
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH", "SIXTH": "6TH",
    "SEVENTH": "7TH", "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH", "ELEVENTH": "11TH", "TWELFTH": "12TH",
}  # fmt: skip

NAME_WORDS = {"SAINT": "ST", "MOUNT": "MT", "FORT": "FT", "JUNIOR": "JR"}

_UNIT = re.compile(r"[\s,]+(?:#|APT|APARTMENT|UNIT|STE|SUITE|SPC|SPACE|RM|ROOM|BLDG|FLOOR)(?:\b|(?<=#)).*$")
_LOCALITY = re.compile(r"^(?:[A-Z]{2}|\d{5}(?:-\d{4})?|[A-Z][A-Z .'-]*)$")
_NAME_TAIL = re.compile(r"^(?:JR|SR|II|III)\b")
_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\s*$")
# A comma, or Boston's two spaces before the town: `39 Lorraine St  Roslindale  MA  02131`.
_SEPARATOR = re.compile(r",|\s{2,}(?=[A-Z]+(?: [A-Z]+)*(?:\s{2,}[A-Z]{2}\b|$))")
_BLANKS = re.compile(r"\s\s")
_LONGEST = 200  # no address is longer; a hostile field must not cost time
_CROSSING = re.compile(r"\s+(?:AT|AND)\s+|\s*[&@]\s*")
_NUMBER = re.compile(r"^(\d+[A-Z]?(?:-\d+[A-Z]?)?)$")
_NUMBERED = re.compile(r"(\d+[A-Z]?(?:-\d+[A-Z]?)?)(\s.*)", re.DOTALL)
_HALF = re.compile(r"^\d/\d$")


@dataclass(frozen=True)
class Address:
    """`norm`: the spelling that equal addresses share; `has_house_number`: a numbered place, not a crossing."""

    norm: str
    has_house_number: bool


def normalise(text: str | None, *, keep_locality: bool = False) -> Address | None:
    """The normalised address of `text`, or None where it names no single place.

    Under it `1721 S KINGSLEY DR`, `1721 KINGSLEY DR S` and `1721 South Kingsley Drive, 90006` are
    equal, and so are `A ST AT B AVE` and `B AVE AT A ST`. A street without a number is no place.
    Units and flats are left out: a crew goes to the building. `keep_locality` adds the ZIP code or
    town, for cities in which one street name occurs in several towns (Boston has eight Washington
    Streets); Los Angeles numbers its streets once for the whole city.
    """
    if not text:
        return None
    written = text[:_LONGEST].upper().replace(".", " ").strip()
    numbered = _NUMBERED.fullmatch(written)
    if numbered is None:
        return _placed(written, keep_locality)
    number, after_number = numbered.groups()
    place = _address_at_number_one(after_number, keep_locality)
    if place is None:
        return None
    if not place.has_house_number:  # a crossing: the number is part of a street's name, by which the two are sorted
        return _placed(written, keep_locality)
    number = number.lstrip("0")
    return Address(number + place.norm[1:], True) if number else None


@lru_cache(maxsize=1 << 17)
def _address_at_number_one(after_number: str, keep_locality: bool) -> Address | None:
    """The address with house number 1 in the text after a house number, cached: a city has few streets."""
    return _placed(f"1{after_number}", keep_locality)


def _placed(written: str, keep_locality: bool) -> Address | None:
    """The address of a text in capitals, without any cache; None where it names no single place."""
    street, locality = _split_locality(written)
    tail = f", {locality}" if keep_locality and locality else ""
    sides = _CROSSING.split(street.removeprefix("INTERSECTION OF ").removeprefix("INTERSECTION "))
    if len(sides) == 2:
        first, second = sorted(_street_name(side.split()) for side in sides)
        return Address(f"{first} & {second}{tail}", False) if first and second else None
    words = street.split()
    if len(sides) != 1 or len(words) < 2 or not _NUMBER.match(words[0]):
        return None
    number, rest = words[0].lstrip("0"), words[1:]
    if not number:
        return None
    if rest and _HALF.match(rest[0]):
        number, rest = f"{number} {rest[0]}", rest[1:]
    name = _street_name(rest)
    return Address(f"{number} {name}{tail}", True) if name else None


def _split_locality(text: str) -> tuple[str, str]:
    """The street part and the locality (ZIP code where there is one, else the town)."""
    zip_code = _ZIP.search(text)
    # Few files put blanks between street and town; without them a plain split does, in a third of the time.
    pieces = [piece.strip() for piece in (_SEPARATOR.split(text) if _BLANKS.search(text) else text.split(","))]
    street = pieces[0]
    rest = pieces[1:]
    if rest and _NAME_TAIL.match(rest[0]):  # MARTIN LUTHER KING, JR BLVD
        street, rest = f"{street} {rest[0]}", rest[1:]
    towns = [piece for piece in rest if piece and _LOCALITY.match(piece) and not piece.isdecimal() and len(piece) > 2]
    locality = zip_code.group(1) if zip_code and rest else (towns[0] if towns else "")
    return " ".join(_UNIT.sub("", street).split()), locality


def _street_name(words: list[str]) -> str:
    """A street's name with its direction in front, suffix and ordinals in one spelling; '' if nothing is left."""
    words = [word for word in words if word]
    direction = ""
    if len(words) > 1 and words[-1] in DIRECTIONS:
        direction, words = DIRECTIONS[words[-1]], words[:-1]
    if len(words) > 1 and words[0] in DIRECTIONS and not (len(words) == 2 and words[1] in SUFFIXES):
        direction, words = direction or DIRECTIONS[words[0]], words[1:]
    if not words:
        return ""
    *name, last = words
    name = [NAME_WORDS.get(word, ORDINALS.get(word, word)) for word in name]
    if name and name[0] in ("AVENUE", "AVE", "AV") and last.isdecimal():
        name = ["AVE", *name[1:]]  # Los Angeles has an Avenue 54
    elif name:
        last = SUFFIXES.get(last, ORDINALS.get(last, last))
        if len(name) == 1 and name[0].isdecimal() and last in _CANONICAL_SUFFIXES:
            name = [_ordinal(int(name[0]))]
    else:
        last = ORDINALS.get(last, last)
    return " ".join(part for part in (direction, *name, last) if part)


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}TH"
    return str(number) + {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
