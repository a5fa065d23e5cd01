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
    start = value_of(args.start, figure, "--from")
    target = value_of(args.target, figure, "--to")
    try:
        until = date.fromisoformat(args.until)
    except ValueError:
        raise DeskError(f'--until "{args.until}" is not a day like 2026-12-31; nothing was written') from None
    with _connection_and_setting(context) as (_, setting):
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
    with _connection_and_setting(context) as (_, setting):
        now = context.now_in(setting.profile.time_zone)
    with open_records(context.settings).writing() as connection:
        promises.close(connection, name=args.name, by=args.by, now=now)
    context.say(f'closed: "{args.name}"')
    return 0


def run_list(args: Namespace, context: Context) -> int:
    with open_records(context.settings).reading() as connection:
        registered = promises.listing(connection)
    if not registered:
        context.say("no promise is on the register")
        return 0
    with _connection_and_setting(context) as (connection, setting):
        lines = list(_promise_lines(connection, registered, setting))
    context.say("\n".join(lines))
    return 0


@contextmanager
def _connection_and_setting(context: Context) -> Iterator[tuple[Connection, ask.Setting]]:
    """A connection to the requests, and the setting that every question to them needs."""
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            yield connection, ask.setting_of(connection, context)
    finally:
        database.close()


def _promise_lines(connection: Connection, registered: Sequence[Promise], setting: ask.Setting) -> Iterator[str]:
    for promise in registered:
        as_of = measured_at(promise.due_on, setting.newest)
        frame = measured(
            connection,
            figure=str(promise.figure),
            department=promise.department,
            service_type=promise.service_type,
            goals=setting.profile.default_goals,
            as_of=as_of,
        )
        value = float(frame["value"].iloc[0])
        state = state_of(value, promise.start_value, promise.target_value, promise.due_on, setting.newest.date())
        scope = ", ".join(filter(None, [promise.department, promise.service_type])) or "whole city"
        yield (
            f"{state:8} {promise.name} ({promise.promised_by}): {promise.figure} of {scope} "
            f"from {_formatted(promise, promise.start_value)} to {_formatted(promise, promise.target_value)} "
            f"by {promise.due_on}; {_formatted(promise, value)} as of {as_of:%Y-%m-%d %H:%M}"
        )


def _formatted(promise: Promise, value: float) -> str:
    if math.isnan(value):
        return "no figure"
    return f"{value:.1%}" if promise.figure in SHARES else f"{value:,.0f}"
