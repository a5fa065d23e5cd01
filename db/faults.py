"""A fault of the desk itself: logged with its traceback, and known to the reader by a number.

A `DeskError` is a problem that a person can cause and correct; every other error is a fault of the desk. The same
fault, raised at the same place, always has the same number: so two people who report it can be seen to mean the same
fault, and its lines can be found in the log.
"""

from __future__ import annotations

import logging
import traceback
import zlib
from pathlib import Path

from db.settings import Settings, secrets_of

LOGGER = "desk.fault"
NUMBERS = 100_000
_ROOT = Path(__file__).resolve().parent.parent


def report(fault: BaseException, settings: Settings | None) -> int:
    """Log the fault with its traceback and give its number. The passwords in `settings` are never written."""
    number = number_of(fault)
    text = "".join(traceback.format_exception(fault))
    for url in filter(None, (settings.database_url, settings.records_url) if settings else ()):
        for secret in secrets_of(url):
            text = text.replace(secret, "***")
    logging.getLogger(LOGGER).error("fault of the desk, number %05d\n%s", number, text.rstrip())
    return number


def number_of(fault: BaseException) -> int:
    """A number of up to five digits that follows from the kind of fault and where in the desk's code it was raised."""
    steps = [(frame.filename, frame.name) for frame in traceback.extract_tb(fault.__traceback__)]
    desk_steps = [f"{_relative_path(file)}:{name}" for file, name in steps if _is_desk_file(file)]
    return zlib.crc32(":".join([type(fault).__name__, *desk_steps[-1:]]).encode()) % NUMBERS


def sentence(number: int) -> str:
    """The words in which a fault is reported to a person, without its cause."""
    return f"a fault of the desk, number {number:05d}"


def _is_desk_file(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(_ROOT) and not path.relative_to(_ROOT).parts[0].startswith(".")


def _relative_path(file: str) -> str:
    return Path(file).relative_to(_ROOT).as_posix()
