"""`python -m db goals`: adopt goals from a CSV file, write the stored ones as one, list who adopted what and when."""

from __future__ import annotations

import io
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from db.cities.of_database import City
from db.cities.profile import Profile
from db.commands.context import Context
from db.ingest.reference import goals as ingest
from db.ingest.reference import goals_file
from db.ingest.reference.csv_rows import RowsRefusedError
from db.model.schema import GOAL_COLUMNS
from db.queries.goals import in_force as queries
from db.rules.errors import DeskError
from db.storage.database import Database, open_database

EXIT_REFUSED = 2


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser("goals", help="adopt, write out or list goals", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    adopt = actions.add_parser(
        "import",
        help="adopt the goals of a CSV file",
        description=f"Adopt the goals of a CSV file with the columns {', '.join(GOAL_COLUMNS)}. A goal holds for "
        "requests made on or after effective_on, until the next one of its type. A file with a wrong row changes "
        "nothing.",
    )
    adopt.add_argument("file", type=Path, metavar="FILE.csv")
    adopt.add_argument("--by", metavar="NAME", help="who adopts the goals whose row does not say")
    adopt.add_argument(
        "--effective-in-the-past",
        action="store_true",
        help="allow a first day that has passed: requests made since are judged anew",
    )
    adopt.set_defaults(run=run_import)
    export = actions.add_parser("export", help="write every goal as a CSV file that import reads", description=None)
    export.add_argument("file", type=Path, nargs="?", metavar="FILE.csv", help="the terminal if left out")
    export.set_defaults(run=run_export)
    listing = actions.add_parser("list", help="list every goal, who adopted it and when, and odd due dates")
    listing.set_defaults(run=run_list)


def run_import(args: Namespace, context: Context) -> int:
    database = _database_with_requests(context)
    try:
        with database.write(context.now) as connection:
            profile = City.of(connection, context.settings).profile
            today = context.now_in(profile.time_zone).date()
            result = ingest.load(
                connection,
                args.file,
                profile,
                today=today,
                adopted_by=args.by,
                in_the_past=args.effective_in_the_past,
            )
    except RowsRefusedError as refused:
        for problem in refused.problems:
            context.say(f"{args.file.name} {problem}")
        context.say("Nothing was adopted; correct these rows and import the file again.")
        return EXIT_REFUSED
    finally:
        database.close()
    context.say(f"{args.file.name}: {result.adopted} adopted, {result.unchanged} as before.")
    if result.requests.judged:
        context.say(
            f"Requests made since, judged anew: {result.requests.judged:,}; with another due date: "
            f"{result.requests.changed:,}. Earlier requests keep theirs."
        )
    for notice in result.notices:
        context.say(notice)
    return 0


def run_export(args: Namespace, context: Context) -> int:
    database = _database_with_requests(context)
    try:
        with database.reader().connect() as connection:
            goals = list(ingest.stored_goals(connection))
    finally:
        database.close()
    if args.file is None:
        buffer = io.StringIO()
        goals_file.write_csv(goals, buffer)
        context.write(buffer.getvalue().rstrip("\n"))
        return 0
    with args.file.open("w", encoding="utf-8", newline="") as file:
        count = goals_file.write_csv(goals, file)
    context.say(f"{args.file.name}: {count} goals written.")
    return 0


def run_list(args: Namespace, context: Context) -> int:
    database = _database_with_requests(context)
    try:
        with database.reader().connect() as connection:
            profile = City.of(connection, context.settings).profile
            for line in _goal_lines(connection, profile):
                context.say(line)
    finally:
        database.close()
    return 0


def _goal_lines(connection: Connection, profile: Profile) -> Iterator[str]:
    goals = list(ingest.stored_goals(connection))
    for goal in goals:
        day = f" on {goal.adopted_on}" if goal.adopted_on else ""
        who = f"adopted by {goal.adopted_by}{day}" if goal.adopted_by else "from the city's profile"
        yield f"{goal.service_type}: {goal.describe()}; {who}; {goal.citation or 'no source'}"
    if not goals:
        yield 'No goals yet: adopt some with "python -m db goals import FILE.csv".'
    ends = tuple((name, calendar.table_ends) for name, calendar in sorted(profile.calendars.items()))
    known_ends = tuple((name, day) for name, day in ends if day is not None)
    odd = queries.odd_due_dates(connection, calendar_ends=known_ends)
    for meaning, count in zip(odd["meaning"], odd["request_count"], strict=True):
        if count:
            yield f"{count:,} requests: {meaning}."


def _database_with_requests(context: Context) -> Database:
    database = open_database(context.settings)
    if database.is_empty():
        database.close()
        raise DeskError("there are no requests yet; load the city's requests first, then adopt goals for them")
    return database
