"""The map: how many, how late, how long, and where people keep asking again."""

from dataclasses import replace

import streamlit as st

from components import state
from components.cache import ask
from components.drawing import notices, tables, wording
from components.map import classes, controls, selection
from components.map import layers as map_layers
from components.map import wording as map_wording
from db.queries.map import cells, districts

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

located = ask(cells.located, chosen, as_of=view.as_of, shows=shows).to_dict("records")[0]
is_area, is_narrow = level in map_wording.AREAS, selection.is_narrow(chosen)
if is_area:
    frame = ask(cells.districts, chosen, level=level, as_of=view.as_of, shows=shows)
else:
    frame = ask(cells.cells, chosen, finest=controls.finest(shows, is_narrow=is_narrow), as_of=view.as_of, shows=shows)
frame = map_wording.with_places(frame, level)
if frame.empty and not located["request_count"]:
    notices.nothing(map_wording.COUNTED[shows], [wording.described(chosen)])
    state.end_page()

counts_sentence = map_wording.told(located, shows)
which = controls.what(chosen, shows, frame)
st.markdown(f"**{map_wording.QUESTIONS[shows]}.** {map_wording.SENTENCES[shows]} {which}")
selection.way_out(chosen)
key = f"map_{shows}_{level}_{chosen.cell or ''}_{'_'.join((*chosen.districts, *chosen.neighborhoods))}"
picked = map_layers.picked(key) if level != "heat" else None
place_classes = classes.classes(frame, shows, is_dark=map_layers.is_dark())
outline = level if is_area else map_layers.OUTLINE_LEVEL
shapes, is_approximate = map_layers.districts(outline)
if is_area:
    layers = [map_layers.areas(shapes, frame, shows, place_classes), *map_layers.labels(shapes)]
else:
    surface = map_layers.heat(frame, shows) if level == "heat" else map_layers.hexagons(frame, shows, place_classes)
    layers = [surface, *map_layers.outlines(shapes)]
layers += selection.dots(picked, level, shows, chosen, view)

picture, side = st.columns([3, 2], gap="medium")
with picture:
    title = f"{map_wording.QUESTIONS[shows]}, {map_wording.LEVELS[level].lower()}"
    alt = f"{title}: {counts_sentence} The table says the same."
    seen = map_layers.around(located, outline) if is_narrow else map_layers.bounds(outline)
    map_layers.draw(layers, seen, key=key, alt=alt)
    if level == "heat":
        st.caption(map_wording.heat_legend(is_dark=map_layers.is_dark()))
    else:
        map_wording.legend(place_classes, shows)
        counts_sentence = map_wording.calm(frame, shows) + counts_sentence
    st.caption(
        counts_sentence + map_wording.mostly_grey(frame) + (f" {map_layers.APPROXIMATE}" if is_approximate else "")
    )
    if map_layers.with_streets():
        st.caption(map_layers.STREETS_BY)
if picked is not None:
    with side:
        selection.beside(picked, level, shows, chosen, frame)

with side if picked is None else st.container():
    st.subheader("The same as a table")
    twin, labels = controls.twin(frame.assign(against=classes.against(place_classes)), shows, level)
    alt, height = f"{map_wording.QUESTIONS[shows]} as a table", map_layers.list_height(len(twin))
    row = tables.opening_table(twin, labels, key=f"twin_{level}", alt=alt, units=controls.UNITS, height=height)
    if row is not None and (target := selection.narrowed(row.to_dict(), level)) is not None:
        state.go("queue", target.link)
    st.caption("Highest first. Choose a row to open the queue of that place; click the map to see its requests here.")
    lines = tables.header("Map", view, [map_wording.FIGURES[shows]], uses_period=True)
    tables.download("map", lambda: twin, [*lines, f"Period: {stretch.describe()}", counts_sentence])

if is_area:
    st.subheader("Is service equal, given a report?")
    speed = ask(districts.speed, chosen, as_of=view.as_of, level=level)
    shown, labels = controls.speed(speed, level)
    tables.table(shown, labels, alt="Speed by district", units=controls.UNITS)
    st.caption(
        "Share closed within 7 days if every district had the whole city's mix of types; slowest first, fewer than "
        "30 requests last. Places differ in how much they report, which this does not see."
    )
    lines = tables.header("Speed by district", view, ["standardised_share"], uses_period=True)
    tables.download("speed", lambda: speed, lines)
