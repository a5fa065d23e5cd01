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
    made: list[Block | None] = [*(Text(line) for line in found.uncovered)]
    if not found.is_nothing:
        made += [
            Figures([blocks.Figure(one.name, one.value, one.second) for one in found.figures]),
            *_findings("What moved", found.moved[: content.MOVED], found.few),
            *_findings("Below the others", found.standing, ""),
            *_questions(found),
            *_tables(found),
        ]
    made += _promises(found)
    sheet = parts.sheet(
        "brief",
        f"Briefing: {wording.title(found.scope)}",
        view,
        made,
        page="briefing",
        figures=FIGURES,
        foot=[sections.METHOD, *found.caveats],
    )
    return replace(sheet, moment=moment(found.as_of))  # its link stays that of the page


def _findings(heading: str, told: Sequence[Told], few: str) -> list[Block]:
    if not told and not few:
        return []
    facts = [(one.sentence, " ".join(filter(None, [one.reason, one.also, one.certainty]))) for one in told]
    listed: list[Block] = [Heading(heading)]
    for sentence, rest in facts:
        listed += [Text(sentence), Text(rest, is_quiet=True)]
    return [*listed, Text(few, is_quiet=True)] if few else listed


def _questions(found: Briefing) -> list[Block]:
    if not found.questions:
        return []
    numbered = [(f"{number}.", one) for number, one in enumerate(found.questions, start=1)]
    return [Heading("Questions to ask"), Facts(numbered)]


def _tables(found: Briefing) -> list[Block]:
    made: list[Block] = []
    if len(found.league):
        made += [Heading("Who keeps what"), *parts.table(found.league, sections.LEAGUE, weights=WEIGHTS)]
    if len(found.overdue):
        made += [Heading("Overdue longest"), *parts.table(found.overdue, sections.OVERDUE, weights=OVERDUE_WEIGHTS)]
    if len(found.again):
        made += [Heading("Asked again"), *parts.table(found.again, sections.AGAIN, weights={"name": 3.0, "again": 1.0})]
    if found.vacancies:
        made += [Heading("Vacancies and the next hires"), Facts(list(found.vacancies))]
    return made


def _promises(found: Briefing) -> list[Block]:
    if not found.promises:
        return []
    facts = [(f"{one.promise.name} ({one.promise.promised_by})", f"{one.what}. {one.today}.") for one in found.promises]
    return [Heading("Promises made"), Facts(facts)]
