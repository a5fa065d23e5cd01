"""The engine of the sheets: any text is printed as it stands, tagged, with its own fonts, the same bytes each time."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pikepdf
import pytest
from fontTools.ttLib import TTFont

from components.paper import drawing, engine, parts
from components.paper.blocks import (
    Block,
    Cell,
    Column,
    Facts,
    Figure,
    Figures,
    Heading,
    PageBreak,
    Picture,
    Sheet,
    Table,
    Text,
)

NASTY = '#set text(red) $x$ *b* _i_ `c` <b>&amp;"q" =1+1 \\ [z] @ref // /* {} ~ עברית العربية 東京 🌳'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="1" y="9">Ä &lt;</text></svg>'


def sheet(*blocks: Block, title: str = "Overview", **more: object) -> Sheet:
    return Sheet("overview", title, "Los Angeles", "Mon 30 Nov 2026, 11:00", "Residents' requests.", blocks, **more)  # type: ignore[arg-type]


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def read(content: bytes, tmp_path: Path) -> str:
    """The text of a PDF in reading order, as poppler finds it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    path = tmp_path / "sheet.pdf"
    path.write_bytes(content)
    found = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return found.stdout


def test_every_kind_of_block_is_tagged_for_a_screen_reader() -> None:
    everything = sheet(
        Heading("Departments"),
        Text("Words", is_quiet=True),
        Figures([Figure("Open", "7,450", "-82 in 7 days")]),
        Facts([("Type", "Pothole")]),
        Table([Column("Name", weight=1), Column("", is_tick=True), Column("Note", is_blank=True)], [[Cell("a", "b")]]),
        Picture(SVG, "A drawing of nothing", "Caption"),
        PageBreak(),
        Text("On the next sheet"),
        notes=("A note",),
        foot=("Open: requests that are open.",),
        link="/?department=BSS",
    )
    pdf = opened(engine.pdf(everything, desk_url="http://127.0.0.1:8501/"))
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en-US"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Overview, Los Angeles"
    assert len(pdf.pages) == 2
    kinds, alts = set(), set()
    for found in pdf.objects:
        if isinstance(found, pikepdf.Dictionary) and "/S" in found and "/P" in found:
            kinds.add(str(found.S))
            alts.add(str(found.get("/Alt", "")))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Link"} <= kinds
    assert "A drawing of nothing" in alts
    links = [str(note.A.URI) for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note]
    assert links == ["http://127.0.0.1:8501/?department=BSS"]


def test_fonts_are_embedded_and_are_ours() -> None:
    pdf = opened(engine.pdf(sheet(Text("Words"))))
    fonts = [
        found
        for found in pdf.objects
        if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/FontDescriptor"
    ]
    assert fonts
    for font in fonts:
        assert "NotoSans" in str(font.FontName)
        assert "/FontFile2" in font or "/FontFile3" in font


def test_the_same_sheet_gives_the_same_bytes() -> None:
    first = engine.pdf(sheet(Text(NASTY), Picture(SVG, "alt")))
    assert first == engine.pdf(sheet(Text(NASTY), Picture(SVG, "alt")))


def test_any_text_is_printed_as_it_stands(tmp_path: Path) -> None:
    columns = [Column("Name", weight=1), Column("Other")]
    content = engine.pdf(
        sheet(
            Heading(NASTY),
            Text(NASTY),
            Facts([(NASTY, NASTY)]),
            Table(columns, [[Cell(NASTY, NASTY), "x"]]),
            title=NASTY,
        )
    )
    text = " ".join(read(content, tmp_path).split())
    for part in ("#set text(red)", "$x$ *b* _i_ `c`", '<b>&amp;"q"', "=1+1 \\ [z] @ref // /* {} ~"):
        assert part in text
    assert engine.REPLACEMENT in text  # for the tree, and for letters that no font of ours has


def test_of_50_000_rows_the_first_2_000_are_printed_and_a_sentence_says_so(tmp_path: Path) -> None:
    frame = pd.DataFrame({"sr_number": [f"no-{number:05d}" for number in range(50_000)]})
    text = read(engine.pdf(sheet(*parts.table(frame, {"sr_number": "Request"}))), tmp_path)
    assert text.count("no-") == 2_000
    assert "no-01999" in text
    assert "The first 2,000 of 50,000 rows" in text


@pytest.mark.parametrize(
    "text", ["A" * 300, "5407 N " + "GAVIOTA" * 40, "a\x00b\x1bc\u202ed\ue000", "\ufeff \u200b", "\ud7ff"]
)
def test_odd_texts_are_printed_within_the_page(text: str, tmp_path: Path) -> None:
    content = engine.pdf(sheet(Table([Column("Address", weight=1), Column("N", weight=3)], [[text, ""]])))
    lines = read(content, tmp_path).splitlines()
    assert max(map(len, lines)) < 200
    together = re.sub(r"[\s\u200b]", "", "".join(lines))
    assert re.sub(r"[^A-Za-z0-9]", "", text)[:40] in together


def test_rows_repeat_their_head_on_each_page(tmp_path: Path) -> None:
    rows = [[str(number), f"{number} Main St"] for number in range(300)]
    content = engine.pdf(sheet(Heading("Stops"), Table([Column("Stop"), Column("Address of it", weight=1)], rows)))
    pages = len(opened(content).pages)
    assert pages > 3
    text = read(content, tmp_path)
    assert text.count("Address of it") == pages
    assert all(f"{number} Main St" in text for number in range(300))


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_paper_is_letter_or_a4(paper: str, size: tuple[int, int]) -> None:
    pdf = opened(engine.pdf(sheet(Text("x")), paper=paper))
    box = pdf.pages[0].mediabox
    assert (round(float(box[2])), round(float(box[3]))) == size


def test_a_drawing_is_no_higher_than_a_page() -> None:
    tall = SVG.replace('height="20"', 'height="4000"')
    assert len(opened(engine.pdf(sheet(Heading("Tall"), Picture(tall, "tall")))).pages) == 1


def test_covered_txt_is_what_the_fonts_cover() -> None:
    fonts = [TTFont(path).getBestCmap() for path in sorted(engine.FONTS.glob("*-Regular.ttf"))]
    covered = {chr(code) for cmap in fonts for code in cmap}
    assert engine._covered() == {letter for letter in covered if letter.isprintable()}
    bold = TTFont(engine.FONTS / "NotoSans-Bold.ttf").getBestCmap()
    assert set(fonts[0]) <= set(bold)


def test_a_missing_font_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FONTS", tmp_path)
    engine._require_fonts.cache_clear()
    with pytest.raises(engine.PaperError, match=r"NotoSans-Regular.ttf, NotoSans-Bold.ttf is missing"):
        engine.pdf(sheet(Text("x")))
    engine._require_fonts.cache_clear()


def test_the_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (engine.FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_stops_are_numbered_in_their_order_on_the_map() -> None:
    svg = drawing.stops_map([34.05, None, 34.06, 34.05], [-118.25, None, -118.25, -118.24])
    assert re.findall(r">(\d+)</text>", svg) == ["1", "3", "4"]
    assert "straight lines" in svg
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r'points="([^"]+)"', svg)[0].split()]
    assert points[0][1] > points[1][1]  # north is up
    assert points[2][0] > points[0][0]  # east is right
    assert all(0 <= x <= drawing.MAP_WIDTH and 0 <= y <= drawing.MAP_HEIGHT for x, y in points)


def test_stops_at_one_address_are_not_blown_up() -> None:
    svg = drawing.stops_map([34.05] * 3, [-118.25] * 3)
    assert re.findall(r"([\d.]+ m), straight", svg)
    assert drawing.stops_map([None], [None]) == ""
