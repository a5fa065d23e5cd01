"""Builders for the loading tests: small files in the layouts of Los Angeles."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from db.ingest.requests.load import load_files
from db.ingest.requests.report import LoadReport
from db.model import schema
from db.settings import Settings
from db.storage import frames
from db.storage.database import Database, open_database

NOW = datetime(2026, 7, 1, 12, 0)

CASE = {
    "CaseNumber": "1",
    "CreatedDate": "04/02/2026 12:24:43 PM",
    "UpdatedDate": "04/09/2026 06:47:43 AM",
    "ActionTaken": "SR Created",
    "Owner": "LASAN",
    "RequestType": "Item Pickups",
    "Status": "Closed",
    "RequestSource": "Call",
    "AssignTo": "NC",
    "ClosedDate": "04/09/2026 06:47:43 AM",
    "ReasonCode": "",
    "ResolutionCode": "AR-Request Completed",
    "Address": "1989 LUCILE AVE, LOS ANGELES, CA, 90039",
    "StreetName": "LUCILE",
    "ZipCode": "90039",
    "Latitude": "34.096788",
    "Longitude": "-118.271182",
    "Location": "",
    "CD": "13",
    "NCName": "SILVER LAKE NC",
}


def case(number: int, **changes: str) -> dict[str, str]:
    """One row of the Los Angeles export of 2026."""
    return CASE | {"CaseNumber": str(number)} | changes


def write_cases(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(CASE), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def database_in(folder: Path) -> Database:
    return open_database(Settings(folder / "data"))


def load(database: Database, *paths: Path, **options: Any) -> LoadReport:
    """The report of the last file."""
    return load_files(database, paths, **({"city": "los_angeles", "now": NOW, "accept_rejects": True} | options))[-1]


def stored(database: Database, table: Any = schema.requests) -> pd.DataFrame:
    with database.reader().connect() as connection:
        return frames.fetch(connection, select(table))


def one(database: Database) -> dict[str, Any]:
    """The only request."""
    (row,) = stored(database).to_dict("records")
    return row
