"""The kiosk's texts: every one translated, none too long for its place, every name in braces kept."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from components.kiosk.language import LANGUAGES, Words, catalogue
from db.cities.profile import load

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [*(ROOT / "components" / "kiosk").rglob("*.py"), *(ROOT / "pages" / "kiosk").glob("*.py")]
OTHERS = [code for code in LANGUAGES if code != "en"]
LONGER_BY = 1.8  # a translation may be so many times as long, and a short one so many letters longer
SHORT = 22
PLURALS = {"es": 3, "ko": 1, "hy": 2, "zh": 1}


def texts() -> Iterator[tuple[str, ...]]:
    """Every text that the kiosk says: one, or its two forms."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                said = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if node.func.attr == "say" and said:
                    yield (said[0],)
                elif node.func.attr == "count" and len(said) == 2:
                    yield tuple(said)


EVERY = sorted(set(texts()))


def test_the_texts_are_found() -> None:
    assert len(EVERY) > 60


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_is_translated_fits_and_keeps_its_names(lang: str) -> None:
    with catalogue(lang).open("rb") as file:
        held = read_po(file, locale=lang)
    for text in EVERY:
        message = held.get(text if len(text) > 1 else text[0])
        assert message is not None, f"{lang}: {text[0]!r} is not translated"
        assert message.string, f"{lang}: {text[0]!r} is not translated"
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        assert len(forms) == (1 if len(text) == 1 else PLURALS[lang])
        for form in forms:
            assert set(re.findall(r"{\w+}", form)) == set(re.findall(r"{\w+}", text[-1])), f"{lang}: {form!r}"
            assert len(form) <= max(LONGER_BY * len(text[-1]), len(text[-1]) + SHORT), f"{lang}: {form!r} is too long"


@pytest.mark.parametrize("lang", OTHERS)
def test_every_service_of_the_first_city_has_a_name(lang: str) -> None:
    words = Words(lang)
    services = [one for one in load("los_angeles").service_types if one.is_service]
    untranslated = [one.public_name for one in services if words.say(one.public_name) == one.public_name]
    assert not untranslated


def test_machine_drafts_are_marked_and_listed_as_waiting_for_a_speaker() -> None:
    """A text that a speaker has read loses its mark; the list in docs/kiosk.md says how many wait in each language."""
    told = (ROOT / "docs" / "kiosk.md").read_text(encoding="utf-8")
    for lang in OTHERS:
        with catalogue(lang).open("rb") as file:
            waiting = sum(message.fuzzy for message in read_po(file, locale=lang) if message.id)
        assert f"| {LANGUAGES[lang]} | {waiting} |" in told


def test_numbers_days_and_plurals_are_written_as_each_language_does() -> None:
    assert Words("es").count("{count} day", "{count} days", 1) == "1 día"
    assert Words("es").count("{count} day", "{count} days", 3) == "3 días"
    assert Words("ko").count("{count} day", "{count} days", 3) == "3일"
    assert Words("en").number(12_345) == "12,345"
    assert Words("zh").day(date(2026, 11, 1)) == "2026年11月1日"
    assert Words("es").month("2026-10") == "octubre de 2026"
