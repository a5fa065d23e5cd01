"""Every service type with its goal, on paper, with room to write what the committee decides."""

from __future__ import annotations

import pandas as pd

from components.goals import table
from components.links import View
from components.paper import parts
from components.paper.blocks import Block, Column, Sheet, Table, Text

WEIGHTS = {
    "service_type": 2.2,
    "department_name": 1.5,
    "goal": 1.4,
    "basis_words": 1.3,
    "median": 1.1,
    "p90": 1.1,
    "work_median": 1.1,
    "since": 0.8,
}


def build(view: View) -> Sheet:
    types = table.goal_types(view)
    labels = {
        name: label for name, label in table.LABELS.items() if name in types and name not in _uniform_columns(types)
    }
    blocks: list[Block | None] = [
        Text(table.counts(types)) if len(types) else None,
        *(_with_room(block) for block in parts.table(types, labels, weights=WEIGHTS, helps=table.HELPS)),
        Text(
            f"Volume, time to close and kept: {view.period.describe()}. Kept is against the goal in force of each "
            "type; only a published one is a promise. Time to close counts open requests as not closed yet.",
            is_quiet=True,
        ),
    ]
    return parts.sheet(
        "goals",
        "Goals",
        view,
        blocks,
        page="goals",
        figures=("goal_basis", "compliance"),
        uses_period=True,
        is_landscape=True,
    )


def _uniform_columns(types: pd.DataFrame) -> set[str]:
    """Columns with the same text in every row that has one: they would only take room from the decision."""
    return {name for name in ("since", "department_name") if types[name].nunique() < 2 < len(types)}


def _with_room(block: Block) -> Block:
    """The table with a column to write a decision in."""
    if not isinstance(block, Table):
        return block
    return Table([*block.columns, Column("Decision", weight=1.5, is_blank=True)], block.rows)
