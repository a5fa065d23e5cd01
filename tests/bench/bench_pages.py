"""How long each page's script takes with nothing kept: `python -m tests.bench.bench_pages FOLDER [ROUNDS] [PAGE ...]`.

`FOLDER` is a data folder, say of `DESK_DATA=FOLDER python -m db demo --scale 0.33`, which is a million requests. Each
page is opened once, so that modules and the file are there, then every kept answer is dropped and it is opened again,
as the first visitor after a load meets it. Printed in milliseconds, the best of the rounds: on the wall and of the
processor (all threads together, which says more where other work runs beside it), the same with every answer kept, and
the questions that took the processor longest in the last round.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import streamlit as st
from sqlalchemy import text
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from components import cache, menu, run

ROOT = Path(__file__).resolve().parent.parent.parent


class Cost(NamedTuple):
    """Milliseconds on the wall and of the processor."""

    wall: float
    processor: float


class Clock:
    """What the scripts and the questions cost, noted while it is in use."""

    def __init__(self) -> None:
        self.scripts: list[Cost] = []
        self.questions: list[tuple[float, str]] = []

    def timed(self, run: Callable[..., Any], note: Callable[[Cost], None]) -> Callable[..., Any]:
        def running(*args: Any, **kwargs: Any) -> Any:
            wall, processor = perf_counter(), process_time()
            try:
                return run(*args, **kwargs)
            finally:
                note(Cost(1000 * (perf_counter() - wall), 1000 * (process_time() - processor)))

        return running

    def use(self) -> None:
        """Time every script that Streamlit runs, without what the test harness does around it, and every question.

        Scripts are compiled once, as by a server, which keeps them for all sessions; the harness does not.
        """
        compiled = ScriptCache()
        for harness in (app_test, local_script_runner):
            harness.ScriptCache = lambda: compiled  # type: ignore[attr-defined]
        ScriptRunner._run_script = self.timed(ScriptRunner._run_script, self.scripts.append)  # type: ignore[method-assign]
        answered = cache._answered
        cache._answered = lambda question, *args, **kwargs: answered(self._timed_question(question), *args, **kwargs)

    @lru_cache(maxsize=100)  # noqa: B019  # the same object for the same question: answers are kept by it
    def _timed_question(self, question: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{question.__module__.removeprefix('db.queries.')}.{question.__name__}"
        return self.timed(question, lambda cost: self.questions.append((cost.processor, name)))


def open_page(name: str, params: dict[str, str], clock: Clock) -> Cost:
    """What the script of a page costs in a session of its own."""
    desk = AppTest.from_file(str(ROOT / "components" / "frame.py"), default_timeout=120)
    desk.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for key, value in params.items():
        desk.query_params[key] = value
    clock.scripts.clear()
    desk.run()
    if desk.exception:
        raise RuntimeError(f"{name}: {desk.exception}")
    return Cost(*(sum(part) for part in zip(*clock.scripts, strict=True)))


def forget_answers() -> None:
    """As after a load: no answer is kept."""
    run.source().answers._shelves.clear()


def a_request() -> str:
    """The number of one request, for the page that shows one."""
    yesterday = "select max(sr_number) from requests where created_at < current_date - interval '1 day'"
    with cache.database().reader().connect() as connection:
        return str(connection.scalar(text(yesterday)))


def main(folder: Path, rounds: int, wanted: list[str]) -> None:
    os.environ["DESK_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    clock = Clock()
    clock.use()
    params = {"request": {"sr": a_request()}}
    print(f"{'page':12}{'wall':>7}{'cpu':>7}{'kept':>7}{'cpu':>7}   questions, processor")
    for name in wanted or [entry.name for entry in menu.MENU]:
        chosen = params.get(name, {})
        open_page(name, chosen, clock)
        cold, kept = [], []
        for _ in range(rounds):
            st.cache_data.clear()
            forget_answers()
            clock.questions.clear()
            cold.append(open_page(name, chosen, clock))
            kept.append(open_page(name, chosen, clock))
        figures = [min(getattr(cost, part) for cost in costs) for costs in (cold, kept) for part in Cost._fields]
        slowest = ", ".join(f"{question} {cost:.0f}" for cost, question in sorted(clock.questions, reverse=True)[:9])
        print(f"{name:12}" + "".join(f"{figure:7.0f}" for figure in figures) + f"   {slowest}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5, sys.argv[3:])
