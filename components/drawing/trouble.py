"""What a reader sees instead of an error page: the sentence of a `DeskError`, or a fault of the desk by its number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components import cache
from components.drawing import notices
from db import faults
from db.rules.errors import DeskError


@contextmanager
def told() -> Iterator[None]:
    """Draw what is within; an error that stops it is shown in its place.

    Lets through the errors of a database that is away or cannot be used: the frame shows them for the whole page.
    """
    try:
        yield
    except (cache.DatabaseAwayError, cache.DatabaseUnusableError):
        raise
    except DeskError as error:
        notices.refused(str(error))
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is logged with its traceback
        notices.fault(faults.report(fault, cache.settings()))
