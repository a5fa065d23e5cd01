"""The briefing on paper: one or two pages, tagged, in its own fonts, with nothing of the data read as markup."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf

from components.paper import engine, making
from components.paper.blocks import Heading, Picture, Text
from tests.builders import closed_request, open_request
from tests.pages.test_briefing import FELL, NASTY

Fill = Callable[..., Path]


def test_it_is_tagged_in_english_with_fonts_inside_and_no_drawing_without_words(fill: Fill) -> None:
    fill(FELL)
    sheet = making.build("brief", {"goals": ["working"]})
    content = engine.pdf(sheet)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert 1 <= len(pdf.pages) <= 2
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).lower().startswith("en")
        assert "/StructTreeRoot" in pdf.Root
        objects = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
        fonts = [one for one in objects if one.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        assert all("/Alt" in one for one in objects if one.get("/S") == "/Figure")
    assert engine.pdf(sheet) == content
    assert not [block for block in sheet.blocks if isinstance(block, Picture) and not block.alt]


def test_it_says_what_moved_and_what_to_ask_as_the_page_does(fill: Fill) -> None:
    fill(FELL)
    sheet = making.build("brief", {"goals": ["working"], "week": ["2026-W27"]})
    texts = [block.text for block in sheet.blocks if isinstance(block, Text)]
    headings = [block.text for block in sheet.blocks if isinstance(block, Heading)]
    assert "Street Services kept 20% of 40 due that week, in the 13 weeks before 80%." in texts
    assert headings[:2] == ["What moved", "Questions to ask"]
    assert (sheet.title, sheet.moment) == (
        "Briefing: Los Angeles, week of 29 June to 5 July 2026",
        "Mon 6 Jul 2026, 00:00",
    )
    assert "week=2026-W27" in sheet.link


def test_names_with_markup_in_them_are_printed_as_they_are(fill: Fill) -> None:
    given = {"service_type": NASTY, "department": "BSS", "due": "Wed 2026-07-01 09:00"}
    fill([closed_request("Mon 2026-06-29 09:00", "Tue 2026-06-30 09:00", **given), open_request(**given)])
    sheet = making.build("brief", {"goals": ["working"]})
    assert NASTY in repr(sheet.blocks)
    assert engine.pdf(sheet).startswith(b"%PDF")
