"""The queue on paper: one lane of it, or today's plan and what comes after it, in the order to work them, and why."""

from __future__ import annotations

from components import state
from components.links import View
from components.paper import parts
from components.paper.blocks import MOST_ROWS, Block, Sheet, Text, cut
from components.queue import lanes, listing, snapshot

LABELS = {
    "due_at": "Due",
    "why": "Why",
    "service_type": "Type",
    "address": "Address",
    "again": "Asked again",
    "sr_number": "Request",
}
WEIGHTS = {"why": 2.6, "service_type": 1.5, "address": 1.9, "again": 0, "sr_number": 0}


def build(view: View) -> Sheet:
    lane = state.page_params().choice("lane", lanes.LANES, lanes.TODAY)
    kept = snapshot.made(view)
    rows = listing.in_lane(kept, lane)
    found = listing.detailed(kept, rows.head(MOST_ROWS).reset_index(drop=True))
    found["again"] = found["is_asked_again"].map({True: "yes", False: ""})
    small = {"service_type": "department"} if found["department"].nunique() > 1 else {}
    is_today, count = lane == lanes.TODAY, kept.today_count
    blocks: list[Block | None] = [Text(_said(len(rows), count, is_today))]
    if is_today:
        blocks += parts.table(found.head(count), LABELS, weights=WEIGHTS, small=small)
        blocks.append(Text("Today ends here."))
        found = found.iloc[count:].reset_index(drop=True)
    blocks += parts.table(found, LABELS, weights=WEIGHTS, small=small)
    blocks.append(Text(cut(len(rows)), is_quiet=True) if len(rows) > MOST_ROWS else None)
    title = f"Queue: {lanes.LANES[lane].lower()}"
    return parts.sheet("queue", title, view, blocks, page="queue", figures=("due_at", "plan_count"), is_landscape=True)


def _said(total: int, today: int, is_today: bool) -> str:
    return f"{today:,} of {total:,} open stops fit into today." if is_today else f"{total:,} open stops."
