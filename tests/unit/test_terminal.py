"""Words of a city's file cannot steer the terminal that shows them."""

from __future__ import annotations

import pytest

from db.commands.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Pothole, 12 ELM ST\n\tnext", "Pothole, 12 ELM ST\n\tnext"),
        ("Niño · 街道 · 🚧", "Niño · 街道 · 🚧"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x1b]2;a title\x07", "\ufffd]2;a title\ufffd"),
        ("\x9b5A up", "\ufffd5A up"),
        ("back\b\b\rspace", "back\ufffd\ufffd\ufffdspace"),
        ("turned \u202eround", "turned \ufffdround"),
        ("no\u200bwidth", "no\ufffdwidth"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_a_mark(text: str, shown: str) -> None:
    assert printable(text) == shown
