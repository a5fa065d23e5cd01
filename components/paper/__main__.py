"""`python -m components.paper SHEET [filters] --out FILE`: a sheet as PDF from the terminal, for cron and for mail.

An entry of its own: it may print.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.links import LISTS, NAMES
from db.settings import PAPERS, read

EXIT_ERROR = 2


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Write one sheet; gives the exit code: 0 done, 2 an error told in one line."""
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")  # it would say with each answer that no browser is there
    args = _parser().parse_args(arguments)
    from components.cache import DatabaseAwayError, DatabaseUnusableError
    from components.paper.engine import PaperError

    try:
        count, notes = _write(args, environ)
    except (ValueError, OSError, DatabaseAwayError, DatabaseUnusableError, PaperError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_ERROR
    for note in notes:
        print(note, file=sys.stderr)
    print(f"{args.out}, {count / 1e3:.0f} kB")
    return 0


def _write(args: Namespace, environ: Mapping[str, str]) -> tuple[int, Sequence[str]]:
    from components.paper import making

    params = _params(args)
    sheet = making.build(args.sheet, params)
    if wrong := [note for note in sheet.notes if note.endswith("it was left out.")]:
        raise ValueError(f"{wrong[0].removesuffix('; it was left out.')}; nothing was written")
    content = making.pdf(sheet, params, args.paper or read(environ).paper, args.desk or "")
    partial = args.out.with_name(f".{args.out.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(args.out)  # a file of that name is whole, whatever happens on the way
    finally:
        partial.unlink(missing_ok=True)
    return len(content), sheet.notes


def _parser() -> ArgumentParser:
    from components.paper.sheets import SHEETS

    width = max(map(len, SHEETS))
    parser = ArgumentParser(
        prog="python -m components.paper",
        description="Write a sheet to print as PDF: the same as the Print button of its page.",
        epilog="\n".join(["sheets:", *(f"  {name:{width}}  {entry.line}" for name, entry in SHEETS.items())]),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("sheet", metavar="SHEET", choices=list(SHEETS), help="see below")
    own = dict.fromkeys(name for entry in SHEETS.values() for name in entry.own_names)
    for name in dict.fromkeys((*NAMES, *own)):
        many = {"action": "append"} if name in LISTS else {}
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help="as in the link", **many)  # type: ignore
    parser.add_argument("--paper", choices=list(PAPERS), help="DESK_PAPER, or letter, if left out")
    parser.add_argument("--desk", metavar="URL", help="where the desk answers, for the link at the foot")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")
    return parser


def _params(args: Namespace) -> dict[str, list[str]]:
    given = {name: getattr(args, name) for name in vars(args) if name not in ("sheet", "out", "desk", "paper")}
    return {name: value if isinstance(value, list) else [value] for name, value in given.items() if value}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
