"""`python -m db morning`: the morning of a department as text, for a mail or a scheduled job."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from db.commands import ask
from db.commands.context import Context
from db.model.filters import GOALS, GOALS_IN_WORDS, RequestFilter
from db.queries.queue import morning, stops, today
from db.rules.errors import DeskError
from db.rules.triage.moments import due_by, evening_before, horizons
from db.rules.triage.setting import TriageRules
from db.storage.database import open_database

USUAL_ROWS = 10
TITLES = {"due_today": "Due", "asked_again": "Asked again", "came_in": "Came in since yesterday evening"}


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "morning",
        help="what came in since yesterday evening, what is due today, what was asked again",
        description=__doc__,
    )
    parser.add_argument("--department", action="append", default=[], metavar="WORD", help="by code or name; or all")
    parser.add_argument("--goals", help=f"{', '.join(GOALS)}; the profile's own switch if left out")
    parser.add_argument("--as-of", metavar='"YYYY-MM-DD[ HH:MM]"', help="the moment described; a day is its midnight")
    parser.add_argument("--rows", type=int, default=USUAL_ROWS, help=f"at most so many of each list ({USUAL_ROWS})")
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    if args.rows < 1:
        raise DeskError(f"--rows {args.rows} is under 1")
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            setting = ask.setting_of(connection, context)
            filters = RequestFilter(
                departments=ask.values_meant("department", args.department, setting.lists),
                goals=ask.one_of("--goals", args.goals or setting.profile.default_goals, GOALS),
            )
            text = written(connection, filters, setting, ask.moment_asked(args.as_of, setting), args.rows)
    finally:
        database.close()
    context.say(text)
    return 0


def written(
    connection: Connection, filters: RequestFilter, setting: ask.Setting, as_of: datetime, most_rows: int
) -> str:
    """The morning as text, the same rows in the same order as on the page."""
    calendar = setting.profile.calendars[setting.profile.working_day_calendar]
    since, until = evening_before(as_of, calendar), horizons(as_of, calendar)["tonight"]
    ranked = stops.ranking(connection, filters, as_of=as_of, calendar=calendar, rules=setting.profile.triage)
    lists = morning.sections(ranked, since=since, until=until)
    counts = morning.came_in(connection, filters, as_of=as_of, since=since).iloc[0]
    due = f"Due {due_by(until, as_of)}"
    lines = [
        f"{setting.profile.name}, {filters.describe()}; {GOALS_IN_WORDS[filters.goals]}",
        f"As of {_moment(as_of)}; since {_moment(since)}; until {_moment(until)}",
        "",
        f"Came in     {counts['came_in_count']:7,}  of them closed already {counts['closed_count']:,}",
        f"{due:11} {len(lists['due_today']):7,}",
        f"Asked again {counts['asked_again_count']:7,}",
        f"Today       {int(ranked['is_in_plan'].sum()):7,}  stops in the plan, of {len(ranked):,} open",
    ]
    for name, title in (TITLES | {"due_today": due}).items():
        lines += _list_lines(connection, title, lists[name], setting.profile.triage, as_of, most_rows)
    return "\n".join(lines)


def _list_lines(
    connection: Connection, title: str, rows: pd.DataFrame, rules: TriageRules, as_of: datetime, most_rows: int
) -> Iterator[str]:
    yield from ("", f"{title} ({len(rows):,})")
    first = rows.head(most_rows)
    details = today.details(connection, stops.keys_of(first), as_of=as_of)
    for row in today.detailed(first, details, rules, as_of).to_dict("records"):
        yield f"  {row['rank']:5,}  {row['sr_number']}  {row['service_type']}, {row['address'] or 'no address'}"
        yield f"         {row['why']}"
    if len(rows) > most_rows:
        yield f"  ... and {len(rows) - most_rows:,} more"
    if rows.empty:
        yield "  none"


def _moment(value: datetime) -> str:
    return f"{value:%a %Y-%m-%d %H:%M}"
