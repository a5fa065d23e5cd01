"""Parts of screens that hold buttons or lists: the pages put them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from components.kiosk import drawing, figures, sentences, state
from components.kiosk.figures import Month
from components.kiosk.language import Words
from components.kiosk.state import Choice, View

MOST_SERVICES = 6
SERVICES_A_PAGE = 6
MONTHS_DRAWN = 24
TICK_EVERY = 3  # names of months under the bars: more would run into each other


def link(chosen: Choice) -> str:
    """The address of a choice, below the kiosk's own."""
    return f"./?{urlencode(chosen.query())}"


def button(text: str, key: str, chosen: Choice) -> None:
    """A button that leads to another choice."""
    st.button(text, key=key, on_click=state.go, args=(chosen,))


def district_buttons(view: View) -> None:
    """A button for every district: what the map offers, for those who cannot see or touch it."""
    with st.container(key="kiosk_districts", horizontal=True):
        for row in figures.districts(view.snapshot):
            name = sentences.district_name(view.words, view.snapshot, row)
            button(name, f"district_{row['district']}", replace(view.choice, district=str(row["district"])))


def districts(view: View, headline: str) -> None:
    """The districts to choose from: the map, where outlines were published, beside a button for each."""
    drawn = map_of(view)
    if not drawn:
        drawing.show(drawing.headline(headline))
        district_buttons(view)
        return
    with st.container(key="kiosk_choose"):
        drawing.show(drawing.headline(headline), drawn)
        district_buttons(view)


def map_of(view: View) -> str:
    """The map of the districts; an empty text where no outlines were published."""
    areas = [
        (
            str(row["district"]),
            sentences.district_name(view.words, view.snapshot, row),
            str(row["outline"]),
        )
        for row in figures.districts(view.snapshot)
    ]
    height = int(view.snapshot.said["map_height"])
    return drawing.district_map(areas, height, view.words.say("Map of the districts"))


def ticks(words: Words, months: Sequence[Month]) -> list[str]:
    """What stands under each bar: every third month's name, counted from the newest, with the year at its change."""
    last = len(months) - 1
    return [
        words.short_month(month.name) if (last - place) % TICK_EVERY == 0 else "" for place, month in enumerate(months)
    ]


def month_rows(words: Words, months: Sequence[Month]) -> list[tuple[str, str, str]]:
    """The bars as a table for those who cannot see them."""
    hidden = words.say("too few to say")
    return [
        (
            words.month(month.name),
            hidden if month.done is None else words.number(round(month.done)),
            hidden if month.ended is None else words.number(round(month.ended)),
        )
        for month in months
    ]
