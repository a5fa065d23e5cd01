"""The map: how many, how late, how long, and where people keep asking again."""

from dataclasses import replace

import streamlit as st

from components import map_choices, map_places, map_words, maps, notices, state, tables, wording
from components.cache import ask

view = state.current()
shows, level = map_choices.question(), map_choices.level()

st.title("Map")
stretch = map_choices.switches(view, shows, level)
chosen = replace(view.filters, period=stretch)
if shows == "how_long":
    service_type = map_choices.one_type(view)
    if service_type is None:
        st.info("Choose one service type in the bar above: medians of different work are never pooled.")
        st.stop()
    chosen = replace(chosen, service_types=(service_type,))

moment = {"as_of": view.as_of, "shows": shows}
located = ask("places.located", chosen, **moment).to_dict("records")[0]
is_area, is_narrow = level in map_words.AREAS, map_places.is_narrow(chosen)
if is_area:
    frame = ask("places.districts", chosen, level=level, **moment)
else:
    frame = ask("places.cells", chosen, finest=map_choices.finest(shows, is_narrow=is_narrow), **moment)
frame = map_words.with_places(frame, level)
if frame.empty and not located["request_count"]:
    notices.nothing(map_words.COUNTED[shows], [wording.described(chosen)])
    st.stop()

told = map_words.told(located, shows)
what = map_choices.what(chosen, shows, frame)
st.markdown(f"**{map_words.QUESTIONS[shows]}.** {map_words.SENTENCES[shows]} {what}")
map_places.way_out(chosen)
key = f"map_{shows}_{level}_{chosen.cell or ''}_{'_'.join((*chosen.districts, *chosen.neighborhoods))}"
picked = maps.picked(key) if level != "heat" else None
found = map_words.classes(frame["value"].where(~frame["is_small"]), shows, is_dark=maps.is_dark())
shapes, is_approximate = maps.districts(level if is_area else maps.OUTLINE_LEVEL)
if is_area:
    layers = [maps.areas(shapes, frame, shows, found), *maps.labels(shapes)]
else:
    surface = maps.heat(frame, shows) if level == "heat" else maps.hexagons(frame, shows, found)
    layers = [surface, *maps.outlines(shapes)]
layers += map_places.dots(picked, level, shows, chosen, view)

picture, side = st.columns([3, 2], gap="medium")
with picture:
    alt = f"{map_words.QUESTIONS[shows]}, {map_words.LEVELS[level].lower()}: {told} The table says the same."
    maps.draw(layers, maps.around(located) if is_narrow else maps.bounds(), key=key, alt=alt)
    if level == "heat":
        st.caption(map_words.heat_legend(is_dark=maps.is_dark()))
    else:
        map_words.legend(found, shows)
    st.caption(told + map_words.mostly_grey(frame) + (f" {maps.APPROXIMATE}" if is_approximate else ""))
    if maps.with_streets():
        st.caption(maps.STREETS_BY)
if picked is not None:
    with side:
        map_places.beside(picked, level, shows, chosen, frame)

with side if picked is None else st.container():
    st.subheader("The same as a table")
    twin, labels = map_choices.twin(frame, shows, level)
    alt, height = f"{map_words.QUESTIONS[shows]} as a table", maps.list_height(len(twin))
    row = tables.opening_table(twin, labels, key=f"twin_{level}", alt=alt, height=height)
    if row is not None and (target := map_places.narrowed(row.to_dict(), level)) is not None:
        state.go("queue", target.link)
    st.caption("Highest first. Choose a row to open the queue of that place; click the map to see its requests here.")
    lines = tables.header("Map", view, [map_words.FIGURES[shows]], uses_period=True)
    tables.download("map", lambda: twin, [*lines, f"Period: {stretch.describe()}", told])

if is_area:
    st.subheader("Is service equal, given a report?")
    speed = ask("districts.speed", chosen, as_of=view.as_of, level=level)
    shown, labels = map_choices.speed(speed, level)
    tables.table(shown, labels, alt="Speed by district", helps={"standardised_share": "standardised_share"})
    st.caption(
        "Share closed within 7 days if every district had the whole city's mix of types; slowest first, fewer than "
        "30 requests last. Places differ in how much they report, which this does not see."
    )
    lines = tables.header("Speed by district", view, ["standardised_share"], uses_period=True)
    tables.download("speed", lambda: speed, lines)
