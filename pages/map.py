"""The map: how many, how late, how long, and where people keep asking again."""

from dataclasses import replace

import streamlit as st

from components import filters, map_choices, map_words, maps, notices, state, tables
from components.cache import ask

view = state.current()
shows, level = map_choices.question(), map_choices.level()

st.title("Map")
st.caption(notices.plain(filters.sentence(view)))
map_choices.switches(shows, level)
stretch = map_choices.month(view)
chosen = replace(view.filters, period=stretch)
if shows == "how_long":
    service_type = map_choices.one_type(view)
    if service_type is None:
        st.info("Choose one service type in the bar above: medians of different work are never pooled.")
        st.stop()
    chosen = replace(chosen, service_types=(service_type,))

moment = {"as_of": view.as_of, "shows": shows}
located = ask("places.located", chosen, **moment).iloc[0].to_dict()
is_area = level in ("council_district", "neighborhood_council")
frame = ask("places.districts", chosen, level=level, **moment) if is_area else ask("places.cells", chosen, **moment)
if frame.empty and not located["request_count"]:
    notices.nothing(map_words.COUNTED[shows], [notices.plain(chosen.describe())])
    st.stop()

told = map_words.told(located, shows)
st.markdown(f"**{map_words.QUESTIONS[shows]}.** {map_words.SENTENCES[shows]} {map_choices.what(chosen, shows)}")
found = map_words.classes(frame["value"].where(~frame["is_small"]), is_dark=maps.is_dark())
shapes, is_approximate = maps.districts(level if is_area else maps.OUTLINE_LEVEL)
if is_area:
    layers = [maps.areas(shapes, frame, shows, found)]
elif level == "heat":
    layers = [maps.heat(frame, shows), *maps.outlines(shapes)]
else:
    layers = [maps.hexagons(frame, shows, found), *maps.outlines(shapes)]
if located["point_count"] < maps.FEW and shows != "how_long":
    layers.append(maps.dots(ask("places.points", chosen, **moment)))

picture, side = st.columns([3, 2], gap="medium")
with picture:
    alt = f"{map_words.QUESTIONS[shows]}, {map_words.LEVELS[level].lower()}: {told} The table below says the same."
    picked = maps.draw(layers, maps.bounds(), key=f"map_{shows}_{level}", alt=alt)
    if level == "heat":
        st.caption("Light to dark: few to many, relative to what is in the picture. Hexagons have the numbers.")
    else:
        map_words.legend(found, shows)
    st.caption(told + (f" {maps.APPROXIMATE}" if is_approximate else ""))
with side:
    maps.beside(picked, level, shows, chosen)

st.subheader("The same as a table")
twin, labels = map_choices.twin(frame, shows, is_area=is_area)
row = tables.opening_table(twin, labels, key=f"twin_{level}", alt=f"{map_words.QUESTIONS[shows]} as a table")
if row is not None and (target := maps.narrowed(row.to_dict(), level)) is not None:
    state.go("queue", target.link)
st.caption("Choose a row to open the queue of that place.")
lines = tables.header("Map", view, [map_words.FIGURES[shows]], uses_period=True)
tables.download("map", lambda: twin, [*lines, f"Period: {stretch.describe()}", told])

if is_area:
    st.subheader("Is service equal, given a report?")
    speed = ask("districts.speed", chosen, as_of=view.as_of, level=level)
    tables.table(
        speed, map_choices.SPEED_LABELS, alt="Speed by district", helps={"standardised_share": "standardised_share"}
    )
    st.caption(
        "Share closed within 7 days if every district had the whole city's mix of types; slowest first, fewer than "
        "30 requests last. Places differ in how much they report, which this does not see."
    )
    lines = tables.header("Speed by district", view, ["standardised_share"], uses_period=True)
    tables.download("speed", lambda: speed, lines)
