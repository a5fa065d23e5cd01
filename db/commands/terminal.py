"""Text that is safe to show at a terminal: characters from a city's file must not control it."""

from __future__ import annotations

import unicodedata

KEPT = "\n\t"
REPLACEMENT = "\ufffd"
STEERING = ("Cc", "Cf")
"""Unicode's control characters (with which escape sequences begin) and format characters (which can reverse text)."""


def printable(text: str) -> str:
    """`text` with a replacement mark for every control and format character, except line breaks and tabs."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        REPLACEMENT if unicodedata.category(character) in STEERING and character not in KEPT else character
        for character in text
    )
