"""`python -m db layout FILE`: propose the description of a file's layout, to be put into a city's profile."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

from db.commands.context import Context
from db.ingest.requests.proposal import propose
from db.rules.errors import DeskError
from db.storage.workspace import workspace

EXIT_INCOMPLETE = 1


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "layout",
        help="propose the description of a file's layout for a profile",
        description="Propose the description of a file's layout, from its header and first values, as TOML to put "
        "into a city's profile (db/cities). Check it: a name can mislead. Exits with 1 where a column that every "
        "layout needs was not found.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", help="what to call the layout; made from the file's name if left out")
    parser.set_defaults(run=run)


def run(args: Namespace, context: Context) -> int:
    if not args.file.is_file():
        raise DeskError(f"{args.file}: there is no such file")
    with workspace() as folder:
        proposal = propose(args.file, folder)
    name = args.name or re.sub(r"[^a-z0-9]+", "_", args.file.name.lower().split(".")[0]).strip("_") or "layout"
    context.say(proposal.toml(name))
    return EXIT_INCOMPLETE if proposal.missing() else 0
