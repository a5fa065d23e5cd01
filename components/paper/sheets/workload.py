"""Workload on paper: what each person carries, what vacancies explain of a miss, and where the next hire helps."""

from __future__ import annotations

import pandas as pd

from components.cache import ask
from components.drawing.tiles import percent
from components.links import View
from components.paper import drawing, parts
from components.paper.blocks import Block, Facts, Figures, Heading, Picture, Sheet, Text
from components.workload import charts, departments, wording
from db.queries.workload import load

DRAWN = 20
ROW_SCALE = 0.75  # rows of a chart stand closer on paper
LABELS = {name: label for name, label in wording.LABELS.items() if name != "staff_reason"}
FIGURES = ("load_per_filled_fte", "vacancy_added_load", "utilisation", "weeks_to_clear", "missed_points")
WEIGHTS = dict.fromkeys(LABELS, 1.0) | {
    "name": 2.0,
    "open_count": 0.7,
    "overdue_count": 0.9,
    "due_count": 0.8,
    "vacant_share": 0.8,
    "kept_share": 0.8,
    "miss_words": 1.9,
    "filled_of": 1.1,
}


def build(view: View) -> Sheet:
    raw = ask(load.workload, view.filters, as_of=view.as_of)
    names = departments.names()
    blocks: list[Block | None] = [Text("No department fits what is chosen.")]
    if len(raw):
        frame = wording.ready(raw, names)
        blocks = [
            *(Text(warning) for warning in wording.warnings(raw, view, names)),
            _figures(raw),
            Heading("Where help is needed most"),
            Facts(
                [(str(row["name"]), wording.after_name(row["sentence"], row["name"])) for _, row in frame.iterrows()]
            ),
            *_miss(frame),
            Heading("Every figure"),
            *parts.table(frame, _labels(frame), weights=WEIGHTS, helps=wording.HELPS),
            *(Text(remark, is_quiet=True) for remark in wording.remarks(raw, names)),
        ]
    return parts.sheet(
        "workload",
        "Workload",
        view,
        blocks,
        page="workload",
        figures=FIGURES,
        foot=[
            "Backlog, load, flows and capacity count residents' requests and those of the city's own crews; kept and "
            "missed are of the requests named above.",
        ],
        uses_period=True,
        is_landscape=True,
    )


def _labels(frame: pd.DataFrame) -> dict[str, str]:
    no_posts = frame["fte_filled"].isna().all()
    return {key: text for key, text in LABELS.items() if not (no_posts and key in departments.POSTS_COLUMNS)}


def _figures(raw: pd.DataFrame) -> Figures:
    with_posts = raw[raw["fte_filled"].notna()]
    authorised, filled = with_posts["fte_authorised"].sum(), with_posts["fte_filled"].sum()
    return Figures(
        [
            parts.figure("open_count", int(raw["open_count"].sum())),
            parts.figure("overdue_count", int(raw["overdue_count"].sum())),
            parts.figure(
                "fte_filled", round(filled) if len(with_posts) else "no figures", f"of {authorised:,.0f} authorised"
            ),
            parts.figure("vacancy_rate", percent(1 - filled / authorised) if authorised else "no figures"),
        ]
    )


def _miss(frame: pd.DataFrame) -> list[Block]:
    missed = charts.miss_parts(frame).sort_values("missed", ascending=False).head(DRAWN)
    if missed.empty:
        return []
    alt = "Points of compliance missed by each department, by cause; the figures stand in the table"
    caption = (
        "Points missed by cause. Vacancies: at most so much. Grey: whether vacancies matter cannot be told. Left of "
        "zero: the real order kept more than oldest first would. Fewer than 30 due are left out."
    )
    spec = charts.miss_bars(missed)
    return [
        Heading("What was missed, and why"),
        Picture(drawing.chart(spec, height=round(ROW_SCALE * spec["height"])), alt, caption),
    ]
