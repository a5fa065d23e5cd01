"""Why records cannot be read or written, in a sentence for the person who wanted to."""

from __future__ import annotations

from db.rules.errors import DeskError


class RecordsError(DeskError):
    """The records cannot be used as asked; the message says why and what to do. Nothing was written."""


class ConflictError(RecordsError):
    """Somebody else wrote the same thing first; the message says who and when."""
