"""Which header carries which of our columns: by the spellings of all known layouts, else by the words of the header.

A profile's own spellings come first. A header serves one column, and a column takes the header that fits best.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from db.cities.profile import available, fold, load
from db.cities.shapes import Layout

OWN, KNOWN, WORDS, LAST = 300, 200, 100, 1  # how much a spelling of the profile, of another city, and words count for
EDITED = {"createddate", "lastediteddate", "createduser", "lastediteduser"}
"""As ArcGIS names when a row was typed in; that is a request's creation only where nothing else is."""
_WORDS = (
    *("datetime", "timestamp", "date", "dttm", "time", "tm", "dt", "ts", "on", "at"),
    *("created", "creation", "create", "opened", "open", "requested", "request", "requests", "entered", "entry"),
    *("received", "reported", "report", "submitted", "submit", "initiated", "init", "logged", "filed", "added", "add"),
    *("closed", "close", "closure", "completed", "completion", "complete", "resolved", "resolution", "resolve"),
    *("finished", "ended", "end", "updated", "update", "modified", "modification", "changed", "change", "last"),
    *("due", "target", "expected", "sla", "promised", "deadline", "planned", "estimated", "by", "overall"),
    *("status", "state", "type", "types", "category", "name", "description", "desc", "title", "subject", "kind"),
    *(
        "number",
        "num",
        "no",
        "nbr",
        "req",
        "id",
        "key",
        "unique",
        "reference",
        "ref",
        "tracking",
        "record",
        "ticket",
        "case",
    ),
    *("service", "sr", "issue", "complaint", "incident", "problem", "code", "reason", "notes", "note", "text"),
    *("department", "dept", "agency", "division", "bureau", "organization", "owner", "responsible", "unit", "group"),
    *("latitude", "longitude", "lat", "long", "lon", "lng", "location", "point", "geom", "geo", "coordinates"),
    *("address", "street", "full", "block", "zipcode", "zip", "postal", "postcode", "ward", "district", "council"),
    *("supervisor", "borough", "neighborhood", "neighbourhood", "community", "area", "board", "super", "city"),
    *("source", "origin", "channel", "method", "intake", "days", "day", "hour", "month", "year", "week", "quarter"),
    *("parent", "child", "legacy", "old", "related", "duplicate", "work", "order", "user", "agent", "police", "school"),
    *("sub", "subtype", "detail", "details", "group", "first", "second", "house", "phone", "assigned", "queue", "team"),
    *("object", "when", "is", "was", "in", "of", "the", "to", "count", "age", "flag", "met", "x", "y", "c", "acronym"),
)
_BY_LENGTH = sorted(set(_WORDS), key=lambda word: (-len(word), word))
_BEGUN = {"created", "creation", "create", "opened", "open", "entered", "entry", "received", "reported", "submitted"}
_BEGUN |= {"initiated", "init", "logged", "filed", "added", "add", "requested"}
_ENDED = {"closed", "close", "closure", "completed", "completion", "complete", "resolved", "resolution", "finished"}
_ENDED |= {"ended", "end"}
_CHANGED = {"updated", "update", "modified", "modification", "changed", "change"}
_PROMISED = {"due", "target", "expected", "sla", "promised", "deadline", "planned", "estimated"}
_MOMENT = {"datetime", "timestamp", "date", "dttm", "time", "dt", "ts", "on", "at"}
_CLOCKS = {"datetime", "timestamp", "dttm", "time", "ts", "at", "on"}
_OF_A_REQUEST = {"case", "request", "sr", "service", "ticket", "of", "the", "was", "is"}
_NO_MOMENT = {"days", "day", "hour", "month", "year", "week", "quarter", "user", "agent", "when", "count", "age"}
_NO_MOMENT |= {"source", "method", "reason", "code", "notes", "description", "flag", "met", "work", "parent", "id"}
_NUMBER = {"number", "num", "no", "nbr", "id", "key", "reference", "ref"}
_ITEM = {
    "request",
    "requests",
    "sr",
    "case",
    "ticket",
    "service",
    "issue",
    "incident",
    "complaint",
    "unique",
    "tracking",
}
_ITEM |= {"record", "reference"}
_NOT_THE_ITEM = {"parent", "child", "legacy", "old", "related", "duplicate", "work", "order", "user", "agent", "source"}
_NOT_THE_ITEM |= {
    "type",
    "district",
    "ward",
    "council",
    "house",
    "phone",
    "department",
    "agency",
    "location",
    "address",
}
_NOT_THE_ITEM |= {"status", "name", "code", "group", "city", "block"}


@dataclass(frozen=True)
class Match:
    """`columns`: our column to the place of its header; `times`: a moment to that of its time of day."""

    columns: Mapping[str, int]
    times: Mapping[str, int] = field(default_factory=dict)

    def score(self) -> int:
        return len(self.columns)


def match(titles: Sequence[str], layouts: Iterable[Layout] = (), *, guess: bool = True) -> Match:
    """Find the headers `titles` that carry our columns; `layouts`: those of the profile, whose spellings come first.

    Without `guess` only the profile's own spellings count.
    """
    own: dict[str, set[str]] = {}
    for layout in layouts:
        for column, spellings in layout.columns.items():
            own.setdefault(column, set()).update(spellings)
    offers: list[tuple[int, int, str]] = []
    folded = [fold(title) for title in titles]
    for place, (title, name) in enumerate(zip(titles, folded, strict=True)):
        if not name or name in folded[:place] or title.startswith(":"):
            continue  # no name, one that stood before, or one that a Socrata portal keeps for itself
        is_of_portal = title.startswith("_") or (name in EDITED and EDITED & set(folded) != {name})
        for column, names in own.items():
            if name in names:
                offers.append((LAST if is_of_portal else OWN, place, column))
        if guess and is_of_portal:
            fits = _votes().get(name, {}) or {column: fit for column, fit in _by_words(title).items() if fit > 0}
            offers += [(LAST, place, column) for column in fits]
        elif guess:
            offers += [(KNOWN + votes, place, column) for column, votes in _votes().get(name, {}).items()]
            offers += [(WORDS + fit, place, column) for column, fit in _by_words(title).items() if fit > 0]
    found: dict[str, int] = {}
    for _, place, column in sorted(offers, key=lambda offer: (-offer[0], offer[1], offer[2])):
        if column not in found and place not in found.values():
            found[column] = place
    return Match(found, _times(titles, found) if guess else {})


def _times(titles: Sequence[str], found: Mapping[str, int]) -> dict[str, int]:
    """The headers of a time of day, of the moments that were found and whose own header says no time."""
    times: dict[str, int] = {}
    for column, verbs in (("created_at", _BEGUN), ("closed_at", _ENDED), ("updated_at", _CHANGED)):
        if column not in found or words_of(titles[found[column]]) & (_CLOCKS - {"at", "on"}):
            continue
        day = words_of(titles[found[column]])
        for place, title in enumerate(titles):
            words = words_of(title)
            if place in (*found.values(), *times.values()) or not words & {"time", "tm"} or "date" in words:
                continue
            if words == (day - {"date", "dt"}) | {"time"} or words - {"time", "tm"} - _OF_A_REQUEST <= verbs:
                times[column] = place
                break
    return times


@cache
def _votes() -> dict[str, Counter[str]]:
    """Each folded header of the shipped layouts, to the columns it carries in how many of them."""
    votes: dict[str, Counter[str]] = {}
    for city in available():
        for layout in load(city).layouts:
            for column, names in layout.columns.items():
                for name in names:
                    votes.setdefault(name, Counter())[column] += 1
    return votes


@cache
def words_of(title: str) -> frozenset[str]:
    """The words of a header: "ticket_created_date_time", "CreatedDate", "DATE CLOSED" and "closedate" alike."""
    title = title.replace("#", " number ")
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", title)
    known: set[str] = set()
    for part in parts:
        known.update(_split(part.lower()))
    return frozenset(known)


def _split(text: str) -> list[str]:
    """The known words that a run of letters is made of; the run itself where it is not made of them."""
    if text in _WORDS:
        return [text]
    for word in _BY_LENGTH:
        if len(word) > 1 and text.startswith(word) and len(text) > len(word):
            rest = _split(text[len(word) :])
            if all(part in _WORDS for part in rest):
                return [word, *rest]
    return [text]


def _by_words(title: str) -> dict[str, int]:
    """How well a header's words fit each of our columns, from 1; 0 or less for not at all."""
    words = words_of(title)
    return {
        "sr_number": _number(words),
        "created_at": _moment(words, _BEGUN, _ENDED | _CHANGED | _PROMISED | {"by"}) or _asked(words),
        "closed_at": _moment(words, _ENDED, _CHANGED | _PROMISED | {"by"}),
        "updated_at": _moment(words, _CHANGED, _PROMISED | {"by"}),
        "city_due_at": 70 if {"resolve", "by"} <= words else _moment(words, _PROMISED, _CHANGED | {"status"}),
        "source_status": _status(words),
        "source_service_type": _type(words),
        "source_department": _department(words),
        "closing_text": 60 if words & {"resolution", "closure"} and words & {"description", "notes", "reason"} else 0,
        **_place(words),
        "channel": _channel(words),
    }


def _number(words: frozenset[str]) -> int:
    if words & _NOT_THE_ITEM or words & _MOMENT - {"no"}:
        return 0
    if words & {"number", "num", "no", "nbr"} and words & {"request", "sr", "case", "ticket"}:
        return 130 - 5 * len(words)  # plainer than a key, whoever else calls a key the number
    if words & _NUMBER and words & _ITEM:
        return 80 - 5 * len(words) + (10 if words & {"number", "num", "no", "nbr"} else 0)
    if words in ({"service", "request"}, {"case"}, {"ticket"}, {"sr"}):
        return 15
    return 20 if words in ({"id"}, {"object", "id"}, {"objectid"}) else 10 if words in ({"number"}, {"key"}) else 0


def _moment(words: frozenset[str], verbs: set[str], others: set[str]) -> int:
    if not words & verbs or words & (_NO_MOMENT | others):
        return 0
    if words & _MOMENT:
        if words & {"time", "tm"} and not words & {"date", "dt"}:
            return 25  # perhaps the time of day alone, so a date comes first
        plain = words & {"datetime", "timestamp", "dttm", "ts", "due", "target", "update", "updated", "modified"}
        return 80 - 3 * len(words) + 6 * len(plain) - (20 if words & {"estimated", "planned"} else 0)
    return 40 if len(words - {"case", "request", "ticket", "sr", "service"}) == 1 else 0


def _asked(words: frozenset[str]) -> int:
    """ "Request date" and the like, where nothing says more plainly when the request was made."""
    return 30 if words & {"request", "report", "incident"} and words & _MOMENT and len(words) <= 3 else 0


def _status(words: frozenset[str]) -> int:
    if words == {"service", "order", "status"}:
        return 50
    if "status" not in words or words & (_MOMENT | _CHANGED | {"notes", "note", "reason", "work", "order", "code"}):
        return 0
    return 80 - 5 * len(words)


def _type(words: frozenset[str]) -> int:
    if words & (_NOT_THE_ITEM - {"type", "name", "code"} | _MOMENT | {"code", "short", "sub", "subtype", "contact"}):
        return 60 if words == {"service", "code", "description"} else 0
    if words in ({"sr", "description"}, {"service", "description"}, {"service", "request", "description"}):
        return 40
    kinds = {"type", "types", "kind"}
    if words & kinds and words & (_ITEM | {"name", "problem"}):
        said = 6 if words & {"desc", "description"} else 0  # beside a type that is a code
        return 85 - 3 * len(words) + said - (15 if "record" in words else 0)
    if {"service", "name"} <= words or {"subject", "name"} <= words:
        return 75
    if words & kinds and len(words) == 1:
        return 60
    return 50 if "category" in words else 30 if words in ({"subject"}, {"issue"}, {"problem"}, {"title"}) else 0


def _department(words: frozenset[str]) -> int:
    if words & (_MOMENT | _NUMBER | {"work", "order", "code", "acronym"}):
        return 0
    for points, names in ((80, {"department", "dept", "agency"}), (60, {"division", "bureau", "organization"})):
        if words & names:
            return points - 3 * len(words)
    return 40 if words in ({"owner"}, {"responsible"}, {"unit"}) else 0


def _channel(words: frozenset[str]) -> int:
    if words & (_MOMENT - {"on", "at"} | _NUMBER | {"object"}):
        return 0
    return 60 - 3 * len(words) if words & {"source", "origin", "channel", "method", "intake"} else 0


def _place(words: frozenset[str]) -> dict[str, int]:
    area = {"neighborhood", "neighbourhood"}
    return {
        "latitude": _degrees(words, {"latitude", "lat"}, {"longitude", "long", "lon", "lng"}, "y"),
        "longitude": _degrees(words, {"longitude", "long", "lon", "lng"}, {"latitude", "lat"}, "x"),
        "location": _point(words),
        "address": 70 - 3 * len(words) - 40 * bool(words & {"number", "num"})
        if "address" in words
        else 30
        if {"street", "block"} <= words
        else 0,
        "zip": 70 if words & {"zip", "zipcode", "postal", "postcode"} else 0,
        "council_district": _district(words),
        "neighborhood_council": 60 if words & area else 40 if {"community", "area"} <= words else 0,
    }


def _point(words: frozenset[str]) -> int:
    both = words & {"latitude", "lat"} and words & {"longitude", "long", "lon", "lng"}
    is_place = words & {"location", "point", "geom", "coordinates"} and len(words) <= 2 and "type" not in words
    return 55 if both else 50 if is_place else 0


def _degrees(words: frozenset[str], names: set[str], others: set[str], letter: str) -> int:
    return 80 if words & names and not words & others else 20 if words == {letter} else 0


def _district(words: frozenset[str]) -> int:
    if words & {"police", "school", "number", "community"} - ({"number"} if "council" in words else set()):
        return 0
    if words & {"ward", "supervisor"} or {"council", "district"} <= words:
        return 70
    return 40 if words in ({"district"}, {"borough"}, {"council"}) else 0
