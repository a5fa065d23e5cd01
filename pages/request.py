"""All that is known of one request; or, after a search, the requests that match."""

import streamlit as st

from components import state
from components.cache import ask
from components.drawing import notices, tables
from components.request import detail
from db.queries.request import requests

FOUND_ROWS = 20

view = state.current()
number, text = state.param("sr"), state.param("find")
matches = ask(requests.search, text, as_of=view.as_of, limit=FOUND_ROWS + 1) if text and not number else None
if matches is not None and (len(matches) == 1 or (len(matches) and matches["sr_number"].iloc[0] == text)):
    number = matches["sr_number"].iloc[0]

if not number:
    st.title("Find a request")
    if not text:
        st.info("Type a request number or an address into the box on the left.", icon=":material/search:")
    elif matches is None or matches.empty:
        st.info(
            f"Nothing matches “{notices.plain(notices.shortened(text))}”: no number begins so, no address holds it.",
            icon=":material/search_off:",
        )
    else:
        is_cut = len(matches) > FOUND_ROWS
        count = f"The newest {FOUND_ROWS} that match" if is_cut else f"{len(matches)} match"
        hint = " Type more to find older ones." if is_cut else ""
        st.caption(f"{count} “{notices.plain(notices.shortened(text))}”, newest first. Choose a row to open it.{hint}")
        matches = matches.head(FOUND_ROWS)
        chosen = tables.opening_table(matches, detail.BRIEF_LABELS, key="found", alt="Requests that match the search")
        if chosen is not None:
            state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])
    state.end_page()

system = state.param("system") or None
rows = ask(requests.one, number, as_of=view.as_of, goals=view.filters.goals, source_system=system)
if rows.empty:
    st.title(f"Request {notices.plain(notices.shortened(number))}")
    st.info(
        f"No request has this number as of {notices.moment(view.as_of)}. It may be newer than that moment, or from "
        "another city.",
        icon=":material/search_off:",
    )
    state.end_page()

request = rows.iloc[0]
st.title(f"Request {notices.plain(request['sr_number'])}")
detail.other_systems(rows)
detail.headline(request)
detail.verdict(request, view)

about, where = st.columns(2, gap="large")
with about:
    st.subheader("What and when")
    detail.listing(detail.what(request, view), alt="What the request is and its moments")
with where:
    st.subheader("Where and who")
    detail.listing(detail.where(request), alt="Where the request is and who must do it")
    detail.city_record(request)

st.subheader("History")
history = ask(requests.history, number, as_of=view.as_of, source_system=request["source_system"])
if history.empty:
    st.caption("The request has not changed between two loads.")
else:
    tables.table(history, detail.HISTORY_LABELS, alt="Changes of the request between loads")

linked = ask(requests.chain, number, as_of=view.as_of, source_system=request["source_system"])
if len(linked) > 1:
    st.subheader("Asked for more than once")
    chain, sentence = detail.chain(linked, request)
    st.caption(f"{sentence} Choose a row to open it.")
    chosen = tables.opening_table(chain, detail.CHAIN_LABELS, key="chain", alt="The chain of repeats, oldest first")
    if chosen is not None:
        state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])

st.subheader("Others at this place")
others = ask(requests.same_place, number, as_of=view.as_of, source_system=request["source_system"])
if others.empty:
    st.caption("No other request is known at this place, or the address is no usable place.")
else:
    chosen = tables.opening_table(others, detail.PLACE_LABELS, key="others", alt="Other requests at the same place")
    if chosen is not None:
        state.go("request", sr=chosen["sr_number"], system=chosen["source_system"])
    st.caption("Newest first, residents' and crews' alike, at most 50. Choose a row to open it.")
