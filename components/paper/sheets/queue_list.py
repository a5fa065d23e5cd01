"""The queue on paper: open requests in the order to work them, and why."""

from __future__ import annotations

from components import state
from components.cache import ask
from components.links import View
from components.paper import parts
from components.paper.blocks import MOST_ROWS, Block, Sheet, Text, cut
from components.queue import listing, snapshot, table
from db.queries.queue import triage

LABELS = {
    "due_at": "Due",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "asked_count": "Asked again",
    "sr_number": "Request",
}
WEIGHTS = {"why": 2.6, "service_type": 1.5, "address": 1.9, "sr_number": 0}


def build(view: View) -> Sheet:
    own = state.page_params()
    lane = own.choice("lane", snapshot.LANES, listing.FIRST["lane"])
    order = own.choice("order", listing.ORDERS, listing.FIRST["order"])
    ranked = snapshot.ranking(view)
    rows = triage.page_of(ranked, lane=lane, order=order, limit=MOST_ROWS)
    keys = triage.keys_of(rows) if len(rows) <= table.PAGE_ROWS else None  # None: of every open request
    found = triage.detailed(rows, ask(triage.details, keys, as_of=view.as_of), view.as_of)
    count = triage.lane_counts(ranked)[lane]
    found["asked_count"] = found["asked_count"].where(found["asked_count"] > 0)
    small = {"service_type": "department"} if found["department"].nunique() > 1 else {}
    blocks: list[Block | None] = [
        Text(f"{count:,} requests, {listing.ORDER_WORDS[order]}."),
        *parts.table(found, LABELS, weights=WEIGHTS, small=small),
        Text(cut(count), is_quiet=True) if count > MOST_ROWS else None,
    ]
    title = f"Queue: {snapshot.LANES[lane].lower()}"
    figures = ("due_at", "why", "asked_count", "points")
    return parts.sheet("queue", title, view, blocks, page="queue", figures=figures, is_landscape=True)
