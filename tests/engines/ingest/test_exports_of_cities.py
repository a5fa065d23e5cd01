"""Exports as an analyst of another city gets them, each loaded with that city's profile and nothing else said.

Every one holds the same requests, so the figures must be the same: what differs is only how it is written.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import pytest

from tests.engines.ingest.loading import database_in, load, stored
from tests.engines.ingest.springfield import write_profile

BEGUN = datetime(2025, 3, 3, 8, 15)
COUNT = 24
Request = tuple[int, datetime, datetime | None, str]
REQUESTS: list[Request] = [
    (
        n,
        BEGUN + timedelta(days=3 * n, minutes=37 * n),
        None if n % 4 == 0 else BEGUN + timedelta(days=3 * n + 2, minutes=11 * n),
        "Pothole",
    )
    for n in range(COUNT)
]


def moment(value: datetime | None, form: str) -> str:
    return value.strftime(form) if value else ""


def status(closed: datetime | None) -> str:
    return "Closed" if closed else "Open"


def text(header: str, rows: Sequence[Sequence[object]], delimiter: str = ",", end: str = "\n") -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerow(header.split("|"))
    writer.writerows(rows)
    return file.getvalue()


def socrata() -> str:
    header = ":id|:created_at|:updated_at|sr_number|sr_type|status|created_date|closed_date|:@computed_region_a1b2"
    iso, made = "%Y-%m-%dT%H:%M:%S.000", "2026-01-01T00:00:00.000Z"
    rows = [
        (f"row-{n}", made, made, f"SR-{n}", kind, status(closed), moment(opened, iso), moment(closed, iso), 4)
        for n, opened, closed, kind in REQUESTS
    ]
    return text(header, rows)


def arcgis() -> str:
    """With the moments in milliseconds, and the editor's own columns, which are empty."""
    header = "X|Y|OBJECTID|CASE_ID|REQUEST_TYPE|STATUS|DATETIMEINIT|DATETIMECLOSED|CREATED_DATE|LAST_EDITED_DATE"

    def milliseconds(value: datetime | None) -> str:
        if value is None:
            return ""
        zone = 6 if value < datetime(2025, 3, 9, 2) else 5
        return str(int((value + timedelta(hours=zone) - datetime(1970, 1, 1)).total_seconds() * 1000))

    rows = [
        (-87.65, 41.88, n + 1, f"SR-{n}", kind, status(closed), milliseconds(opened), milliseconds(closed), "", "")
        for n, opened, closed, kind in REQUESTS
    ]
    return text(header, rows, end="\r\n")


def european() -> bytes:
    header = "Case Number|Case Type|Opened|Closed|Status|Street address|Latitude|Longitude"
    form = "%d.%m.%Y %H:%M"
    rows = [
        (
            f"SR-{n}",
            kind,
            moment(opened, form),
            moment(closed, form),
            status(closed),
            "Rue de l'Hôpital",
            "41,88",
            "-87,65",
        )
        for n, opened, closed, kind in REQUESTS
    ]
    return text(header, rows, ";", "\r\n").encode("latin-1")


def of_a_mainframe() -> bytes:
    """Title lines, an unnamed first column, the day and the time apart, and zeros for no day."""
    header = "|Request No.|Request type|Date Created|Time Created|Date Closed|Time Closed|Request Status"
    rows = [
        (
            *("", f"SR-{n}", kind, moment(opened, "%m/%d/%Y"), moment(opened, "%H%M%S")),
            *(moment(closed, "%m/%d/%Y") or "00/00/0000", moment(closed, "%H%M%S") or "000000", status(closed)),
        )
        for n, opened, closed, kind in REQUESTS
    ]
    title = "Report ZLIST\t\t\tPage 1\r\nRun date: 12/01/2025\r\n\r\n"
    return (title + text(header, rows, "\t", "\r\n")).encode()


def of_excel() -> bytes:
    """ "Unicode text" as Excel saves it."""
    header = "Ticket #|Ticket type|Date/Time Opened|Date/Time Closed|Ticket status|Notes"
    form = "%m/%d/%Y %I:%M %p"
    rows = [
        (f"SR-{n}", kind, moment(opened, form), moment(closed, form), status(closed), 'two\nlines, a "quote"')
        for n, opened, closed, kind in REQUESTS
    ]
    return text(header, rows, "\t", "\r\n").encode("utf-16")


def twice_named() -> bytes:
    """Names that stand twice, and lines that end as on an old Macintosh."""
    header = "Request ID|Description|Category|Date created|Date|Date|Date completed|Status|Status"
    form = "%d-%b-%Y %H:%M:%S"
    rows = [
        (f"SR-{n}", "dark", kind, moment(opened, form), "a", "b", moment(closed, form), status(closed), "other")
        for n, opened, closed, kind in REQUESTS
    ]
    return text(header, rows, end="\r").encode()


def open311() -> str:
    def one(request: Request) -> str:
        n, opened, closed, kind = request
        parts = {"service_request_id": f"SR-{n}", "status": status(closed).lower(), "service_name": kind}
        parts |= {"requested_datetime": moment(opened, "%Y-%m-%dT%H:%M:%S"), "lat": "41.88", "long": "-87.65"}
        parts |= {"closed_datetime": moment(closed, "%Y-%m-%dT%H:%M:%S")}
        notes = "<notes><note><text>first</text></note><note><text>second</text></note></notes>"
        return f"<request>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in parts.items())}{notes}</request>"

    return f"<service_requests>{''.join(map(one, REQUESTS))}</service_requests>"


def zoned_parquet(folder: Path) -> bytes:
    path, source = folder / "made.parquet", folder / "made.csv"
    form = "%Y-%m-%d %H:%M:%S"
    rows = [
        (f"SR-{n}", kind, status(closed), moment(opened, form), moment(closed, form))
        for n, opened, closed, kind in REQUESTS
    ]
    source.write_text(text("request_id|request_type|status|opened_at|closed_at", rows))
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/Chicago'")
        typed = "opened_at::timestamptz as opened_at, closed_at::timestamptz as closed_at"
        table = f"read_csv('{source}', all_varchar = true)"
        connection.execute(f"copy (select * replace ({typed}) from {table}) to '{path}' (format parquet)")
    return path.read_bytes()


def zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("export/2025/requests.csv", socrata())
        archive.writestr("__MACOSX/export/2025/._requests.csv", b"\0\5\x16\7")
        archive.writestr("README.txt", "about these files")
    return file.getvalue()


EXPORTS: dict[str, Callable[[Path], str | bytes]] = {
    "socrata.csv": lambda _: socrata(),
    "socrata.csv.gz": lambda _: gzip.compress(socrata().encode()),
    "socrata.zip": zipped,
    "arcgis.csv": lambda _: arcgis(),
    "european.csv": lambda _: european(),
    "mainframe.txt": lambda _: of_a_mainframe(),
    "unicode.txt": lambda _: of_excel(),
    "twice.csv": lambda _: twice_named(),
    "open311.xml": lambda _: open311(),
    "zoned.parquet": zoned_parquet,
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_gives_the_same_requests(tmp_path: Path, name: str) -> None:
    content = EXPORTS[name](tmp_path)
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    database = database_in(tmp_path)
    report = load(database, path, city=str(write_profile(tmp_path)), accept_rejects=False)
    assert (report.read, report.inserted, report.rejected) == (COUNT, COUNT, 0)
    found = stored(database).set_index("sr_number")
    for number, opened, closed, kind in REQUESTS:
        row = found.loc[f"SR-{number}"]
        assert row["service_type"] == kind
        assert row["status"] == status(closed).lower()
        assert row["created_at"] == opened
        assert row["closed_at"] == closed or (closed is None and row["closed_at"] != row["closed_at"])
