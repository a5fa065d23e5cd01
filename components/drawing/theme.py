"""Few colours, one meaning each. Colour is never the only signal: a word, a mark or a position says the same.

Marks keep at least 3 to 1 against the light and the dark ground of `.streamlit/config.toml`, so one set serves both.
"""

from __future__ import annotations

from collections.abc import Mapping

MAIN = "#1B84A0"  # the figure itself
QUIET = "#7B8794"  # what it is compared with, and what is not known
BAD = "#C9485B"  # overdue, missed
SOON = "#B97512"  # due soon, incomplete
GOOD = "#3A8F63"  # kept, closed
VACANT = "#7A6BB0"  # what vacant posts add or explain

TONES: Mapping[str, str] = {"main": MAIN, "quiet": QUIET, "bad": BAD, "soon": SOON, "good": GOOD, "vacant": VACANT}

# Text in charts needs 4.5 to 1, which no single grey has on both grounds.
WORDS: Mapping[str, str] = {"light": "#566579", "dark": "#B8C4D4"}

VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "met": ("Kept", "green", ":material/check_circle:"),
    "missed": ("Missed", "red", ":material/error:"),
    "pending": ("Not due yet", "blue", ":material/schedule:"),
    "no_goal": ("No published target", "gray", ":material/remove_circle:"),
    "unknown": ("Closing time unknown", "orange", ":material/help:"),
}

BADGES: Mapping[str, str] = {  # what a goal rests on, in a table: words and colour
    "published": "green",
    "budget average": "orange",
    "draft": "violet",
    "no published target": "gray",
    "the city's own due dates": "blue",
}

BASES: Mapping[str, str] = {
    "published": "published goal",
    "budget_average": "budget average, not a promise",
    "draft": "draft of this desk, not a promise",
}
