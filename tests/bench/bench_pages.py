"""How long each page's script takes with nothing kept: `python -m tests.bench.bench_pages FOLDER [ROUNDS]`.

`FOLDER` is a data folder, say of `DESK_DATA=FOLDER python -m db demo --scale 0.33`, which is a million requests. Each
page is opened once, so that modules and the file are there, then every kept answer is dropped and it is opened again,
as the first visitor after a load meets it. Printed: the best and the median of the rounds in milliseconds, those with
the answers kept, and the questions that took longest in one round, which overlap where a page asks them at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from components import cache, menu

ROOT = Path(__file__).resolve().parent.parent.parent
Asked = list[tuple[float, str]]


def opened(name: str, params: dict[str, str]) -> float:
    """Seconds that the script of a page takes, drawn by a session of its own."""
    desk = AppTest.from_file(str(ROOT / "components" / "frame.py"), default_timeout=120)
    desk.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for key, value in params.items():
        desk.query_params[key] = value
    begun = perf_counter()
    desk.run()
    if desk.exception:
        raise RuntimeError(f"{name}: {desk.exception}")
    return perf_counter() - begun


def note_questions(asked: Asked) -> None:
    """Add every question that is really put to the database to `asked`, with its seconds."""
    find = cache._question

    def noting(name: str) -> Callable[..., Any]:
        question = find(name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = perf_counter()
            try:
                return question(*args, **kwargs)
            finally:
                asked.append((perf_counter() - begun, name))

        return timed

    cache._question = noting


def a_request() -> str:
    """The number of one request, for the page that shows one."""
    with cache.database().reader().connect() as connection:
        return str(connection.exec_driver_sql("select max(sr_number) from requests where status = 'open'").scalar())


def main(folder: Path, rounds: int) -> None:
    os.environ["DESK_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    asked: Asked = []
    note_questions(asked)
    sr_number = a_request()
    for entry in menu.MENU:
        params = {"sr": sr_number} if entry.name == "request" else {}
        opened(entry.name, params)
        cold, warm = [], []
        for _ in range(rounds):
            asked.clear()
            st.cache_data.clear()
            cache._shared.clear()  # type: ignore[attr-defined]
            cold.append(1000 * opened(entry.name, params))
            slowest = sorted(asked, reverse=True)[:6]
            warm.append(1000 * opened(entry.name, params))
        print(f"{entry.name:12}{min(cold):7.0f}{median(cold):7.0f}  kept {min(warm):5.0f}   ", end="")
        print(", ".join(f"{question} {1000 * seconds:.0f}" for seconds, question in slowest))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
