"""The map: how many, how late, how long, and where people keep asking again."""

from dataclasses import replace

import streamlit as st

from components import state
from components.cache import ask, made
from components.drawing import notices, tables, wording
from components.map import controls, selection
from components.map import layers as map_layers
from components.map import picture as map_picture
from components.map import wording as map_wording
from db.queries.map import districts

view = state.current()
shows, level = controls.question(), controls.level()

st.title("Map")
stretch = controls.switches(view, shows, level)
chosen = replace(view.filters, period=stretch)
if shows == "how_long":
    service_type = controls.one_type(view)
    if service_type is None:
        st.info("Choose one service type in the bar above: medians of different work are never pooled.")
        state.end_page()
    chosen = replace(chosen, service_types=(service_type,))

is_area, is_narrow = level in map_wording.AREAS, selection.is_narrow(chosen)
asked = (chosen, view.as_of, shows, level, controls.finest(shows, is_narrow=is_narrow), map_layers.is_dark())
shown = made(map_picture.picture, *asked)
if shown.is_empty:
    notices.nothing(map_wording.COUNTED[shows], [wording.described(chosen)])
    state.end_page()

counts_sentence = shown.told
st.markdown(f"**{map_wording.QUESTIONS[shows]}.** {map_wording.SENTENCES[shows]} {shown.what}")
selection.way_out(chosen)
key = f"map_{shows}_{level}_{chosen.cell or ''}_{'_'.join((*chosen.districts, *chosen.neighborhoods))}"
picked = map_layers.picked(key) if level != "heat" else None
outline = level if is_area else map_layers.OUTLINE_LEVEL
seen = map_layers.around(shown.located, outline) if is_narrow else map_layers.bounds(outline)
dots = selection.dots(picked, level, shows, chosen, view)
deck = map_layers.deck([*shown.layers, *dots], seen) if dots else made(map_picture.deck, *asked, seen)

picture, side = st.columns([3, 2], gap="medium")
with picture:
    title = f"{map_wording.QUESTIONS[shows]}, {map_wording.LEVELS[level].lower()}"
    alt = f"{title}: {counts_sentence} The table says the same."
    map_layers.draw(deck, key=key, alt=alt)
    if level == "heat":
        st.caption(map_wording.heat_legend(is_dark=map_layers.is_dark()))
    else:
        map_wording.legend(shown.found, shows)
        counts_sentence = map_wording.calm(shown.frame, shows) + counts_sentence
    st.caption(
        counts_sentence
        + map_wording.mostly_grey(shown.frame)
        + (f" {map_layers.APPROXIMATE}" if shown.is_approximate else "")
    )
    if map_layers.with_streets():
        st.caption(map_layers.STREETS_BY)
if picked is not None:
    with side:
        selection.beside(picked, level, shows, chosen, shown.frame)

with side if picked is None else st.container():
    st.subheader("The same as a table")
    alt, height = f"{map_wording.QUESTIONS[shows]} as a table", map_layers.list_height(len(shown.twin.frame))
    row = tables.opening(shown.twin, key=f"twin_{level}", alt=alt, height=height)
    if row is not None and (target := selection.narrowed(row.to_dict(), level)) is not None:
        state.go("queue", target.link)
    st.caption("Highest first. Choose a row to open the queue of that place; click the map to see its requests here.")
    lines = tables.header("Map", view, [map_wording.FIGURES[shows]], uses_period=True)
    tables.download("map", lambda: shown.twin.frame, [*lines, f"Period: {stretch.describe()}", counts_sentence])

if is_area:
    st.subheader("Is service equal, given a report?")
    speed = ask(districts.speed, chosen, as_of=view.as_of, level=level)
    rows, labels = controls.speed(speed, level)
    tables.table(rows, labels, alt="Speed by district", units=controls.UNITS)
    st.caption(
        "Share closed within 7 days if every district had the whole city's mix of types; slowest first, fewer than "
        "30 requests last. Places differ in how much they report, which this does not see."
    )
    lines = tables.header("Speed by district", view, ["standardised_share"], uses_period=True)
    tables.download("speed", lambda: speed, lines)
