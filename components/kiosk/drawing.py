"""The parts of a screen as one piece of HTML each: large words, one picture, a table.

Every text is escaped here. There is no script in it and no address that leads out; style stands in static/kiosk.css.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import floor, log10

import segno
import streamlit as st

from components.kiosk.figures import Month

TALL, WIDE = 230, 1000
LEFT = 95  # where the bars begin, right of the scale's number
ROOM_FOR_LAST = 25  # right of the bars, for the half of the last month's name
QR_BORDER = 2
PICTURE_STYLE = (
    ".kept,.done{fill:#06384b}.tick{fill:none;stroke:#fff;stroke-width:9;stroke-linecap:round;stroke-linejoin:round}"
    ".missed{fill:#fff;stroke:#33435c;stroke-width:4}.ended{fill:#fff;stroke:#33435c;stroke-width:2}"
    ".tick-label{font:24px 'Noto Sans','Noto Sans CJK SC','Noto Sans Armenian','DejaVu Sans',sans-serif;"
    "text-anchor:middle;fill:#0b1a30}.scale{stroke:#33435c;stroke-width:1.5;stroke-dasharray:5 5}"
    ".scale-label{text-anchor:end}"
    ".kiosk-map path{fill:#d8e6ee;stroke:#06384b;stroke-width:3;fill-rule:evenodd}"
)


def show(*parts: str) -> None:
    """Draw the parts as one block."""
    st.html(f'<div class="kiosk">{"".join(parts)}</div>')


def headline(text: str) -> str:
    return f'<p class="kiosk-headline">{escape(text)}</p>'


def sentence(text: str) -> str:
    return f'<p class="kiosk-sentence">{escape(text)}</p>' if text else ""


def note(text: str) -> str:
    return f'<p class="kiosk-note">{escape(text)}</p>'


def paragraphs(told: Iterable[tuple[str, str]]) -> str:
    parts = (f"<section><h2>{escape(head)}</h2><p>{escape(text)}</p></section>" for head, text in told)
    return f'<div class="kiosk-paragraphs">{"".join(parts)}</div>'


def ten_marks(kept: int, label: str) -> str:
    """Ten marks: a tick in a full circle for each one kept, an empty circle for each one not."""
    marks = []
    for place in range(10):
        x = 50 + place * 100
        if place < kept:
            marks.append(
                f'<circle cx="{x}" cy="50" r="40" class="kept"/><path d="M{x - 18},52l13,14l24,-30" class="tick"/>'
            )
        else:
            marks.append(f'<circle cx="{x}" cy="50" r="38" class="missed"/>')
    return _picture("kiosk-marks", "0 0 1000 100", "".join(marks), label)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> str:
    """A table whose first column names the row; the name may be in English where it has no translation."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<table class="kiosk-table"><caption>{escape(label)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def hidden_table(heads: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> str:
    """A table for screen readers alone, where a picture says the same."""
    return f'<div class="kiosk-hidden">{table(heads, rows, label)}</div>'


def bars(months: Sequence[Month], ticks: Sequence[str], number: Callable[[float], str], label: str) -> str:
    """Two bars a month: an outline for all that was closed, full for the work done. One line says how high they are.

    `number` writes a number in the visitor's language.
    """
    most = max((month.ended or month.done or 0 for month in months), default=0) or 1
    step = (WIDE - LEFT) / max(len(months), 1)
    drawn = []
    for place, month in enumerate(months):
        x = LEFT + place * step
        for value, kind in ((month.ended, "ended"), (month.done, "done")):
            if value is not None:
                height = value / most * TALL
                drawn.append(
                    f'<rect x="{x + step * 0.12:.1f}" y="{TALL - height:.1f}" width="{step * 0.76:.1f}" '
                    f'height="{height:.1f}" class="{kind}"/>'
                )
        if ticks[place]:
            drawn.append(
                f'<text x="{x + step / 2:.1f}" y="{TALL + 34}" class="tick-label">{escape(ticks[place])}</text>'
            )
    return _picture(
        "kiosk-bars", f"0 -4 {WIDE + ROOM_FOR_LAST} {TALL + 49}", _scale(most, number) + "".join(drawn), label
    )


def _scale(most: float, number: Callable[[float], str]) -> str:
    """A dashed line at the highest round number below the highest bar."""
    unit = 10 ** floor(log10(max(most, 1)))
    at = floor(max(most, 1) / unit) * unit
    y = TALL - at / max(most, 1) * TALL
    line = f'<path d="M{LEFT},{y:.1f}H{WIDE}" class="scale"/>'
    return f'{line}<text x="{LEFT - 8}" y="{max(y + 8, 18):.1f}" class="tick-label scale-label">{number(at)}</text>'


def legend(done: str, ended: str) -> str:
    return (
        f'<p class="kiosk-legend"><span><span class="swatch done"></span>{escape(done)}</span> '
        f'<span><span class="swatch ended"></span>{escape(ended)}</span></p>'
    )


def district_map(areas: Iterable[tuple[str, str, str]], height: int, label: str) -> str:
    """Outlines to touch: key, name and SVG path. static/kiosk.js makes them press the button of their district."""
    shapes = "".join(
        f'<path d="{escape(path)}" data-press="district_{escape(key)}"><title>{escape(name)}</title></path>'
        for key, name, path in areas
        if path
    )
    return _picture("kiosk-map", f"-5 -5 1010 {height + 10}", shapes, label) if shapes else ""


def two_columns(left: Iterable[str], right: Iterable[str]) -> str:
    """Side by side where the screen is wide."""
    return f'<div class="kiosk-two"><div>{"".join(left)}</div><div>{"".join(right)}</div></div>'


def _picture(name: str, view: str, shapes: str, label: str) -> str:
    """An SVG as a picture: Streamlit lets none through as part of a page."""
    style = f"<style>{PICTURE_STYLE}</style>"
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="{view}">{style}{shapes}</svg>'
    coded = b64encode(drawn.encode()).decode()
    return f'<img class="{name}" src="data:image/svg+xml;base64,{coded}" alt="{escape(label)}">'


def qr(address: str, label: str) -> str:
    """A QR code of an address of the public site, drawn here."""
    drawn = segno.make(address, micro=False).svg_data_uri(scale=4, border=QR_BORDER, omitsize=True)
    return f'<div class="kiosk-qr"><img src="{escape(drawn)}" alt="{escape(label)}"><span>{escape(label)}</span></div>'
