"""What the city's own words mean, as small look-up tables in the scratch database.

Each distinct word of a file is looked up once in the profile, folded as the profile is; the rows
then join on the word as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import duckdb
import pyarrow as pa

from db.cities.profile import Profile, department_lookup, fold_word, service_type_lookup

# What is nobody's name in any city: numbers with a letter beside them. Any other word passes by the profile's `crews`.
_NUMBER = re.compile(r"[A-Z]?\d{1,4}[A-Z]?(?:[-/.][A-Z]?\d{0,4}[A-Z]?)*")

Words = Sequence[str]
Rows = list[tuple[object, ...]]


def build(scratch: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Make `word_owner`, `word_type`, `word_status`, `word_code`, `word_channel`, `word_crew`, `word_verdict`."""
    departments, types = department_lookup(profile), service_type_lookup(profile)
    _table(scratch, "word_owner", "source_department", _OWNER, lambda words: _owners(words, profile, departments))
    _table(scratch, "word_type", "source_service_type", _TYPE, lambda words: _types(words, profile, types))
    _table(scratch, "word_status", "source_status", _MEANING, lambda words: _meanings(words, profile.statuses))
    _table(scratch, "word_code", "resolution_code", _MEANING, lambda words: _meanings(words, profile.outcomes))
    _table(scratch, "word_channel", "channel", _CHANNEL, lambda words: _channels(words, profile))
    _table(scratch, "word_crew", "assigned_to", _MEANING, lambda words: crews(words, departments, profile))
    _table(scratch, "word_verdict", "city_verdict", _MEANING, lambda words: _meanings(words, profile.sla_verdicts))


_MEANING = {"word": pa.string(), "meaning": pa.string()}
_OWNER = {"word": pa.string(), "department": pa.string(), "is_test": pa.bool_()}
_TYPE = {
    **{"word": pa.string(), "service_type": pa.string(), "usual_department": pa.string(), "is_service": pa.bool_()},
    "one_form": pa.string(),
}
_CHANNEL = {"word": pa.string(), "channel": pa.string(), "is_proactive": pa.bool_(), "one_form": pa.string()}


def _table(
    scratch: duckdb.DuckDBPyConnection,
    name: str,
    column: str,
    shape: Mapping[str, pa.DataType],
    look_up: Callable[[Words], Rows],
) -> None:
    found = scratch.execute(f"select distinct {column} from raw where {column} is not null").fetchall()
    rows = look_up(sorted(word for (word,) in found))
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
    forms = one_form(words)
    for word in words:
        entry = by_name.get(known.get(fold_word(word), ""))
        if entry is None:
            rows.append((word, None, None, None, forms[word]))
        else:
            rows.append((word, entry.service_type, entry.department, entry.is_service, None))
    return rows


def one_form(words: Words) -> dict[str, str]:
    """Each word to one form of all that differ from it by case and white space only, of mixed case if any is."""
    ranked = sorted(words, key=lambda word: (word.isupper() or word.islower(), word))
    chosen: dict[str, str] = {}
    for word in ranked:
        chosen.setdefault(fold_word(word), word)
    return {word: chosen[fold_word(word)] for word in words}


def _meanings(words: Words, meanings: Mapping[str, str]) -> Rows:
    return [(word, meanings.get(fold_word(word))) for word in words]


def _channels(words: Words, profile: Profile) -> Rows:
    rows: Rows = []
    forms = one_form(words)
    for word in words:
        channel = profile.channels.get(fold_word(word))
        rows.append((word, channel, channel in profile.proactive_channels, forms[word]))
    return rows


def crews(words: Words, departments: Mapping[str, str], profile: Profile) -> Rows:
    """A yard, crew or contractor by the profile's own list: a surname in capitals looks like a code, too."""
    known = [_NUMBER, *map(re.compile, profile.crews)]

    def is_crew(word: str) -> bool:
        return fold_word(word) in departments or any(pattern.fullmatch(word) for pattern in known)

    return [(word, word if is_crew(word) else None) for word in words]
