"""Every question of `db.queries` has an example that both engines are asked; a new one without fails here."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

from db import queries
from db.queries.catalogue import QUESTIONS
from tests.engines import questions


def every_question() -> set[str]:
    """The public functions of `db.queries` that read the database, as "backlog.totals"."""
    found = set()
    for module in pkgutil.walk_packages(queries.__path__, "db.queries."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if function.__module__ == module.name and "connection" in inspect.signature(function).parameters:
                found |= {f"{module.name.rpartition('.')[2]}.{name}"} if not name.startswith("_") else set()
    return found


def with_an_example() -> set[str]:
    """The questions that the examples name, or reach through the terminal's catalogue."""
    tree = ast.parse(Path(questions.__file__).read_text(encoding="utf-8"))
    named = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    ways = [way.function for question in QUESTIONS.values() for way in question.ways.values()]
    return named | {f"{function.__module__.rpartition('.')[2]}.{function.__name__}" for function in ways}


def test_every_question_has_an_example() -> None:
    assert len(every_question()) > 60
    assert sorted(every_question() - with_an_example() - questions.PARTS.keys()) == []


def test_what_an_example_runs_through_is_a_question_that_has_one() -> None:
    assert questions.PARTS.keys() <= every_question()
    assert {*questions.PARTS.values()} <= {*questions.EVERY}
