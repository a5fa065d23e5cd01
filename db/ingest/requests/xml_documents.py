"""XML -> records: the rows of an Open311 answer or of a portal's export, read element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from db.ingest.requests.files import Staged
from db.rules.errors import DeskError

Entry = tuple[int, str, Any]
MOST_DEPTH = 20
LOOKED_AT = 200  # elements, to see at which depth the rows are


def entries(staged: Staged) -> Iterator[Entry]:
    """Every row with its place from 1. Raises DeskError where the file is broken or holds no rows."""
    depth = _depth_of_rows(staged)
    place = 0
    for level, element in elements(staged):
        if level == depth:
            place += 1
            yield place, "", _record(element)
            element.clear()


def _depth_of_rows(staged: Staged) -> int:
    """The least depth at which an element stands more than once beside others of its name, and has parts."""
    seen: Counter[tuple[int, str]] = Counter()
    parts: set[tuple[int, str]] = set()
    for number, (level, element) in enumerate(elements(staged)):
        seen[level, name_of(element)] += 1
        if len(element):
            parts.add((level, name_of(element)))
        if number >= LOOKED_AT * 50:
            break
    rows = [(level, name) for (level, name), count in seen.items() if (level, name) in parts and level > 0]
    often = [key for key in rows if seen[key] > 1] or rows
    if not often:
        raise DeskError(f"{staged.name}: not a file of requests: the XML holds no rows; load the city's export as CSV")
    return min(level for level, _ in often)


def elements(staged: Staged) -> Iterator[tuple[int, Element]]:
    """Every element that ends, with its depth; the root has 0."""
    depth = -1
    try:
        for event, element in iterparse(str(staged.path), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                if depth > MOST_DEPTH:
                    raise DeskError(f"{staged.name}: the XML is nested deeper than {MOST_DEPTH} levels")
                continue
            yield depth, element
            depth -= 1
    except (ParseError, DefusedXmlException) as error:
        raise DeskError(
            f"{staged.name}: not a file of requests: it is XML that is broken or not allowed ({error}); "
            "load the city's export instead"
        ) from None


def name_of(element: Element) -> str:
    """The tag without its name space."""
    return str(element.tag).rpartition("}")[2]


def _record(element: Element) -> dict[str, str]:
    found = {name: value for name, value in element.attrib.items() if not name.startswith("_")}
    for part in element:
        text = " ".join("".join(part.itertext()).split())
        if text or not len(part):
            found.setdefault(name_of(part), text)
    return found
