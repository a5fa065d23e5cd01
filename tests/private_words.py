"""What must never leave the request database, as words to look for; and where they stand in what did leave it.

The rule for short ones: a value is looked for as a run of whole words, capitals and signs left out, where its letters
and digits number five or more in all; a shorter one (a queue called NC) is found in any text. What a city's profile
states as public (names of departments, services, districts) is no private word although a queue may be called so.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from db.cities.profile import Profile
from db.model.schema import requests

LEAST = 5
WORD = re.compile(r"\w+")
PICTURE = re.compile(rb"base64,([A-Za-z0-9+/=]+)")
_r = requests.c
PLACES = (_r.address, _r.address_norm, _r.place_id)
COLUMNS = (_r.sr_number, *PLACES, _r.assigned_to, _r.latitude, _r.longitude)


def private_words(connection: Connection, profile: Profile) -> dict[str, set[str]]:
    """Normalised values of each private column that are long enough to mean something and not public."""
    public = {
        normalised(name)
        for one in profile.service_types
        for name in (one.service_type, one.public_name, one.department, one.category or "")
    }
    found: dict[str, set[str]] = {column.name: set() for column in COLUMNS}
    for row in connection.execute(select(*COLUMNS)):
        for column, value in zip(COLUMNS, row, strict=True):
            if value is not None:
                found[column.name].add(normalised(str(value)))
    return {
        name: {word for word in words - public if len(word.replace(" ", "")) >= LEAST} for name, words in found.items()
    }


def coordinates(connection: Connection) -> set[bytes]:
    """Every coordinate as a database's file holds it."""
    rows = connection.execute(select(_r.latitude, _r.longitude)).all()
    return {struct.pack("<d", value) for row in rows for value in row if value}


def normalised(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def found_in(data: Iterable[bytes], private: dict[str, set[str]]) -> dict[str, set[str]]:
    """Which private words stand in the data, by column; pictures in it are opened."""
    words = set().union(*private.values())
    longest = max((word.count(" ") + 1 for word in words), default=1)
    seen: set[str] = set()
    for piece in with_pictures(set(data)):
        seen |= words & set(runs(piece.decode("utf-8", "replace"), longest))
    return {name: hits for name, values in private.items() if (hits := values & seen)}


def with_pictures(data: Iterable[bytes]) -> Iterator[bytes]:
    for piece in data:
        yield piece
        for coded in PICTURE.findall(piece):
            yield base64.b64decode(coded)


def runs(text: str, longest: int) -> Iterator[str]:
    """Every run of up to `longest` neighbouring words."""
    told = WORD.findall(text.lower())
    for start in range(len(told)):
        for length in range(1, longest + 1):
            yield " ".join(told[start : start + length])
