"""The kiosk's script: the frame around every public screen. It knows the snapshot and nothing else."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st

from components.kiosk import cache, drawing, figures, sentences, state
from components.kiosk.frame_parts import link
from components.kiosk.language import LANGUAGES, Words, words
from components.kiosk.state import Choice, View
from db.publish.read import Snapshot
from db.settings import KioskSettings

PAGES = Path(__file__).resolve().parents[2] / "pages" / "kiosk"


def run() -> None:
    """Draw the frame and the screen in it."""
    kiosk = state.settings()
    snapshot, trouble = cache.current(kiosk)
    districts = [row["district"] for row in snapshot.tables["districts"]] if snapshot else []
    chosen = state.choice(districts)
    language = words(chosen.lang)
    title = sentences.titles(language)[chosen.screen]
    st.set_page_config(page_title=title, layout="wide", initial_sidebar_state="collapsed")
    page = st.navigation([st.Page(PAGES / f"{chosen.screen}.py", title=title, default=True)], position="hidden")
    if snapshot is None:
        _header(language, chosen, "", title)
        _nothing_yet(language, trouble)
        return
    _header(language, chosen, snapshot.said["city_name"], title)
    _notices(language, snapshot, kiosk, trouble)
    state.begin(View(language, snapshot, chosen, kiosk))
    with st.container(key="kiosk_screen"):
        page.run()
    _foot(language, chosen, snapshot, kiosk)


def _header(words: Words, chosen: Choice, city: str, title: str) -> None:
    """City, screen and languages. A language is changed by a real navigation, so that the page says which it is in."""
    languages = "".join(_language_link(code, name, chosen) for code, name in LANGUAGES.items())
    heading = f'<div><span class="kiosk-city">{escape(city)}</span><h1>{escape(title)}</h1></div>'
    choices = f'<nav aria-label="{escape(words.say("Language"))}">{languages}</nav>'
    st.html(f'<header class="kiosk-header">{heading}{choices}</header>')


def _language_link(code: str, name: str, chosen: Choice) -> str:
    current = ' aria-current="true"' if code == chosen.lang else ""
    address = escape(link(replace(chosen, lang=code)))
    return f'<a href="{address}" lang="{code}" target="_self"{current}>{escape(name)}</a>'


def _nothing_yet(words: Words, trouble: str) -> None:
    """A calm screen where there is no snapshot, or none that can be trusted."""
    if trouble:
        drawing.show(drawing.headline(words.say("The figures cannot be shown at the moment.")))
    else:
        drawing.show(
            drawing.headline(words.say("There are no figures yet.")),
            drawing.sentence(words.say("They appear here by themselves as soon as they are published.")),
        )


def _notices(words: Words, snapshot: Snapshot, kiosk: KioskSettings, trouble: str) -> None:
    """What a visitor must know before the figures: that they are generated, or old."""
    notices = []
    if snapshot.said["source_kind"] == "demo":
        notices.append(words.say("These figures are generated, to try the kiosk out. They are not the city's."))
    published = figures.moment(snapshot, "published_at")
    age = (state.now(snapshot.said["time_zone"]) - published).days
    if age > kiosk.oldest_days or trouble:
        notices.append(
            words.say("These figures are of {day}. Newer ones should be here and are not.", day=words.day(published))
        )
    if notices:
        st.html(f'<p class="kiosk-notice" role="status">{escape(" ".join(notices))}</p>')


def _foot(words: Words, chosen: Choice, snapshot: Snapshot, kiosk: KioskSettings) -> None:
    """Back and forward, the figures' moment, and the code that opens this screen on a phone."""
    moment = words.moment(figures.moment(snapshot, "published_at"))
    figures_of = words.say("Figures of {day}", day=moment)
    code = ""
    if kiosk.address:
        code = drawing.qr(f"{kiosk.address}/{link(chosen)[2:]}", words.say("This screen on your phone"))
    with st.container(key="kiosk_foot", horizontal=True, vertical_alignment="center"):
        st.button(words.say("Back"), key="kiosk_back", on_click=state.go, args=(chosen.other_screen(-1),))
        st.button(words.say("Next"), key="kiosk_next", on_click=state.go, args=(chosen.other_screen(1),))
        st.html(
            f'<div class="kiosk-foot" data-seconds="{chosen.seconds}" data-figures="{escape(moment)}">'
            f"<span>{escape(figures_of)}</span>{code}</div>"
        )


run()
