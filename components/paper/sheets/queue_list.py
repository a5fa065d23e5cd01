"""The queue on paper: one list of it in the order to work them, and why; today's plan ends where today ends."""

from __future__ import annotations

import pandas as pd

from components import state
from components.links import View
from components.paper import parts
from components.paper.blocks import MOST_ROWS, Block, Sheet, Text, cut
from components.queue import lanes, listing, snapshot, table
from db.queries.queue import stops
from db.rules.triage.plan import Lane

LABELS = {
    "due_at": "Due",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "again": "Asked again",
    "sr_number": "Request",
}
NOT_HERE = {
    Lane.DANGER: "dangers",
    Lane.CAN_BE_KEPT: "that can still be kept",
    Lane.LATE: "late",
    Lane.CHECK_EXISTS: "to be looked for",
}


def build(view: View) -> Sheet:
    lane = state.page_params().choice("lane", lanes.LANES, lanes.TODAY)
    queue = snapshot.made(view)
    is_today = lane == lanes.TODAY
    rows = queue.ranked.head(queue.today_count) if is_today else listing.in_lane(queue, lane)
    shown = listing.detailed(queue, rows.head(MOST_ROWS).reset_index(drop=True))
    shown["again"] = shown["is_asked_again"].map({True: "yes", False: ""})
    shown["address"] = table.addresses(shown["address"])
    labels = (
        LABELS if shown["is_asked_again"].any() else {name: label for name, label in LABELS.items() if name != "again"}
    )
    small = {"service_type": "department"} if shown["department"].nunique() > 1 else {}
    sentence = (
        f"{len(rows):,} of {len(queue.ranked):,} open stops fit into today."
        if is_today
        else f"{len(rows):,} open stop{'' if len(rows) == 1 else 's'}."
    )
    blocks: list[Block | None] = [Text(sentence), *parts.table(shown, labels, small=small)]
    blocks.append(Text(cut(len(rows)), is_quiet=True) if len(rows) > MOST_ROWS else None)
    blocks.append(Text(_end_of_today(queue.ranked.iloc[queue.today_count :])) if is_today else None)
    title = f"Queue: {lanes.LANES[lane].lower()}"
    return parts.sheet("queue", title, view, blocks, page="queue", figures=("due_at", "plan_count"), is_landscape=True)


def _end_of_today(after: pd.DataFrame) -> str:
    """Where today ends, and what of the queue is not on this sheet: its other lists are sheets of their own."""
    counts = stops.lane_counts(after)
    on_other_sheets = [f"{counts[lane]:,} {words}" for lane, words in NOT_HERE.items() if counts[lane]]
    if not on_other_sheets:
        return "Today ends here. Nothing else is open."
    return f"Today ends here. Not on this sheet: {', '.join(on_other_sheets)}."
