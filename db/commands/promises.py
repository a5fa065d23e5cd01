"""`python -m db promises`: the register of promises, each with its figure now and whether it is kept."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection

from db.commands import ask
from db.commands.context import Context
from db.queries.briefing.promises import measured
from db.records import promises
from db.records.database import open_records
from db.records.promises import Promise
from db.rules.errors import DeskError
from db.rules.promises import SHARES, figure_of, measured_at, state_of, value_of
from db.rules.vocabulary import PromiseFigure
from db.storage.database import open_database


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser("promises", help="the register of what was promised", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="put a promise on the register")
    add.add_argument("name", metavar="NAME", help="what was promised, in a few words")
    add.add_argument("--who", required=True, metavar="NAME", help="who promised it")
    add.add_argument("--figure", required=True, help=", ".join(PromiseFigure))
    add.add_argument("--department", metavar="WORD", help="by code or name; the whole city if left out")
    add.add_argument("--type", metavar="WORD", help="a service type; all if left out")
    add.add_argument("--from", dest="start", required=True, metavar="VALUE", help="where it stands: 43%% or 209")
    add.add_argument("--to", dest="target", required=True, metavar="VALUE", help="where it is to be")
    add.add_argument("--until", required=True, metavar="YYYY-MM-DD", help="by when, that day included")
    add.add_argument("--note", default="", metavar="TEXT")
    add.add_argument("--by", required=True, metavar="NAME", help="who writes it down")
    add.set_defaults(run=run_add)
    actions.add_parser("list", help="every promise with its figure now").set_defaults(run=run_list)
    close = actions.add_parser("close", help="take a promise off the register; its history stays")
    close.add_argument("name", metavar="NAME")
    close.add_argument("--by", required=True, metavar="NAME", help="who closes it")
    close.set_defaults(run=run_close)


def run_add(args: Namespace, context: Context) -> int:
    figure = figure_of(args.figure)
    start, target = (value_of(getattr(args, name), figure, f"--{word}") for name, word in _VALUES.items())
    try:
        until = date.fromisoformat(args.until)
    except ValueError:
        raise DeskError(f'--until "{args.until}" is not a day like 2026-12-31; nothing was written') from None
    with _setting(context) as (_, setting):
        departments = ask.values_meant("department", [args.department] if args.department else [], setting.lists)
        types = ask.values_meant("service_type", [args.type] if args.type else [], setting.lists)
        now = context.now_in(setting.profile.time_zone)
    promise = Promise(
        args.name, args.who, figure, start, target, until, "".join(departments), "".join(types), args.note
    )
    with open_records(context.settings).writing() as connection:
        promises.add(connection, promise=promise, by=args.by, now=now)
    context.say(f'on the register: "{args.name}"')
    return 0


def run_close(args: Namespace, context: Context) -> int:
    with _setting(context) as (_, setting):
        now = context.now_in(setting.profile.time_zone)
    with open_records(context.settings).writing() as connection:
        promises.close(connection, name=args.name, by=args.by, now=now)
    context.say(f'closed: "{args.name}"')
    return 0


def run_list(args: Namespace, context: Context) -> int:
    with open_records(context.settings).reading() as connection:
        known = promises.listing(connection)
    if not known:
        context.say("no promise is on the register")
        return 0
    with _setting(context) as (connection, setting):
        lines = list(_lines(connection, known, setting))
    context.say("\n".join(lines))
    return 0


_VALUES = {"start": "from", "target": "to"}


@contextmanager
def _setting(context: Context) -> Iterator[tuple[Connection, ask.Setting]]:
    """A connection to the requests, and what holds for them."""
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            yield connection, ask.setting_of(connection, context)
    finally:
        database.close()


def _lines(connection: Connection, known: Sequence[Promise], setting: ask.Setting) -> Iterator[str]:
    for one in known:
        as_of = measured_at(one.due_on, setting.newest)
        frame = measured(
            connection,
            figure=str(one.figure),
            department=one.department,
            service_type=one.service_type,
            goals=setting.profile.default_goals,
            as_of=as_of,
        )
        value = float(frame["value"].iloc[0])
        state = state_of(value, one.start_value, one.target_value, one.due_on, setting.newest.date())
        where = ", ".join(filter(None, [one.department, one.service_type])) or "whole city"
        yield (
            f"{state:8} {one.name} ({one.promised_by}): {one.figure} of {where} from {_shown(one, one.start_value)} to "
            f"{_shown(one, one.target_value)} by {one.due_on}; {_shown(one, value)} as of {as_of:%Y-%m-%d %H:%M}"
        )


def _shown(one: Promise, value: float) -> str:
    if math.isnan(value):
        return "no figure"
    return f"{value:.1%}" if one.figure in SHARES else f"{value:,.0f}"
