"""`python -m db staffing`: load staffing figures from a CSV file, and list those that are kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from db.commands.context import Context
from db.ingest.reference import staffing as ingest
from db.ingest.reference.csv_rows import RowsRefusedError
from db.model.filters import RequestFilter
from db.queries.workload import staffing as queries
from db.storage.database import open_database

EXIT_REFUSED = 2
EVERY_DAY = datetime(9999, 12, 31)
_COLUMNS = "department, as_of_on, fte_authorised, fte_filled, request_share (1 if left out), basis, source"


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "staffing", help="load or list the posts authorised and filled", description="Posts authorised and filled."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    load = actions.add_parser(
        "load",
        help="add the figures of a CSV file",
        description=f"Add the figures of a CSV file with the columns {_COLUMNS}. A figure holds from its day until "
        "the department's next one. A file with a wrong row changes nothing.",
    )
    load.add_argument("file", type=Path, metavar="FILE.csv")
    load.add_argument("--correct", action="store_true", help="replace stored figures of the same department and day")
    load.set_defaults(run=run_load)
    listing = actions.add_parser("list", help="list the figures", description="List every figure, oldest first.")
    listing.set_defaults(run=run_list)


def run_load(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    try:
        with database.write(context.now) as connection:
            result = ingest.load(connection, args.file, correct=args.correct)
    except RowsRefusedError as refused:
        for problem in refused.problems:
            context.say(f"{args.file.name} {problem}")
        context.say("Nothing was loaded; correct these rows and load the file again.")
        return EXIT_REFUSED
    finally:
        database.close()
    context.say(f"{args.file.name}: {result.inserted} new, {result.corrected} corrected, {result.unchanged} as before.")
    for notice in result.notices:
        context.say(notice)
    return 0


def run_list(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            frame = queries.history(connection, RequestFilter(), as_of=EVERY_DAY)
    finally:
        database.close()
    for row in frame.to_dict("records"):
        context.say(_line(row))
    if frame.empty:
        context.say('No staffing figures yet: load some with "python -m db staffing load FILE.csv".')
    return 0


def _line(row: Mapping[Hashable, Any]) -> str:
    posts = f"{row['fte_filled']:g} of {row['fte_authorised']:g} filled, {row['request_share']:.0%} on requests"
    return (
        f"{row['as_of_on']:%Y-%m-%d}  {row['department']:12}  {posts}, {row['basis']}, {row['source'] or 'no source'}"
    )
