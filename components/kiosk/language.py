"""The kiosk's languages: what it says, and how numbers, days and plurals are written."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).with_name("words")
LANGUAGES = {"en": "English", "es": "Español", "ko": "한국어", "hy": "Հայերեն", "zh": "中文"}
LOCALES = {"en": "en_US", "es": "es_US", "ko": "ko_KR", "hy": "hy_AM", "zh": "zh_Hans_CN"}
DEFAULT = "en"


class Words:
    """One language. `code`: a key of `LANGUAGES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.locale = Locale.parse(LOCALES[code])
        self._translations = _translations(code)

    def say(self, text: str, **values: object) -> str:
        """The text in this language with its `{names}` filled in."""
        return str(self._translations.gettext(text)).format(**values)

    def count(self, one: str, many: str, number: float, **values: object) -> str:
        """The form for this number; `{count}` is the number as it is written."""
        # Plural rules ask for a whole number; a fraction takes the form for two.
        whole = int(number) if number == int(number) else 2
        text = str(self._translations.ngettext(one, many, whole))
        return text.format(count=self.number(number), **values)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def day(self, day: date) -> str:
        """1 November 2026, as it is written there."""
        return format_date(day, "long", locale=self.locale)

    def month(self, name: str) -> str:
        """October 2026, from `2026-10`."""
        first = date.fromisoformat(f"{name}-01")
        pattern = self.locale.datetime_skeletons.get("yMMMM")
        return format_date(first, str(pattern) if pattern else "MMMM y", locale=self.locale)

    def short_month(self, name: str) -> str:
        """Oct, from `2026-10`."""
        return str(get_month_names("abbreviated", context="stand-alone", locale=self.locale)[int(name[5:])])

    def moment(self, moment: datetime) -> str:
        """Sunday, November 1, 2026 10:40, as it is written there."""
        return (
            f"{format_date(moment, 'full', locale=self.locale)} {format_datetime(moment, 'HH:mm', locale=self.locale)}"
        )


@cache
def words(code: str) -> Words:
    """A language, made once."""
    return Words(code)


def catalogue(code: str) -> Path:
    """The file of a language's texts."""
    return FOLDER / f"{code}.po"


def _translations(code: str) -> NullTranslations:
    """The texts of a language; English is what the program says. Drafts that wait for a speaker's review count."""
    if code == DEFAULT:
        return NullTranslations()
    with catalogue(code).open("rb") as file:
        texts = read_po(file, locale=LOCALES[code])
    compiled = io.BytesIO()
    write_mo(compiled, texts, use_fuzzy=True)
    compiled.seek(0)
    return Translations(compiled)
