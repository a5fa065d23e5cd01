"""The kiosk's pictures can be told apart: words in them 7 to 1, shapes 3 to 1, as WCAG 2.2 asks."""

from __future__ import annotations

import re

import pytest

from components.kiosk.drawing import PICTURE_STYLE

WORDS, SHAPES, GROUND = 7, 3, "fff"


def light(color: str) -> float:
    """The relative luminance of `06384b` or `fff`."""
    whole = color if len(color) == 6 else "".join(2 * digit for digit in color)
    channels = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_white_on_black_is_21_to_1() -> None:
    assert contrast("fff", "000000") == pytest.approx(21)


def test_words_and_shapes_of_the_pictures_stand_out() -> None:
    rules = dict(re.findall(r"\.([\w-]+)(?: path)?(?:,\.[\w-]+)?\{([^}]*)\}", PICTURE_STYLE))
    colors = {name: re.findall(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", rule) for name, rule in rules.items()}
    assert {"kept", "missed", "ended", "tick-label", "kiosk-map"} <= set(colors)
    assert contrast(colors["tick-label"][0], GROUND) >= WORDS
    assert contrast(colors["kept"][0], colors["tick"][0]) >= SHAPES  # the tick in its circle
    for name in ("kept", "missed", "ended", "scale", "kiosk-map"):
        assert max(contrast(color, GROUND) for color in colors[name]) >= SHAPES
