"""One request on paper: all that is known of it, as its page has it."""

from __future__ import annotations

from components import state
from components.cache import ask
from components.drawing.theme import VERDICTS
from components.links import View
from components.paper import parts
from components.paper.blocks import Block, Facts, Heading, Sheet, Text
from components.request import detail
from db.queries.request import requests

PLACE_LABELS = {name: label for name, label in detail.PLACE_LABELS.items() if name not in ("address", "department")}


def build(view: View) -> Sheet:
    number, system = state.param("sr") or _searched(view), state.param("system") or None
    if not number:
        return _sheet("Request", view, [Text("The link names no request.")])
    rows = ask(requests.one, number, as_of=view.as_of, goals=view.filters.goals, source_system=system)
    if rows.empty:
        return _sheet(f"Request {number}", view, [Text("No request has this number at this moment.")])
    request = rows.iloc[0]
    linked = ask(requests.chain, number, as_of=view.as_of, source_system=request["source_system"])
    blocks: list[Block | None] = [
        Text(f"{request['public_name'] or request['service_type']}: {VERDICTS[request['verdict']][0].lower()}."),
        Text(f"{detail.due_sentence(request)} {detail.verdict_sentence(request, view)}"),
        Heading("What and when"),
        Facts(list(detail.what(request, view).items())),
        Heading("Where and who"),
        Facts(list(detail.where(request).items())),
        Heading("History"),
        *_history(number, request["source_system"], view),
    ]
    if len(linked) > 1:
        chain, sentence = detail.chain(linked, request)
        blocks += [Heading("Asked for more than once"), Text(sentence), *parts.table(chain, detail.CHAIN_LABELS)]
    others = ask(requests.same_place, number, as_of=view.as_of, source_system=request["source_system"])
    if len(others):
        blocks += [Heading("Others at this place"), *parts.table(others, PLACE_LABELS)]
    return _sheet(f"Request {request['sr_number']}", view, blocks)


def _searched(view: View) -> str:
    """The one request that a search means, as the page opens it; empty where it means none or several."""
    text = state.param("find")
    matches = ask(requests.search, text, as_of=view.as_of, limit=2) if text else None
    if matches is None or matches.empty or not (len(matches) == 1 or matches["sr_number"].iloc[0] == text):
        return ""
    return str(matches["sr_number"].iloc[0])


def _history(number: str, system: str, view: View) -> list[Block]:
    history = ask(requests.history, number, as_of=view.as_of, source_system=system)
    if history.empty:
        return [Text("The request has not changed between two loads.")]
    return parts.table(history, detail.HISTORY_LABELS)


def _sheet(title: str, view: View, blocks: list[Block | None]) -> Sheet:
    return parts.sheet("request", title, view, blocks, page="request", figures=("verdict",))
