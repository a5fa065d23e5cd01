"""From a link to a sheet: the same for the web route and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components import cache, menu, state
from components.options import options_of
from components.paper import engine
from components.paper.blocks import Sheet
from components.paper.parts import SHEET_NAMES
from components.paper.sheets import SHEETS
from db.rules.errors import DeskError


class NothingToPrintError(DeskError):
    """There is no such sheet, or nothing was loaded yet; the message says what to do."""


def build(name: str, params: Mapping[str, Sequence[str]]) -> Sheet:
    """The sheet of this name for a link; all of it from one version of the data and one moment.

    Raises NothingToPrintError, and DatabaseAwayError where the database is away and nothing was answered before.
    """
    if name not in SHEETS:
        raise NothingToPrintError(f'there is no sheet "{name}"; there are: {", ".join(SHEETS)}')
    with cache.one():
        if cache.is_empty():
            raise NothingToPrintError('there is no request yet: run "python -m db load FILE" or "python -m db demo"')
        city = cache.city()
        options = options_of(city, state.now(city.profile.time_zone))
        with state.of_link(params, options, {*menu.OWN_NAMES, *SHEET_NAMES}) as view:
            return SHEETS[name].build(view)


def departments() -> list[str]:
    """Every department that a sheet can be about, by its code."""
    with cache.one():
        if cache.is_empty():
            raise NothingToPrintError('there is no request yet: run "python -m db load FILE" or "python -m db demo"')
        city = cache.city()
        return list(options_of(city, state.now(city.profile.time_zone)).lists.get("department", {}))


def pdf(sheet: Sheet, params: Mapping[str, Sequence[str]], usual: str, desk_url: str = "") -> bytes:
    """The sheet on the paper that the link asks for as `paper`, else on the `usual` one."""
    paper = (list(params.get("paper", ())) or [usual])[-1].lower()
    if paper not in engine.PAPERS:
        raise NothingToPrintError(f'paper "{paper}" is not one of {", ".join(engine.PAPERS)}')
    return engine.pdf(sheet, paper=paper, desk_url=desk_url)
