"""The briefing on one or two pages: what moved and why, who keeps what, promises, and what to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from components.briefing import content, sections, wording
from components.briefing.content import Briefing, Told
from components.drawing.notices import moment
from components.links import View
from components.paper import blocks, parts
from components.paper.blocks import Block, Facts, Figures, Heading, Sheet, Text

FIGURES = ("compliance", "overdue_count", "asked_again_share", "vacancy_points", "order_points")
WEIGHTS = {"name": 1.4, "kept": 0.9, "change": 1.2, "overdue": 1.7, "why": 2.8}
OVERDUE_WEIGHTS = {"name": 3.0}


def build(view: View) -> Sheet:
    return of(content.build(view), view)


def of(found: Briefing, view: View) -> Sheet:
    """The sheet of a briefing that was built already."""
    sheet_blocks: list[Block | None] = [*(Text(line) for line in found.uncovered)]
    if not found.is_nothing:
        sheet_blocks += [
            Figures([blocks.Figure(figure.name, figure.value, figure.second) for figure in found.figures]),
            *_findings("What moved", found.moved[: content.MOVED], found.few),
            *_findings("Below the others", found.standing, ""),
            *_questions(found),
            *_tables(found),
        ]
    sheet_blocks += _promises(found)
    sheet = parts.sheet(
        "brief",
        f"Briefing: {wording.title(found.scope)}",
        view,
        sheet_blocks,
        page="briefing",
        figures=FIGURES,
        foot=[sections.METHOD, *found.caveats],
    )
    return replace(sheet, moment=moment(found.as_of))  # its link stays that of the page


def _findings(heading: str, findings: Sequence[Told], few: str) -> list[Block]:
    if not findings and not few:
        return []
    facts = [
        (finding.sentence, " ".join(filter(None, [finding.reason, finding.also, finding.certainty])))
        for finding in findings
    ]
    sheet_blocks: list[Block] = [Heading(heading)]
    for sentence, rest in facts:
        sheet_blocks += [Text(sentence), Text(rest, is_quiet=True)]
    return [*sheet_blocks, Text(few, is_quiet=True)] if few else sheet_blocks


def _questions(briefing: Briefing) -> list[Block]:
    if not briefing.questions:
        return []
    numbered = [(f"{number}.", question) for number, question in enumerate(briefing.questions, start=1)]
    return [Heading("Questions to ask"), Facts(numbered)]


def _tables(briefing: Briefing) -> list[Block]:
    sheet_blocks: list[Block] = []
    if len(briefing.league):
        sheet_blocks += [Heading("Who keeps what"), *parts.table(briefing.league, sections.LEAGUE, weights=WEIGHTS)]
    if len(briefing.overdue):
        sheet_blocks += [
            Heading("Overdue longest"),
            *parts.table(briefing.overdue, sections.OVERDUE, weights=OVERDUE_WEIGHTS),
        ]
    if len(briefing.again):
        sheet_blocks += [
            Heading("Asked again"),
            *parts.table(briefing.again, sections.AGAIN, weights={"name": 3.0, "again": 1.0}),
        ]
    if briefing.vacancies:
        sheet_blocks += [Heading("Vacancies and the next hires"), Facts(list(briefing.vacancies))]
    return sheet_blocks


def _promises(briefing: Briefing) -> list[Block]:
    if not briefing.promises:
        return []
    facts = [
        (f"{told.promise.name} ({told.promise.promised_by})", f"{told.what}. {told.today}.")
        for told in briefing.promises
    ]
    return [Heading("Promises made"), Facts(facts)]
