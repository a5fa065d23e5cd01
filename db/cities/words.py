"""How a city's own spellings are compared: header names and values, each folded its own way."""

from __future__ import annotations

import re

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A header name without what varies between extracts: lower case, letters and digits only."""
    return _NOT_ALPHANUMERIC.sub("", text).lower()


def fold_word(text: str) -> str:
    """A value without what varies between extracts: case folded, white space collapsed and trimmed."""
    return " ".join(text.split()).casefold()
