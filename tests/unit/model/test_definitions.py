"""No figure without a definition: every one shown has its sentence, and every sentence is whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.model.definitions import definition, definitions

ROOT = Path(__file__).resolve().parents[3]
SHOWN = sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "components").rglob("*.py")])
ASKERS = {"tile", "trace", "definition"}


def figures_shown(path: Path) -> Iterator[str]:
    """The keys a file names: the first argument of `ASKERS`, and the values given as `helps`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in ASKERS:
                yield str(node.args[0].value)
        if isinstance(node, ast.keyword) and node.arg == "helps" and isinstance(node.value, ast.Dict):
            yield from (str(value.value) for value in node.value.values if isinstance(value, ast.Constant))


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_figure_shown_has_a_definition(path: Path) -> None:
    assert [key for key in figures_shown(path) if key not in definitions()] == []


def test_the_check_sees_the_figures_of_compliance() -> None:
    shown = set(figures_shown(ROOT / "components" / "compliance" / "figures.py"))
    assert {"closed_only_share", "work_done_on_time_share", "with_goal_share"} <= shown


def test_every_sentence_is_whole_and_every_share_has_a_denominator() -> None:
    for entry in definitions().values():
        assert entry.sentence.endswith("."), entry.key
        assert entry.sentence[0].isupper(), entry.key
        assert entry.denominator or entry.unit != "share", entry.key


def test_names_are_not_given_twice() -> None:
    names = [entry.name for entry in definitions().values()]
    assert len(names) == len(set(names))


def test_a_missing_definition_says_where_to_add_it() -> None:
    with pytest.raises(KeyError, match=r"\[nothing\] to definitions.toml"):
        definition("nothing")
