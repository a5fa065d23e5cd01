"""`python -m db demo`: generate a city to try the desk with."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from datetime import datetime, time

from db.cities.profile import load
from db.commands.context import Context
from db.ingest.demo import CITY, DEFAULT_SEED, make_demo
from db.ingest.demo.plan import DEFAULT_SCALE
from db.storage.database import open_database

END_OF_DAY = time(23, 59, 59)


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="generate a city to try the desk with; replaces an earlier generated one, never real data",
        description="Generate Los Angeles at a scale, 24 months back and 60 days ahead, with known truths planted "
        "(docs/demo.md). It replaces an earlier generated city, never real data.",
    )
    parser.add_argument(
        "--scale", type=float, default=DEFAULT_SCALE, help="share of the real city's 1.4 million requests a year (1/11)"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another seed, another city (311)")
    parser.add_argument("--until", type=day, metavar="YYYY-MM-DD", help="the last day generated (60 days from today)")
    parser.set_defaults(run=run)


def day(text: str) -> datetime:
    """The last moment of the day that an argument names."""
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d"), END_OF_DAY)
    except ValueError:
        raise ArgumentTypeError(f'"{text}" is not a day; write it as 2026-12-31') from None


def run(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    now = context.now_in(load(CITY).time_zone)
    report = make_demo(database, now=now, seed=args.seed, scale=args.scale, until=args.until)
    context.say(
        f"Generated a city of {report.inserted:,} requests, seed {args.seed}, scale {args.scale:.4g}. "
        "It is not real; load real files with `python -m db load FILE`."
    )
    return 0
