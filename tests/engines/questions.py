"""Every question of `db.queries`, asked its own examples on two engines."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from db import queries
from db.queries.examples import EXAMPLES
from db.queries.queue import risk
from tests.conftest import assert_same_answer

Question = Callable[..., Any]


def every_question() -> list[Question]:
    """The public functions of `db.queries` that read the database, by module and name."""
    return [
        function
        for module in pkgutil.walk_packages(queries.__path__, "db.queries.")
        if not module.ispkg
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction)
        if function.__module__ == module.name != "db.queries.examples"
        and not name.startswith("_")
        and "connection" in inspect.signature(function).parameters
    ]


def name_of(question: Question) -> str:
    return f"{question.__module__}.{question.__name__}".removeprefix("db.queries.")


def assert_same_examples(question: Question, engines: Sequence[Engine], as_of: datetime) -> int:
    """Ask a question all of its examples on each of two engines, assert equal answers, and give how many there are."""
    example = EXAMPLES[question]
    counts = []
    for engine in engines:
        with engine.connect() as connection:
            counts.append(len(list(example.arguments(connection, as_of))))
    assert counts[0] == counts[1] > 0
    for number in range(counts[0]):

        def answer(connection: Any, number: int = number) -> Any:
            # Each engine makes its own arguments, so that what one of them finds is not handed to the other.
            found = question(connection, **list(example.arguments(connection, as_of))[number])
            found = found if example.in_order else _sorted(found)
            return found if isinstance(found, pd.DataFrame) else plain(found)

        assert_same_answer(answer, engines)
    return counts[0]


def _sorted(answer: pd.DataFrame) -> pd.DataFrame:
    """Rows that come in no order, by all their columns."""
    keys = answer.astype({name: object for name, kind in answer.dtypes.items() if kind == "category"})
    return keys.sort_values(list(keys.columns), key=lambda column: column.astype(str), ignore_index=True)


def plain(answer: Any) -> Any:
    """An answer that is no frame, in lists and dictionaries that can be compared; numbers to nine digits."""
    if isinstance(answer, pd.DataFrame):
        return plain(answer.to_dict("list"))
    if isinstance(answer, risk.Curves):  # the requests of a group are in no order
        return {
            group: sorted(zip(*map(np.concatenate, zip(*rows, strict=True)), strict=True))
            for group, rows in answer.histories.items()
        }
    if is_dataclass(answer) and not isinstance(answer, type):
        return {field.name: plain(getattr(answer, field.name)) for field in fields(answer)}
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in sorted(answer.items(), key=lambda item: str(item[0]))}
    if isinstance(answer, np.ndarray | pd.Index | list | tuple | set | frozenset):
        return [plain(value) for value in (sorted(answer) if isinstance(answer, set | frozenset) else answer)]
    if isinstance(answer, float | np.floating):
        return "empty" if np.isnan(answer) else float(f"{answer:.9g}")
    return answer
