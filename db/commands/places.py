"""`python -m db places`: load the boundaries of districts from a GeoJSON file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

from db.cities.of_database import City
from db.commands.context import Context
from db.ingest.reference.boundaries import LEVELS, load_boundaries
from db.storage.database import open_database


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser("places", help="load boundaries of districts", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    load = actions.add_parser(
        "load",
        help="load the boundaries of one level",
        description="Load boundaries from a GeoJSON file (.gz allowed); they replace those of the same level. "
        "Requests without a district are put in the one that they lie in.",
    )
    load.add_argument("file", type=Path, metavar="FILE.geojson")
    load.add_argument("--level", required=True, choices=LEVELS, help="what the areas are")
    load.add_argument("--key-property", metavar="NAME", help="the property that names an area, if not found by itself")
    load.add_argument("--population-property", metavar="NAME", help="the property that holds the number of residents")
    load.add_argument("--crs", metavar="EPSG:NUMBER", help="the file's coordinates, where they are not degrees")
    load.set_defaults(run=run_load)


def run_load(args: Namespace, context: Context) -> int:
    database = open_database(context.settings)
    try:
        with database.write(context.now) as connection:
            result = load_boundaries(
                connection,
                args.file,
                args.level,
                bounds=City.of(connection, context.settings).profile.bounds,
                key_property=args.key_property,
                population_property=args.population_property,
                crs=args.crs,
            )
    finally:
        database.close()
    context.say(
        f'{args.file.name}: {result.count} areas by "{result.key_property}", '
        f"{result.screen_bytes // 1000} kB on screen; the district of {result.assigned:,} requests was set by them."
    )
    if result.converted_from:
        context.say(f"Coordinates were converted from {result.converted_from}.")
    if result.repaired:
        context.say(f"{result.repaired} areas with crossing borders were repaired.")
    return 0
