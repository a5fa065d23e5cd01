"""What the reader chose and what the session remembers: the only `st.session_state` and `st.query_params`.

The URL is the one truth about the view: each run reads it (`components/links.py`), the filter bar writes to it, and
every link inside the desk carries it. The session holds only what a link should not: a search just typed,
which row was opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import streamlit as st

from components import run
from components.links import NAMES, Options, View, change, parse
from components.page_params import PageParams

VIEW = "desk_view"
OPTIONS = "desk_options"
PAGES = "desk_pages"
PROBLEMS = "desk_problems"
PAGE_IS_DUE = "desk_page_is_due"


@dataclass(frozen=True)
class _Link:
    """A link read outside a session, as for a sheet of paper: its view stands where a session's would."""

    params: Mapping[str, Sequence[str]]
    options: Options
    view: View
    problems: list[str] = field(default_factory=list)


_LINK: ContextVar[_Link | None] = ContextVar("desk_link", default=None)


class PageEnded(Exception):
    """Ends a page that has nothing more to draw; the frame goes on."""


def end_page() -> NoReturn:
    """End the page here, as where there is nothing to show. `st.stop` would end the frame too, with its notices."""
    raise PageEnded


def now(zone: str) -> datetime:
    """The city's clock on the wall, without zone: of the minute in which this run began."""
    return run.current().now(zone)


def begin(options: Options, own_names: Collection[str]) -> View:
    """Read the view from the URL for this run and keep it for `current`. `own_names`: of all pages."""
    view = parse(params(), options, own_names)
    st.session_state[PROBLEMS] = []
    st.session_state[PAGE_IS_DUE] = False
    st.session_state[VIEW] = view
    st.session_state[OPTIONS] = options
    return view


@contextmanager
def of_link(params: Mapping[str, Sequence[str]], options: Options, own_names: Collection[str]) -> Iterator[View]:
    """Read a link where there is no session: within, `current`, `options` and `page_params` are of that link.

    Only of the thread that entered. Nothing within may draw or write to the URL.
    """
    read = _Link(params, options, parse(params, options, own_names))
    token = _LINK.set(read)
    try:
        yield read.view
    finally:
        _LINK.reset(token)


def current() -> View:
    """The view of this run."""
    if read := _LINK.get():
        return read.view
    view: View = st.session_state[VIEW]
    return view


def options() -> Options:
    """What can be chosen in this run."""
    if read := _LINK.get():
        return read.options
    options_of_run: Options = st.session_state[OPTIONS]
    return options_of_run


def drawn_for() -> tuple[Any, ...]:
    """What a part of a page may depend on besides the data and its arguments: the view, its links, and the theme."""
    choices = options()
    return current(), choices.default_goals, choices.district_label, str(st.context.theme.type)


def params() -> dict[str, list[str]]:
    """Every name in the URL with its values."""
    if read := _LINK.get():
        return {name: list(values) for name, values in read.params.items()}
    return {name: st.query_params.get_all(name) for name in st.query_params}


def page_params() -> PageParams:
    """The page's own names in the URL, read as values; what cannot be read is in one list for the whole run."""
    if read := _LINK.get():
        return PageParams(read.params, read.problems)
    return PageParams(params(), st.session_state.setdefault(PROBLEMS, []))


def param(name: str, default: str = "") -> str:
    """One of a page's own names in the URL: a text, `default` where absent."""
    return page_params().text(name, default)


def set_params(**values: str | None) -> None:
    """Set a page's own names in the URL; an empty value clears the name."""
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def choose(**changes: object) -> None:
    """Set names of the view in the URL, the other names kept; takes effect with the next run."""
    view_params = change(current(), options(), **changes)
    others = {name: values for name, values in params().items() if name not in NAMES}
    st.query_params.from_dict({**others, **view_params})


def need_page() -> None:
    """Note that what was just chosen in a fragment changes the whole page, see `draw_page_if_due`."""
    st.session_state[PAGE_IS_DUE] = True


def draw_page_if_due() -> None:
    """Begin the whole page again where `need_page` was called since it last began. A fragment calls this first."""
    if st.session_state.get(PAGE_IS_DUE):
        st.rerun()


def clear() -> None:
    """Back to the view without any choice; what the page itself keeps in the URL stays."""
    st.query_params.from_dict({name: values for name, values in params().items() if name not in NAMES})


def link(changes: Mapping[str, object] | None = None, **own: str) -> dict[str, list[str]]:
    """What a link inside the desk carries: this view, with `changes`, and the target page's own names."""
    return {**change(current(), options(), **dict(changes or {})), **{name: [value] for name, value in own.items()}}


def register(pages: Mapping[str, Any]) -> None:
    """The pages of this run by name, for `go` and for links."""
    st.session_state[PAGES] = dict(pages)


def page(name: str) -> Any:
    """One registered page, to hand to `st.page_link`. Raises KeyError that lists the known ones."""
    pages: dict[str, Any] = st.session_state[PAGES]
    if name not in pages:
        raise KeyError(f'page "{name}" is not in the menu; known: {", ".join(pages)}')
    return pages[name]


def go(name: str, changes: Mapping[str, object] | None = None, **own: str) -> None:
    """Switch to a page with this view, `changes` to it, and the page's own names.

    Streamlit writes the names into the link of the page that is left before it moves on: the browser's way back leads
    there first, and once more to the page as it was.
    """
    st.switch_page(page(name), query_params=link(changes, **own))


def seed(key: str, value: Any) -> None:
    """Make a widget show what the URL says.

    In every run, also when it already does: a widget in a closed popover is told only the value of the run in which
    it is opened.
    """
    st.session_state[key] = value


def window_width() -> int | None:
    """How many pixels wide the reader's window was when this session began; None where that is not known."""
    width = st.context.cookies.get("desk_width", "")
    return min(max(int(width), 320), 8000) if width.isdecimal() and len(width) < 6 else None


def is_apple() -> bool:
    """Whether the reader's device is one of Apple's phones or tablets, by what its browser says of itself."""
    agent = st.context.headers.get("User-Agent") or ""
    return any(name in agent for name in ("iPhone", "iPad"))


def value(key: str) -> Any:
    """What a widget holds."""
    return st.session_state.get(key)


def selection_key(key: str) -> str:
    """The key of a widget, another one after each `clear_selection`.

    A table keeps its selection by its key: with the same key, the row that was opened would open again in the next run.
    """
    return f"{key}_{st.session_state.get(f'turn_{key}', 0)}"


def clear_selection(key: str) -> None:
    """Let the widget start without a selection in the next run."""
    name = f"turn_{key}"
    st.session_state[name] = st.session_state.get(name, 0) + 1


def submit(key: str) -> None:
    """Set aside what was typed into a box, to be acted on once, and empty the box."""
    st.session_state[f"submitted_{key}"] = str(st.session_state.get(key) or "").strip()
    st.session_state[key] = ""


def submitted(key: str) -> str:
    """What was typed and not yet acted on; gone once asked for."""
    return str(st.session_state.pop(f"submitted_{key}", ""))
