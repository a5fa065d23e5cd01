"""`python -m db profile`: read the city's profile again, name another file of it, or write out the stored text."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from sqlalchemy import Connection, select

from db.cities.of_database import City, StoredCity, stored_city
from db.cities.profile import Profile, load
from db.commands.context import Context
from db.ingest.reference.city_tables import needs_update, prepare
from db.model.schema import goals
from db.rules.errors import DeskError
from db.storage.database import Database, open_database, require_city


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "profile",
        help="read the city's profile again after its file was changed or moved",
        description="Read the city's profile again and bring types, departments and goals up to date with it. A "
        "profile of your own is stored with the database as it was read; its file counts again when this is run. What "
        "is stored of a request keeps its owner, type and status until the request's file is loaded again.",
    )
    parser.add_argument(
        "profile", nargs="?", metavar="FILE.toml", help="where the file lies now, or the name of a profile of the desk"
    )
    parser.add_argument("--text", action="store_true", help="only write out the stored text of a profile of your own")
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    try:
        stored = _required_city(database)
        if args.text:
            if stored.profile_text is None:
                raise DeskError(f'the profile "{stored.key}" comes with the desk: see db/cities/{stored.key}.toml')
            context.say(stored.profile_text.rstrip("\n"))
            return 0
        profile = load(args.profile or _path_or_key(stored, context))
        _read_again(database, stored, profile, context)
    finally:
        database.close()
    return 0


def _required_city(database: Database) -> StoredCity:
    with database.reader().connect() as connection:
        stored = stored_city(connection)
    if stored is None:
        raise DeskError('there is no city yet: load its requests with "python -m db load --city FILE.toml FILE"')
    return stored


def _path_or_key(stored: StoredCity, context: Context) -> str:
    """The path of the profile's file, or its key where it comes with the desk.

    An older desk did not store the path: then DESK_CITY may name the file.
    """
    if stored.profile_path is not None:
        return stored.profile_path
    own = City.from_stored(stored, context.settings).profile.own
    return own.path if own else stored.key


def _read_again(database: Database, stored: StoredCity, profile: Profile, context: Context) -> None:
    where = profile.own.path if profile.own else f"the desk's own {profile.key}.toml"
    with database.reader().connect() as connection:
        require_city(connection, profile.key)
        if not needs_update(connection, profile):
            context.say(f"{profile.name}: {where} is as it was read; nothing to do.")
            return
    now = context.now_in(profile.time_zone)
    with database.write(context.now) as connection:
        before = _goals_in_force(connection)
        prepare(connection, profile, stored.source_kind, now)
        after = _goals_in_force(connection)
    context.say(
        f"{profile.name}: {len(profile.service_types):,} service types, {len(profile.departments):,} departments and "
        f"{len(profile.calendars):,} calendars read from {where}."
    )
    for sentence in profile.retired:
        context.say(sentence)
    if before != after:
        context.say(f"Goals: {len(after - before)} new, {len(before - after)} end today; a verdict once given stays.")
    context.say("Requests keep their owner, type and status until their files are loaded again.")


def _goals_in_force(connection: Connection) -> set[int]:
    return set(connection.scalars(select(goals.c.goal_id).where(goals.c.withdrawn_on.is_(None))))
