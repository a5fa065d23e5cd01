"""`python -m db publish`: make the next edition of the public tables that the kiosk shows."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from db.cities.of_database import City
from db.commands.context import Context
from db.publish import write
from db.publish.privacy import TIME_LIMIT, OutOfTimeError
from db.publish.withdraw import withdraw
from db.rules.errors import DeskError
from db.settings import read_kiosk
from db.storage.database import open_database
from db.storage.snapshots import open_snapshot

LEVELS_IN_WORDS = {
    "service_by_district": "each service in each district",
    "category_by_district": "each category in each district, each service in the whole city",
    "district": "each district, and each service in the whole city",
    "service": "each service in the whole city",
    "city": "the whole city only",
    "": "nothing: no table could be made coarse enough",
}
EPILOG = """The snapshot goes to the folder KIOSK_DATA (default ./kiosk-data) or to KIOSK_DATABASE_URL.
What is published and what is hidden: docs/kiosk.md. With KIOSK_PUBLISH=1 every load publishes by itself.
"""


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "publish", help="make the next edition of the public tables", description=__doc__, epilog=EPILOG
    )
    parser.add_argument(
        "--withdraw", metavar="EDITION", help="take out for good all that an edition added: it was found wrong"
    )
    parser.add_argument(
        "--seconds", type=float, default=TIME_LIMIT, help="how long the hiding may take; past it nothing is published"
    )
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    if args.withdraw:
        kiosk = read_kiosk(context.environ)
        months = withdraw(open_snapshot(kiosk.folder, kiosk.database_url), args.withdraw, now=context.now)
        withdrawn = ", ".join(months) or "no month, its weeks alone"
        context.say(
            f"Edition {args.withdraw} is withdrawn ({withdrawn}): the kiosk shows it no more, it never comes again"
        )
        return 0
    context.say(publish_now(context, args.seconds))
    return 0


def publish_now(context: Context, seconds: float = TIME_LIMIT) -> str:
    """Publish the next edition; gives a text that describes it. Raises DeskError where nothing can be published."""
    kiosk = read_kiosk(context.environ)
    database = open_database(context.settings)
    try:
        with database.reader().connect() as connection:
            profile = City.of(connection, context.settings).profile
            edition = write.publish(
                connection,
                open_snapshot(kiosk.folder, kiosk.database_url),
                profile,
                now=context.now_in(profile.time_zone),
                level=kiosk.places,
                seconds=seconds,
            )
    except OutOfTimeError:
        raise DeskError(
            f"what must be hidden was not worked out within {seconds:g} s: nothing is published, the edition before "
            "stays; try again with more --seconds"
        ) from None
    finally:
        database.close()
    return described(edition)


def described(edition: write.Edition) -> str:
    """What an edition added, as lines for the terminal."""
    added = ", ".join(edition.months) or "none: no further month has settled"
    lines = [f"Edition {edition.number} is published. Months added: {added}"]
    if edition.months:
        lines.append(f"The newest month tells {LEVELS_IN_WORDS[edition.level]}")
        lines.append(f"Numbers shown {edition.shown_count:,}, hidden {edition.hidden_count:,}")
    return "\n".join(lines)
