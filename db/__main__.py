"""`python -m db COMMAND`: every command of the desk's database. Only this module prints and reads the clock."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import NoReturn

from db import faults
from db import settings as desk_settings
from db.commands import COMMANDS
from db.commands.context import Context
from db.commands.terminal import printable
from db.rules.errors import DeskError
from db.settings import Settings
from db.storage.database import AWAY

EXIT_ERROR = 2
EXIT_FAULT = 3
EXIT_INTERRUPTED = 130
_EPILOG = """environment:
  DESK_DATA     folder of the data (default: ./data)
  DATABASE_URL  a PostgreSQL server instead: postgresql://USER:PASSWORD@HOST:PORT/DATABASE
  DESK_CITY     the city's profile, such as los_angeles
"""


class _Parser(ArgumentParser):
    """A parser that reports a wrong call in one line, as every other error is reported, and refers to `--help`."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"error: {' '.join(message.split())}; see {self.prog} --help\n")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and give its exit code.

    0: done; 2: an error, reported in one line; 3: a fault of the desk; 130: stopped by the user. A command may give
    codes of its own.
    """
    os.umask(0o077)  # files that a command writes hold addresses: they are for its own account only
    args = _parser().parse_args(arguments)
    settings: Settings | None = None
    try:
        settings = desk_settings.read(environ)
        now = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - local time, see Context.now
        return args.run(args, Context(settings=settings, now=now, say=_say, write=_write, warn=_warn, environ=environ))
    except BrokenPipeError:
        # The reader closed the pipe. Keep the interpreter from flushing into it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (DeskError, OSError, *AWAY) as error:
        _warn(f"error: {_in_one_line(error, settings)}")
        return EXIT_ERROR
    except Exception as fault:  # noqa: BLE001 - every fault is logged with its traceback
        number = faults.report(fault, settings)
        _warn(f"error: {faults.sentence(number)}; the log has its traceback, please report both")
        return EXIT_FAULT
    except KeyboardInterrupt:
        print("stopped; the data are as before", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parser() -> ArgumentParser:
    parser = _Parser(
        prog="python -m db",
        description="The request database of the operations desk.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"db.commands.{name}").register(subparsers)
    return parser


def _say(text: str) -> None:
    print(printable(text), flush=True)


def _write(text: str) -> None:
    print(text, flush=True)


def _warn(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)


def _in_one_line(error: Exception, settings: Settings | None) -> str:
    """The error as one line, without error numbers of the operating system and without a password."""
    url = settings.database_url if settings else None
    text = str(error)
    if isinstance(error, AWAY):
        text = str(error.orig)
        if url:
            text = f"DATABASE_URL {desk_settings.hidden(url)} cannot be used: {text}"
    text = re.sub(r"^\[Errno \d+\] ", "", " ".join(text.split()))
    for secret in desk_settings.secrets_of(url) if url else ():
        text = text.replace(secret, "***")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
