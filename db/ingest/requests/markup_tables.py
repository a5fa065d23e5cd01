"""The table of a web page, and the sheet of a workbook of Excel 2003 in XML: what a file named .xls often is.

Report tools such as Salesforce write a page with one table and call it a workbook. The rows are given as they stand,
titles above the header and remarks below it included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, groupby, islice
from operator import itemgetter

from db.cities.layouts import NEEDED
from db.ingest.requests.files import LONGEST_RECORD, MOST_COLUMNS, Staged
from db.ingest.requests.xml_documents import elements, name_of
from db.rules.errors import DeskError

PIECE = 1 << 16  # characters
BEGINNING = 2_000  # characters
SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_PAGE = re.compile(r"<!doctype html|<(html|head|body|table|meta|style)\b")
MOST_FOR_A_HEADER = 30  # rows of a table in which one must have as many cells as a request needs
FEWEST = len(NEEDED)


def is_page(staged: Staged) -> bool:
    """Whether the file is HTML."""
    return _PAGE.search(_beginning(staged).lower()) is not None


def is_spreadsheet(staged: Staged) -> bool:
    """Whether the file is a workbook as Excel 2003 writes one in XML."""
    return SPREADSHEET in _beginning(staged)


def rows_of_page(staged: Staged) -> Iterator[list[str]]:
    """The rows of the first table that may hold requests; none where the page has no such table."""
    for rows in _tables(staged):
        first = list(islice(rows, MOST_FOR_A_HEADER))
        if sum(len(row) >= FEWEST for row in first) > 1:
            yield from chain(first, rows)
            return


def rows_of_spreadsheet(staged: Staged) -> Iterator[list[str]]:
    """The rows of the first sheet."""
    for _, element in elements(staged):
        if name_of(element) == "Row":
            row: list[str] = []
            for cell in element:
                place = cell.get(f"{{{SPREADSHEET}}}Index", "")
                if place.isdigit():  # empty cells before it are left out
                    row += [""] * min(int(place) - 1 - len(row), MOST_COLUMNS)
                row.append(" ".join("".join(cell.itertext()).split()))
            element.clear()
            yield row
        elif name_of(element) == "Worksheet":
            return


def _beginning(staged: Staged) -> str:
    with staged.path.open(encoding="utf-8", errors="replace") as file:
        return file.read(BEGINNING)


def _tables(staged: Staged) -> Iterator[Iterator[list[str]]]:
    """The tables of a page one after the other, each as its rows; a table within a cell is left out."""
    for _, rows in groupby(_rows(staged), key=itemgetter(0)):
        yield map(itemgetter(1), rows)


def _rows(staged: Staged) -> Iterator[tuple[int, list[str]]]:
    """Every row of every table, with the number of its table."""
    parser = _Rows()
    with staged.path.open(encoding="utf-8", errors="replace") as file:
        for piece in iter(lambda: file.read(PIECE), ""):
            parser.feed(piece)
            if len(parser.rawdata) > LONGEST_RECORD:  # a tag or a script that never ends
                raise DeskError(f"{staged.name}: the web page is broken; load the city's export instead")
            yield from parser.take()
    parser.close()
    yield from parser.take()


class _Rows(HTMLParser):
    """Collects the rows of tables; cells and rows that are never closed end where the next begins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[tuple[int, list[str]]] = []
        self.depth = self.table = self.length = 0
        self.row: list[str] | None = None
        self.cell: list[str] | None = None

    def take(self) -> list[tuple[int, list[str]]]:
        """The rows that are complete, once."""
        done, self.done = self.done, []
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.depth += 1
            self.table += self.depth == 1
        elif self.depth != 1:
            return
        elif tag == "tr":
            self._end_row()
            self.row = []
        elif tag in ("td", "th") and self.row is not None:
            self._end_cell()
            self.cell, self.length = [], 0
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            if self.depth == 1:
                self._end_row()
            self.depth = max(self.depth - 1, 0)
        elif self.depth == 1 and tag == "tr":
            self._end_row()
        elif self.depth == 1 and tag in ("td", "th"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.cell is not None and self.length < LONGEST_RECORD:
            self.cell.append(data)
            self.length += len(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self.cell is not None and self.row is not None and len(self.row) <= MOST_COLUMNS:
            self.row.append(" ".join("".join(self.cell).split())[:LONGEST_RECORD])
        self.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self.row:
            self.done.append((self.table, self.row))
        self.row = None
