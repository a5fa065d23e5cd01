"""Compliance on paper: who keeps the promise and who does not, and what changed."""

from __future__ import annotations

import pandas as pd

from components.cache import ask
from components.compliance import charts, figures, ranking
from components.drawing.tiles import kept_name, percent
from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Figures, Heading, Picture, Sheet, Text
from db.queries.compliance import rates

LABELS = {name: label for name, label in ranking.LABELS.items() if name != "weeks_series"}
WEIGHTS = {"name": 2.0}
ROW_SCALE = 0.65  # rows of a chart stand closer on paper
FIGURES = ("compliance", "closed_only_share", "left_after_due_count", "work_done_on_time_share", "with_goal_share")


def build(view: View) -> Sheet:
    counts = ask(rates.counts, view.filters, as_of=view.as_of)
    found = ask(rates.summary, view.filters, using=counts, as_of=view.as_of).iloc[0]
    by = ranking.grouping(view)
    standings = ranking.standings(view, counts, by)
    blocks: list[Block | None] = [
        _figures(view, found),
        Text(figures.caption(view, found).replace("\\", ""), is_quiet=True),
        *_ranking(view, standings, by, found),
        *_weekly(view, counts, found),
        Heading("Against earlier"),
        *parts.table(figures.changes(view, counts, found), figures.CHANGE_LABELS),
        Text("In percentage points. Did better and got other work add up to the change.", is_quiet=True),
    ]
    title = "Compliance"
    return parts.sheet(
        "compliance", title, view, blocks, page="compliance", figures=[*FIGURES, "overdue_count"], uses_period=True
    )


def _figures(view: View, found: pd.Series) -> Figures:
    due, closed = int(found["due_count"]), int(found["closed_count"])
    return Figures(
        [
            parts.figure("compliance", percent(found["compliance"]), f"of {due:,} due", name=kept_name(view)),
            parts.figure("closed_only_share", percent(found["closed_only_share"]), f"of {closed:,} closed"),
            parts.figure("left_after_due_count", found["left_after_due_count"]),
            parts.figure("work_done_on_time_share", percent(found["work_done_on_time_share"]), f"of {due:,} due"),
            parts.figure("with_goal_share", percent(found["with_goal_share"])),
        ]
    )


def _ranking(view: View, standings: pd.DataFrame, by: str, found: pd.Series) -> list[Block]:
    heading = Heading(ranking.heading(by, view).replace("\\", ""))
    labels = {**LABELS, "name": ranking.WORDS[by].capitalize()}
    rows = parts.table(standings, labels, weights=WEIGHTS, helps=ranking.HELPS)
    if not found["due_count"]:
        return [heading, Text("Nothing was due in this period: no data, which is not 100%."), *rows]
    drawn = standings[standings["due_count"] > 0]
    worst = drawn.iloc[0]
    alt = (
        f"Share of due requests closed in time by {ranking.WORDS[by]}, with 95% intervals; "
        f"all {percent(found['compliance'])}, lowest {worst['name']} with {percent(worst['compliance'])}"
    )
    spec = ranking.chart(standings, found["compliance"], ranking.target())
    caption = (
        "Lowest first, with the number due. Whiskers: what chance alone could make of it. Grey: fewer than 30 due, not "
        "ranked. In brackets after a rank: the neighbours that are about the same."
    )
    return [heading, Picture(drawing.chart(spec, height=round(ROW_SCALE * spec["height"])), alt, caption), *rows]


def _weekly(view: View, counts: pd.DataFrame, found: pd.Series) -> list[Block]:
    weeks = charts.by_week(ask(rates.by, view.filters, by="week", as_of=view.as_of), view)
    weeks = weeks[weeks["is_whole"]].reset_index(drop=True)
    if not charts.can_be_drawn(weeks):
        return []
    alt = "Share closed by their due date by the week they were due, and share of closings on time, by week"
    caption = "Whole weeks with at least 30. An open overdue request pulls down Kept, never the other line."
    picture = Picture(drawing.chart(charts.trend(weeks, found["gap_points"]), height=150), alt, caption)
    return [Heading("By week"), picture]
