"""Who may import whom, and what may be used where: the rules of docs/architecture.md, read from the source itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for top in ("app.py", "desk.py", "pages", "components", "db")
    for path in (ROOT / top, *(ROOT / top).rglob("*.py"))
    if path.suffix == ".py"
)
SCREEN = {"streamlit", "altair", "pydeck"}
NOT_IN_PAGES = {"sqlalchemy", "altair", "pydeck", "duckdb", "psycopg", "requests", "httpx", "urllib", "http", "urllib3"}
CLOCK_OWNERS = {"components/run.py", "components/kiosk/state.py", "db/__main__.py"}
CLOCK_CALLS = {"now", "utcnow", "today"}
PRINTERS = {"components/paper/__main__.py", "db/__main__.py"}
PAGE_LINES = 120


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    """Every imported module as a dotted name; `from a import b` counts as `a` and as `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} line {node.lineno}: imports are written from the root"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def attributes(path: Path, owner: str) -> Iterator[str]:
    """Every `owner.NAME` in a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner:
            yield node.attr


def is_under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def those(*tops: str) -> list[Path]:
    return [path for path in SOURCES if name_of(path).startswith(tops)]


def every(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=name_of)


@every(SOURCES)
def test_nobody_imports_pages_or_app(path: Path) -> None:
    assert not [module for module in imports(path) if is_under(module, "pages", "app")]


@every(those("db/"))
def test_the_database_side_knows_no_screen(path: Path) -> None:
    assert not [module for module in imports(path) if is_under(module, *SCREEN, "components")]


@every(those("db/rules/"))
def test_rules_import_only_the_standard_library_numpy_and_themselves(path: Path) -> None:
    own = {"tours.py": "pyvrp", "comparisons.py": "scipy"}
    allowed = {*sys.stdlib_module_names, "numpy", own.get(path.name, "numpy")}
    strangers = [m for m in imports(path) if m.split(".")[0] not in allowed and not is_under(m, "db.rules")]
    assert not [module for module in strangers if module != "db"]


@every(those("db/queries/"))
def test_queries_do_not_import_ingest(path: Path) -> None:
    assert not [module for module in imports(path) if is_under(module, "db.ingest", "db.commands")]


@every(those("db/ingest/"))
def test_ingest_does_not_import_queries(path: Path) -> None:
    assert not [module for module in imports(path) if is_under(module, "db.queries", "db.commands")]


@every(those("components/"))
def test_components_do_not_import_ingest_or_commands(path: Path) -> None:
    assert not [module for module in imports(path) if is_under(module, "db.ingest", "db.commands")]


@every(those("components/kiosk/", "pages/kiosk/"))
def test_the_kiosk_knows_the_snapshot_alone(path: Path) -> None:
    """Not one module from which a request can be reached, and nothing of the desk but its guard."""
    allowed = (
        *("components.kiosk", "components.guard", "db.publish.read", "db.rules.errors", "db.settings"),
        *("db.storage.snapshots",),
    )
    ours = [module for module in imports(path) if is_under(module, "db", "components") and module != "components"]
    assert not [module for module in ours if not is_under(module, *allowed)]


@every(those("db/publish/read.py", "db/publish/schema.py"))
def test_the_kiosk_s_reader_knows_storage_alone(path: Path) -> None:
    ours = [module for module in imports(path) if is_under(module, "db")]
    assert all(is_under(module, "db.storage.snapshots", "db.publish.schema", "db.rules.errors") for module in ours)


@every(those("db/storage/snapshots.py"))
def test_the_snapshot_s_storage_knows_nothing_of_requests(path: Path) -> None:
    assert not [m for m in imports(path) if is_under(m, "db") and not is_under(m, "db.rules.errors")]


def questions_called(path: Path) -> list[str]:
    """Functions of `db.queries` that read the database and are called in this file, as `module.function`."""
    modules = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module and is_under(node.module, "db.queries")
        for alias in node.names
    }
    called = []
    for node in ast.walk(tree(path)):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            module = modules.get(function.value.id, "")
            asked = getattr(import_module(module), function.attr, None) if module else None
            if asked and "connection" in signature(asked).parameters:
                called.append(f"{module}.{function.attr}")
    return called


@every(those("pages/", "components/"))
def test_only_the_cache_calls_a_question(path: Path) -> None:
    """Pages and components hand a question over, so that every answer is kept and of one version."""
    if name_of(path) != "components/cache.py":
        assert not questions_called(path)


@every(those("pages/"))
def test_a_page_imports_components_filters_rules_and_questions_only(path: Path) -> None:
    found = list(imports(path))
    assert not [module for module in found if module.split(".")[0] in NOT_IN_PAGES]
    ours = [module for module in found if is_under(module, "db") and module != "db"]
    assert not [module for module in ours if not is_under(module, "db.model.filters", "db.rules", "db.queries")]


@every(those("pages/"))
def test_a_page_is_short_and_defines_nothing(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= PAGE_LINES
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    assert not [node.name for node in ast.walk(tree(path)) if isinstance(node, kinds)]


@every(SOURCES)
def test_only_the_cache_caches(path: Path) -> None:
    if name_of(path) != "components/cache.py":
        assert not [name for name in attributes(path, "st") if name.startswith("cache_")]


@every(SOURCES)
def test_only_the_state_touches_session_and_url(path: Path) -> None:
    if name_of(path) not in ("components/state.py", "components/kiosk/state.py"):
        assert not {"session_state", "query_params"} & set(attributes(path, "st"))


@every(SOURCES)
def test_only_the_entries_ask_the_clock(path: Path) -> None:
    if name_of(path) not in CLOCK_OWNERS:
        asked = [*attributes(path, "datetime"), *attributes(path, "date")]
        assert not CLOCK_CALLS & set(asked)
        assert not {"time", "time_ns", "localtime"} & set(attributes(path, "time"))


@every(SOURCES)
def test_no_raw_html_no_wildcard_no_print(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.keyword):
            assert node.arg not in {"unsafe_allow_html", "unsafe_allow_javascript"}, f"{path} line {node.value.lineno}"
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), f"{path} line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and name_of(path) not in PRINTERS:
            assert node.func.id != "print", f"{path} line {node.lineno}"


@every(
    those("db/cities/", "db/commands/", "db/ingest/", "db/settings.py", "db/storage/versions.py", "components/guard/")
)
def test_what_a_person_can_cause_is_a_desk_error(path: Path) -> None:
    """Any other error is told as a fault of the desk, by a number: no way to say what to do about a file."""
    raised = [node.exc for node in ast.walk(tree(path)) if isinstance(node, ast.Raise)]
    calls = [exc.func.id for exc in raised if isinstance(exc, ast.Call) and isinstance(exc.func, ast.Name)]
    assert "ValueError" not in calls


@every(those("components/"))
def test_no_component_hides_a_standard_module(path: Path) -> None:
    assert path.stem == "__init__" or path.stem not in sys.stdlib_module_names


@every(SOURCES)
def test_only_the_entries_read_the_environment(path: Path) -> None:
    entries = {
        "app.py",
        "components/kiosk/state.py",
        "components/paper/__main__.py",
        "components/run.py",
        "db/__main__.py",
    }
    if name_of(path) not in entries:
        assert not {"environ", "getenv"} & set(attributes(path, "os"))


@every(those("pages/", "components/"))
def test_a_page_ends_without_ending_the_frame(path: Path) -> None:
    assert "stop" not in set(attributes(path, "st")), "use state.end_page(): st.stop() also ends the frame's notices"


def test_these_tests_see_the_whole_house() -> None:
    seen = {name_of(path).split("/")[0] for path in SOURCES}
    assert seen == {"app.py", "desk.py", "pages", "components", "db"}
    assert len(those("db/rules/")) > 2
