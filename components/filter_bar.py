"""The filter bar: what the reader can choose, each choice written to the URL as soon as it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal

import streamlit as st

from components import state
from components.drawing import wording
from components.drawing.notices import plain
from components.links import LISTS, NAMES, Options, View, fiscal_years, range_key
from db.model.filters import PERIODS, Period

BAR = (("department", "Department"), ("type", "Type"), ("district", "District"))
MORE = (("channel", "Channel"), ("neighborhood", "Neighborhood council"))
FROM_LINKS = {"yard": "Yard", "street": "Street", "place": "Place", "cell": "Map cell"}
POPULATION_WORDS = {"residents": "Residents only", "eligible": "With the city's own crews"}
GOALS_WORDS = {"promises": "Promises only", "working": "All working goals"}


@st.fragment
def bar(view: View, options: Options) -> None:
    """One row of choices, each named by what it holds; on a narrow screen they wrap.

    A choice is sent only once its reader opens it, which draws this row again and nothing else.
    """
    state.draw_page_if_due()
    with st.container(horizontal=True, key="filter_bar", gap="small"):
        for name, label in BAR:
            _list_choice(name, options.district_label if name == "district" else label, view, options)
        _period_choice(view, options)
        _more(view, options)
        _from_links(view)
        if _is_narrowed(view):
            st.button("Clear", key="clear_filters", icon=":material/filter_alt_off:", on_click=_clear, type="tertiary")


def sentence(view: View) -> str:
    """What the bar holds, in one line below it."""
    population = (
        "" if view.filters.population == "residents" else " Requests reported by the city's own crews included."
    )
    words = wording.described(view.filters.without_period())
    return f"{words[0].upper()}{words[1:]}.{population}"


def chosen(view: View, *, uses_period: bool = False) -> list[str]:
    """What was chosen, in words, for an empty page: "Department: Street Services", "Residents only"."""
    options = state.options()
    labels = {**dict(BAR), **dict(MORE), **FROM_LINKS, "district": options.district_label}
    values = {name: getattr(view.filters, LISTS.get(name, name)) for name in labels}
    found = [f"{labels[name]}: {_value_words(name, value, options)}" for name, value in values.items() if value]
    found += [POPULATION_WORDS[view.filters.population], GOALS_WORDS[view.filters.goals]]
    return [*found, view.period.describe()] if uses_period else found


def _value_words(name: str, value: str | int | tuple[str, ...], options: Options) -> str:
    if isinstance(value, int):
        return f"{value:x}"
    known = options.lists.get(name, {})
    values = (value,) if isinstance(value, str) else value
    return ", ".join(wording.listed([known.get(one, one) for one in values]))


def _list_choice(name: str, label: str, view: View, options: Options) -> None:
    chosen = list(getattr(view.filters, LISTS[name]))
    known = options.lists.get(name, {})
    summary = _summary(label, [known.get(value, value) for value in chosen])
    choice = popover(f"popover_{name}", summary)
    if choice.open:
        with choice:
            _multiselect(name, label, chosen, options)


def popover(key: str, label: str, icon: str | None = None) -> Any:
    """A button that opens a choice. It stays open while its label changes, which makes it another one to Streamlit."""
    state.seed(key, bool(state.value(key)))
    return st.popover(label, key=key, icon=icon, on_change="rerun")


def _multiselect(name: str, label: str, chosen: list[str], options: Options) -> None:
    known = options.lists.get(name, {})
    key = f"choose_{name}"
    state.seed(key, chosen)
    st.multiselect(
        label,
        list(known),
        format_func=lambda value: known.get(value, value),
        key=key,
        placeholder="All",
        select_all=False,  # Enter takes the first match
        on_change=_take,
        args=(name,),
        width=320,
    )


def _period_choice(view: View, options: Options) -> None:
    names = {**PERIODS, **fiscal_years(options)}
    stretch = view.period
    label = names.get(view.period_key, stretch.describe())
    choice = popover("popover_period", label, ":material/date_range:")
    if not choice.open:
        return
    with choice:
        state.seed("choose_period", view.period_key if view.period_key in names else None)
        st.radio(
            "Period",
            list(names),
            index=None,
            format_func=lambda key: names.get(key, key),
            key="choose_period",
            on_change=_take,
            args=("period",),
        )
        days = (stretch.start, stretch.end - timedelta(days=1))
        key = f"choose_days_{range_key(stretch)}"  # another key for each period: a widget keeps its value by its key
        st.date_input("Or from and to", days, key=key, on_change=_take_days, args=(key,), format="YYYY-MM-DD")
        st.caption("Figures of a moment, like the backlog, do not use the period.")


def _more(view: View, options: Options) -> None:
    choice = popover("popover_more", "More", ":material/tune:")
    if not choice.open:
        return
    with choice:
        for name, label in MORE:
            if options.lists.get(name):
                _multiselect(name, label, list(getattr(view.filters, LISTS[name])), options)
        switch("population", "Whose requests", POPULATION_WORDS, view.filters.population, _take)
        switch("goals", "Measured against", GOALS_WORDS, view.filters.goals, _take)
        _as_of_choice(view, options)


def switch(
    name: str,
    label: str,
    words: dict[str, str],
    chosen: str,
    take: Callable[..., None],
    *,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """One of a few `words`, shown as chosen; `take` is called with the name when the reader changes it."""
    key = f"choose_{name}"
    state.seed(key, chosen)
    st.segmented_control(
        label,
        list(words),
        format_func=lambda value: words.get(value, value),
        key=key,
        required=True,
        label_visibility=label_visibility,
        on_change=take,
        args=(name,),
    )


def _as_of_choice(view: View, options: Options) -> None:
    state.seed("choose_as_of", None if view.is_live else view.as_of)
    latest = max(options.now, options.default_as_of)
    st.datetime_input(
        "As of (empty: the newest data)",
        value=None,
        key="choose_as_of",
        min_value=datetime.combine(options.first_day, datetime.min.time()) if options.first_day else None,
        max_value=latest.replace(hour=23, minute=59),
        on_change=_take,
        args=("as_of",),
        format="YYYY-MM-DD",
    )
    st.button("Reset to now", key="reset_as_of", on_click=_choose, kwargs={"as_of": None}, disabled=view.is_live)


def _from_links(view: View) -> None:
    """Choices that only a link can make, each with a way to drop it."""
    for name, label in FROM_LINKS.items():
        value = getattr(view.filters, LISTS.get(name, name))
        if value:
            st.button(
                f"{label}: {plain(_value_words(name, value, state.options()))}",
                key=f"drop_{name}",
                icon=":material/close:",
                help=f"Drop this {label.lower()}",
                on_click=_choose,
                kwargs={name: None},
            )


def _is_narrowed(view: View) -> bool:
    return any(name in NAMES for name in state.params())


def _summary(label: str, values: list[str]) -> str:
    if not values:
        return f"{label}: all"
    return f"{label}: {plain(values[0])}" if len(values) == 1 else f"{label}: {len(values)} chosen"


def _choose(**changes: object) -> None:
    state.choose(**changes)
    state.need_page()


def _clear() -> None:
    state.clear()
    state.need_page()


def _take(name: str) -> None:
    _choose(**{name: state.value(f"choose_{name}")})


def _take_days(key: str) -> None:
    days: tuple[date, ...] = tuple(state.value(key) or ())
    if len(days) == 2:
        _choose(period=range_key(Period("", days[0], days[1] + timedelta(days=1))))
