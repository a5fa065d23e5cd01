"""What a visitor of the kiosk chose: the URL is its only memory, so that a reload restores it."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from components.kiosk.language import DEFAULT, LANGUAGES, Words
from db.publish.read import Snapshot
from db.settings import KioskSettings, read_kiosk

SCREENS = ("now", "district", "expect", "change", "about")
SECONDS, LEAST_SECONDS, MOST_SECONDS = 20, 5, 300
MOST_PAGES = 50
VIEW = "kiosk_view"


@dataclass(frozen=True)
class Choice:
    """`screen`: one of `SCREENS`; `lang`: a key of `LANGUAGES`; `district`: a key, '' for none; `page`: of a long list;
    `seconds`: how long a screen stays.
    """

    screen: str = SCREENS[0]
    lang: str = DEFAULT
    district: str = ""
    page: int = 0
    seconds: int = SECONDS

    def query(self) -> dict[str, str]:
        """The names in the URL; what is usual is left out."""
        usual = Choice()
        values = {name: str(getattr(self, name)) for name in ("screen", "lang", "district", "page", "seconds")}
        return {name: value for name, value in values.items() if value != str(getattr(usual, name))}

    def other_screen(self, steps: int) -> Choice:
        """The choice of the screen `steps` further, round from the last to the first; without district or list page."""
        place = (SCREENS.index(self.screen) + steps) % len(SCREENS)
        return replace(self, screen=SCREENS[place], page=0, district="")


@dataclass(frozen=True)
class View:
    """What a screen draws from."""

    words: Words
    snapshot: Snapshot
    choice: Choice
    settings: KioskSettings


def begin(view: View) -> None:
    """Keep the view for the screen of this run."""
    st.session_state[VIEW] = view


def current() -> View:
    """The view of this run."""
    view: View = st.session_state[VIEW]
    return view


def settings() -> KioskSettings:
    """The kiosk's settings, from the environment."""
    return read_kiosk(os.environ)


def now(zone: str) -> datetime:
    """The city's clock on the wall, without zone, to the minute."""
    return datetime.now(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)


def choice(districts: Collection[str]) -> Choice:
    """The choice in the URL; values that are not known count as missing."""
    return parse({name: str(st.query_params.get(name, "")) for name in st.query_params}, districts)


def parse(said: dict[str, str], districts: Collection[str]) -> Choice:
    """The choice that these names make. Never raises."""
    screen, lang, district = said.get("screen", ""), said.get("lang", ""), said.get("district", "")
    return Choice(
        screen=screen if screen in SCREENS else SCREENS[0],
        lang=lang if lang in LANGUAGES else DEFAULT,
        district=district if district in districts else "",
        page=_whole(said.get("page", ""), 0, MOST_PAGES, 0),
        seconds=_whole(said.get("seconds", ""), LEAST_SECONDS, MOST_SECONDS, SECONDS),
    )


def go(chosen: Choice) -> None:
    """Show another choice with the next run."""
    st.query_params.from_dict(chosen.query())


def _whole(text: str, least: int, most: int, usual: int) -> int:
    """A whole number within its limits, else the usual one."""
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 6 else usual
