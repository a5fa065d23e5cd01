"""The overview on paper, as the first screen says it: who keeps the promise, why not, what would mend it; counts."""

from __future__ import annotations

import pandas as pd

from components.cache import ask
from components.drawing import charts
from components.drawing.tiles import number
from components.links import View
from components.overview import counts, departments, wording
from components.overview.wording import Row
from components.paper import drawing, parts
from components.paper.blocks import Block, Figures, Heading, Picture, Sheet, Text
from db.queries import flow
from db.queries.queue import backlog
from db.rules.triage.moments import due_by

LABELS = {
    "name": "Department",
    "kept": "Kept of those due",
    "changes": "Against",
    "overdue": "Overdue",
    "why": "Why it misses",
    "remedies": "What would mend it",
}
WEIGHTS = {"name": 1.3, "kept": 0.9, "changes": 1.5, "overdue": 1.2, "why": 2.4, "remedies": 2.2}
OTHERS = {name: LABELS[name] for name in ("name", "kept", "overdue", "why")}
FIGURES = ("compliance", "open_count", "overdue_count", "falling_due_count", "opened_today", "closed_today", "inflow")


def build(view: View) -> Sheet:
    rows = departments.rows(view)
    totals = ask(backlog.totals, view.filters, as_of=view.as_of).iloc[0]
    weeks = ask(flow.in_and_out, view.filters, as_of=view.as_of)
    blocks: list[Block | None] = [
        *(_promise(rows, view) if rows else [Text("No request fits what is chosen.")]),
        Heading("Right now"),
        _figures(totals, view),
        *_weekly(weeks, view),
    ]
    return parts.sheet(
        "overview", "Overview", view, blocks, page="", figures=FIGURES, uses_period=True, is_landscape=True
    )


def _promise(rows: list[Row], view: View) -> list[Block]:
    """The sentence of the first screen, a row for each department shown there, then the others."""
    before = wording.before(view)
    said = wording.headline(
        rows, promises=view.filters.goals == "promises", period=wording.stretch(view), chosen=view.filters.departments
    )
    shown, others = departments.listed(rows, view)
    blocks: list[Block] = [Heading(said), Text(wording.city(rows))]
    if shown:
        blocks += parts.table(_frame(shown, before), LABELS, weights=WEIGHTS)
    if others:
        blocks.append(Heading("The other departments" if shown else "The departments"))
        blocks += parts.table(_frame(others, before), OTHERS, weights=WEIGHTS)
    return blocks


def _frame(rows: list[Row], before: str) -> pd.DataFrame:
    """What the first screen says of each department, in words."""
    said = [
        {
            "name": row["name"],
            "kept": _kept(row),
            "changes": wording.changes(row, before) if row["due_count"] else "",
            "overdue": wording.overdue(row),
            "why": wording.why(row) if row["due_count"] else "",
            "remedies": "; ".join(remedy.text for remedy in wording.remedies(row)[:2]),
        }
        for row in rows
    ]
    return pd.DataFrame(said).map(_sentence)


def _kept(row: Row) -> str:
    if not row["has_goal"]:
        return wording.NO_TARGET
    return f"{row['compliance']:.0%} of {row['due_count']:,}" if row["due_count"] else "nothing was due"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(totals: pd.Series, view: View) -> Figures:
    today = [
        parts.figure(key, totals[key], f"normal: {number(totals[f'normal_{key}'])}")
        for key in ("opened_today", "closed_today")
    ]
    tonight = counts.due(view).iloc[0]
    due = parts.figure(
        "falling_due_count", tonight["falling_due_count"], name=f"Due {due_by(tonight['until_at'], view.as_of)}"
    )
    standing = [parts.figure(key, totals[key]) for key in ("open_count", "overdue_count")]
    return Figures([*standing, due, *today])


def _weekly(weeks: pd.DataFrame, view: View) -> list[Block]:
    whole = weeks[weeks["is_complete"]].reset_index(drop=True)
    if not whole[["inflow", "throughput"]].to_numpy().any():
        return []
    series = {"inflow": ("Came in", "main"), "throughput": ("Closed", "good")}
    spec = charts.lines(whole, "week_start", series, unit="requests")
    last = whole.iloc[-1]
    alt = (
        "Requests that came in and requests that were closed, by week; in the last whole week "
        f"{last['inflow']:,} and {last['throughput']:,}"
    )
    caption = (
        f"Whole weeks from Monday within {view.period.describe()}. Where closed runs below came in, the backlog grows."
    )
    return [Heading("Came in against closed, by week"), Picture(drawing.chart(spec, height=150), alt, caption)]
