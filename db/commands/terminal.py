"""Text as it may be shown at a terminal: words from a city's file must not steer it."""

from __future__ import annotations

import unicodedata

KEPT = "\n\t"
REPLACEMENT = "\ufffd"
STEERING = ("Cc", "Cf")
"""Unicode's control characters (escape sequences begin with one) and format characters (which turn text around)."""


def printable(text: str) -> str:
    """`text` with every control and format character, but for line breaks and tabs, shown as a replacement mark."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        REPLACEMENT if unicodedata.category(sign) in STEERING and sign not in KEPT else sign for sign in text
    )
