"""What the city's own words mean, as small look-up tables in the scratch database.

Each distinct word of a file is looked up once in the profile, folded as the words of the profile are.
The rows then join on the word as the file has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import duckdb
import pyarrow as pa

from db.cities.profile import Profile, department_lookup, fold_word, service_type_lookup

# A yard or crew is written as a code; anything that reads like a person's name is not kept.
_CODE = re.compile(
    r"[A-Z0-9]{1,8}|[A-Z0-9]{2,6}(?: ?[-/&] ?[A-Za-z0-9]+)+(?: [A-Z0-9]{1,4})?|(?=.*[0-9_])[A-Za-z0-9_:.,/&()' -]{1,80}"
)

Words = Sequence[str]
Rows = list[tuple[object, ...]]


def build(scratch: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Make `word_owner`, `word_type`, `word_status`, `word_code`, `word_channel`, `word_crew`, `word_verdict`."""
    departments, types = department_lookup(profile), service_type_lookup(profile)
    _table(
        scratch, "word_owner", "source_department", _OWNER_COLUMNS, lambda words: _owners(words, profile, departments)
    )
    _table(scratch, "word_type", "source_service_type", _TYPE_COLUMNS, lambda words: _types(words, profile, types))
    _table(scratch, "word_status", "source_status", _MEANING_COLUMNS, lambda words: _meanings(words, profile.statuses))
    _table(scratch, "word_code", "resolution_code", _MEANING_COLUMNS, lambda words: _meanings(words, profile.outcomes))
    _table(scratch, "word_channel", "channel", _CHANNEL_COLUMNS, lambda words: _channels(words, profile))
    _table(scratch, "word_crew", "assigned_to", _MEANING_COLUMNS, lambda words: _crews(words, departments))
    _table(
        scratch, "word_verdict", "city_verdict", _MEANING_COLUMNS, lambda words: _meanings(words, profile.sla_verdicts)
    )


_MEANING_COLUMNS = {"word": pa.string(), "meaning": pa.string()}
_OWNER_COLUMNS = {"word": pa.string(), "department": pa.string(), "is_test": pa.bool_()}
_TYPE_COLUMNS = {
    "word": pa.string(),
    "service_type": pa.string(),
    "usual_department": pa.string(),
    "is_service": pa.bool_(),
    "one_form": pa.string(),
}
_CHANNEL_COLUMNS = {"word": pa.string(), "channel": pa.string(), "is_proactive": pa.bool_(), "one_form": pa.string()}


def _table(
    scratch: duckdb.DuckDBPyConnection,
    name: str,
    column: str,
    shape: Mapping[str, pa.DataType],
    look_up: Callable[[Words], Rows],
) -> None:
    words = scratch.execute(f"select distinct {column} from raw where {column} is not null").fetchall()
    rows = look_up(sorted(word for (word,) in words))
    columns = list(zip(*rows, strict=True)) or [() for _ in shape]
    looked_up = pa.table(
        {key: pa.array(values, kind) for (key, kind), values in zip(shape.items(), columns, strict=True)}
    )
    scratch.register("looked_up", looked_up)
    scratch.execute(f"create or replace table {name} as from looked_up")
    scratch.unregister("looked_up")


def _owners(words: Words, profile: Profile, known: Mapping[str, str]) -> Rows:
    tests = [re.compile(pattern, re.IGNORECASE) for pattern in profile.test_owners]
    return [(word, known.get(fold_word(word)), any(test.search(word) for test in tests)) for word in words]


def _types(words: Words, profile: Profile, known: Mapping[str, str]) -> Rows:
    by_name = {entry.service_type: entry for entry in profile.service_types}
    rows: Rows = []
    forms = _common_forms(words)
    for word in words:
        entry = by_name.get(known.get(fold_word(word), ""))
        if entry is None:
            rows.append((word, None, None, None, forms[word]))
        else:
            rows.append((word, entry.service_type, entry.department, entry.is_service, None))
    return rows


def _common_forms(words: Words) -> dict[str, str]:
    """Each word -> the form to use for all words that differ by case and white space only; of mixed case if any is."""
    ranked = sorted(words, key=lambda word: (word.isupper() or word.islower(), word))
    form_by_folded: dict[str, str] = {}
    for word in ranked:
        form_by_folded.setdefault(fold_word(word), word)
    return {word: form_by_folded[fold_word(word)] for word in words}


def _meanings(words: Words, meanings: Mapping[str, str]) -> Rows:
    return [(word, meanings.get(fold_word(word))) for word in words]


def _channels(words: Words, profile: Profile) -> Rows:
    rows: Rows = []
    forms = _common_forms(words)
    for word in words:
        channel = profile.channels.get(fold_word(word))
        rows.append((word, channel, channel in profile.proactive_channels, forms[word]))
    return rows


def _crews(words: Words, departments: Mapping[str, str]) -> Rows:
    return [(word, word if _CODE.fullmatch(word) or fold_word(word) in departments else None) for word in words]
