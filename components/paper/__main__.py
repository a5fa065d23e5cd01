"""`python -m components.paper SHEET [filters] --out FILE`: a sheet as PDF from the terminal, for cron and by mail.

An entry of its own: it may print.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.links import LISTS, NAMES
from components.paper.blocks import Sheet
from db.settings import PAPERS, read, read_mail

EXIT_ERROR = 2
OPTIONS = ("sheet", "out", "desk", "paper", "mail", "dry_run", "all_departments")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Write the sheet, or one for each department; the exit code: 0 done, 2 after an error, printed in one line."""
    # Streamlit would warn at each answer that there is no browser.
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")
    args = _parser().parse_args(arguments)
    from components.cache import DatabaseAwayError, DatabaseUnusableError
    from components.paper.engine import PaperError

    try:
        _check(args)
        lines = _write_all_departments(args, environ) if args.all_departments else _write_one(args, environ)
        for line in lines:
            print(line)
    except (ValueError, OSError, DatabaseAwayError, DatabaseUnusableError, PaperError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_ERROR
    return 0


def _check(args: Namespace) -> None:
    """Raise ValueError for options that exclude each other, before the database is asked."""
    if args.all_departments and (args.out or args.mail is not None or args.department):
        raise ValueError("--all-departments writes a file a department: not with --out, --mail or --department")
    if not args.all_departments and args.out is None and args.mail is None:
        raise ValueError("say where it goes: --out FILE, --mail, or --all-departments DIR")
    if args.dry_run and args.mail is None:
        raise ValueError("--dry-run is for --mail")


def _write_one(args: Namespace, environ: Mapping[str, str]) -> Iterator[str]:
    from components.paper import mail

    sheet, content = _built(args, environ, _params(args))
    for note in sheet.notes:
        print(note, file=sys.stderr)
    if args.out is not None:
        _save(args.out, content)
        yield f"{args.out}, {len(content) / 1e3:.0f} kB"
    if args.mail is not None:
        settings = read_mail(environ)
        message = mail.message(sheet, content, settings, args.mail or settings.to, desk_url=args.desk or "")
        if args.dry_run:
            _save(args.dry_run, bytes(message))
            yield f"{args.dry_run}: the mail as it would be sent to {message['To']}"
        else:
            mail.send(message, settings)
            yield f"sent to {message['To']}"


def _write_all_departments(args: Namespace, environ: Mapping[str, str]) -> Iterator[str]:
    from components.paper import making

    args.all_departments.mkdir(parents=True, exist_ok=True)
    for department in making.departments():
        _, content = _built(args, environ, {**_params(args), "department": [department]})
        name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in department)
        path = args.all_departments / f"{args.sheet}-{name}.pdf"
        _save(path, content)
        yield f"{path}, {len(content) / 1e3:.0f} kB"


def _built(args: Namespace, environ: Mapping[str, str], params: dict[str, list[str]]) -> tuple[Sheet, bytes]:
    from components.paper import making

    sheet = making.build(args.sheet, params)
    if wrong := [note for note in sheet.notes if note.endswith("it was left out.")]:
        raise ValueError(f"{wrong[0].removesuffix('; it was left out.')}; nothing was written")
    return sheet, making.pdf(sheet, params, args.paper or read(environ).paper, args.desk or "")


def _save(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)  # so a file of this name is always whole, whatever goes wrong before
    finally:
        partial.unlink(missing_ok=True)


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
    page_names = dict.fromkeys(name for entry in SHEETS.values() for name in entry.own_names)
    for name in dict.fromkeys((*NAMES, *page_names)):
        repeatable = {"action": "append"} if name in LISTS else {}
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help="as in the link", **repeatable)  # type: ignore
    parser.add_argument("--paper", choices=list(PAPERS), help="DESK_PAPER, or letter, if left out")
    parser.add_argument("--desk", metavar="URL", help="where the desk answers, for the link at the foot")
    parser.add_argument("--out", type=Path, metavar="FILE")
    parser.add_argument(
        "--all-departments", type=Path, metavar="DIR", help="a sheet for each department, into a folder"
    )
    parser.add_argument("--mail", nargs="*", metavar="ADDRESS", help="send it; to DESK_MAIL_TO where none is named")
    parser.add_argument("--dry-run", type=Path, metavar="FILE.eml", help="with --mail: write the mail, send nothing")
    return parser


def _params(args: Namespace) -> dict[str, list[str]]:
    values = {name: getattr(args, name) for name in vars(args) if name not in OPTIONS}
    return {name: value if isinstance(value, list) else [value] for name, value in values.items() if value}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
