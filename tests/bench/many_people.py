"""How the desk does with many people on it: `python -m tests.bench.many_people DATA [--sessions 50] ...`.

Starts a desk on the data folder, and an empty page beside it as the floor, each a server of its own with the desk's own
settings. Sessions speak the real protocol: protobuf over the websocket, hashes of messages that a browser keeps, the
timers of `run_every`, page and fragment runs. First one session reruns each page alone, as often as `--alone` says: the
processor time of the server for each rerun, and its ratio to the empty page's, once as Streamlit alone serves it and
once on the event loop that the desk brings with it (uvloop), which makes the empty page cheaper too. Then all sessions
open pages, choose filters and go through the pages of the queue, with pauses of `--pause` seconds at random, and what
they waited is printed, with the lag of the event loop (how long `/healthz` takes), the server's processor and memory,
and errors. The machine's load and this program's own share are stated.

`--desk FOLDER` names another checkout to start, `--address URL --pid PID [PID ...]` servers that run already.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("overview", "briefing", "queue", "compliance", "goals", "workload", "map", "repeats", "data")
CROWD = ("overview", "queue", "compliance")
DEPARTMENTS = ("", "", "BSS", "LASAN", "LADOT")  # no choice more often than any
BY_ITSELF = "import sys; sys.modules['uvloop'] = None; from streamlit.web.cli import main; main()"
EMPTY = "import streamlit as st\n\nst.write('nothing')\n"
FULL, FRAGMENT = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
PATIENCE = 120  # seconds
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


Place = tuple[str, str, Sequence[psutil.Process]]  # what it is, its address, its processes


@dataclass
class Seen:
    """What all sessions together waited for, and what went wrong."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    fragments: int = 0
    by_itself: int = 0
    lag: list[float] = field(default_factory=list)
    received: int = 0


@dataclass
class Session:
    """One browser tab, as far as the server can tell."""

    address: str
    seen: Seen
    own_address: str = "127.0.0.1"
    page: str = ""
    page_hash: str = ""
    query: str = ""
    hashes: set[str] = field(default_factory=set)
    timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    finished: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)
    socket: ClientConnection | None = None
    is_asked: bool = False

    async def __aenter__(self) -> Session:
        base = self.address.replace("http", "ws", 1)
        cookie = {"Cookie": f"desk_visitor={random.randbytes(12).hex()}"}
        self.socket = await connect(
            f"{base}/_stcore/stream", origin=self.address, subprotocols=["streamlit"], additional_headers=cookie,
            max_size=None, ping_interval=None, open_timeout=PATIENCE, local_addr=(self.own_address, 0),
        )  # fmt: skip
        self.reader = asyncio.create_task(self._read(self.socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop_timers()
        self.reader.cancel()
        if self.socket is not None:
            await self.socket.close()

    async def ask(self, page: str, query: str, name: str) -> float:
        """Open a page, or rerun it with what was chosen, and wait until its run is over."""
        while not self.finished.empty():
            self.finished.get_nowait()
        if page != self.page:
            self.page, self.page_hash, self.query = page, "", query
        self.query = query
        began = time.perf_counter()
        self.is_asked = True
        await self._send()
        try:
            await asyncio.wait_for(self.finished.get(), PATIENCE)
        except TimeoutError:
            if self.reader.done():
                self.reader.result()
            self.seen.errors["no answer"] += 1
        self.is_asked = False
        waited = time.perf_counter() - began
        self.seen.waits[name].append(waited)
        return waited

    async def _send(self, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.cached_message_hashes[:] = self.query, sorted(self.hashes)
        if self.page_hash:
            state.page_script_hash = self.page_hash
        else:
            state.page_name = "" if self.page == "overview" else self.page
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.context_info.timezone = "UTC"
        with suppress(ConnectionClosed):
            assert self.socket is not None
            await self.socket.send(message.SerializeToString())

    async def _read(self, connection: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for data in connection:
                assert isinstance(data, bytes)
                self.seen.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)
        if not self.reader.cancelled():
            self.seen.errors["closed by the server"] += 1

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable and message.hash:
            self.hashes.add(message.hash)
        if kind == "new_session":
            if not message.metadata.run.fragment_ids:
                self._stop_timers()
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            self.seen.errors[message.delta.new_element.exception.type or "exception"] += 1
        elif kind == "script_finished":
            if message.script_finished == FRAGMENT:
                self.seen.fragments += 1
            elif message.script_finished == FULL:
                self.seen.by_itself += not self.is_asked
                self.finished.put_nowait(True)

    def _start_timer(self, fragment: str, seconds: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(seconds)
                await self._send(fragment)

        if (old := self.timers.get(fragment)) is not None:
            old.cancel()
        self.timers[fragment] = asyncio.create_task(tick())

    def _stop_timers(self) -> None:
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()


async def person(address: str, seen: Seen, until: float, pause: tuple[float, float], chance: random.Random) -> None:
    """Opens pages, chooses departments, and goes on in the queue, until it is time to leave."""
    await asyncio.sleep(chance.uniform(0, pause[1]))
    async with Session(address, seen) as session:
        while time.monotonic() < until:
            page = chance.choice(CROWD)
            chosen = {"department": chance.choice(DEPARTMENTS)}
            if page == "queue":
                chosen["page"] = str(chance.choice((1, 1, 2, 3)))
            query = urlencode({name: value for name, value in chosen.items() if value})
            await session.ask(page, query, page)
            await asyncio.sleep(chance.uniform(*pause))


async def crowd(address: str, count: int, seconds: float, pause: tuple[float, float]) -> Seen:
    """Let so many people use the desk for so long."""
    seen, until = Seen(), time.monotonic() + seconds
    lag = asyncio.create_task(_watch_lag(address, seen))
    people = [person(address, seen, until, pause, random.Random(number)) for number in range(count)]
    await asyncio.gather(*people)
    lag.cancel()
    return seen


async def idle(address: str, page: str, chosen: argparse.Namespace, processes: Sequence[psutil.Process]) -> float:
    """Open a page in so many tabs, do nothing, and print what that takes of the server."""
    seen = Seen()
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Session(address, seen)) for _ in range(chosen.idle)]
        for tab in tabs:
            await tab.ask(page, "", page)
        seen.by_itself = seen.fragments = 0
        before = used(processes)
        await asyncio.sleep(chosen.seconds)
        share = 100 * (used(processes) - before) / chosen.seconds / chosen.idle
    print(
        f"{chosen.idle} tabs of {page} untouched for {chosen.seconds:.0f} s: {share:.2f}% of a core each; "
        f"{seen.by_itself} page runs, {seen.fragments} fragment runs, errors {dict(seen.errors)}",
        flush=True,
    )
    return share


async def alone(address: str, page: str, times: int, processes: Sequence[psutil.Process]) -> tuple[float, float, Seen]:
    """Processor and wall milliseconds of the server for one rerun of a page whose answers are kept."""
    seen = Seen()
    async with Session(address, seen) as session:
        for _ in range(3):  # cold, and once more with what the first left to be made
            await session.ask(page, "", page)
        before = used(processes)
        times *= 1 if page else 8  # the processor's time is counted in steps of 10 ms
        waits = [await session.ask(page, "", page) for _ in range(times)]
        return 1000 * (used(processes) - before) / times, 1000 * statistics.median(waits), seen


async def _watch_lag(address: str, seen: Seen) -> None:
    while True:
        began = time.perf_counter()
        with suppress(OSError):
            await asyncio.to_thread(lambda: urllib.request.urlopen(f"{address}/healthz", timeout=60).read())
            seen.lag.append(time.perf_counter() - began)
        await asyncio.sleep(1)


def used(processes: Sequence[psutil.Process]) -> float:
    """Seconds of processor that these used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def memory(processes: Sequence[psutil.Process]) -> float:
    return sum(process.memory_info().rss for process in processes) / 1e6


@contextmanager
def server(
    script: Path,
    root: Path,
    data: Path | None,
    health: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    *,
    by_itself: bool = False,
) -> Iterator[tuple[str, psutil.Process]]:
    """A running server and its process. `by_itself`: as Streamlit comes, on Python's own event loop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {"PYTHONPATH": str(root)} | ({"DESK_DATA": str(data)} if data else {})
    environ.pop("DATABASE_URL", None)
    environ |= settings
    program = ["-c", BY_ITSELF] if by_itself else ["-m", "streamlit"]
    command = [sys.executable, *program, "run", str(script), f"--server.port={port}", "--server.headless=true"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=root, env=environ, stdout=log, stderr=subprocess.STDOUT)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                if process.poll() is not None:
                    log.seek(0)
                    raise RuntimeError(log.read().decode())
                with suppress(OSError):
                    urllib.request.urlopen(address + health, timeout=5).read()
                    break
                time.sleep(0.5)
            yield address, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def waits_line(name: str, waits: Sequence[float]) -> str:
    parts = (f"{1000 * percentile(waits, share):8.0f}" for share in (0.5, 0.95, 0.99))
    return f"{name:14}{len(waits):6}{''.join(parts)}"


def measure_alone(places: Sequence[Place], floors: Sequence[Place], times: int) -> None:
    """Print what one rerun takes, and its ratio to each floor, an empty page; floors come first and last."""
    heads = "".join(f"{'x ' + name:>14}" for name, _, _ in floors)
    print(f"{'alone':14}{'cpu ms':>8}{heads}{'wall ms':>9}{'KB':>7}")
    found: dict[str, float] = {}
    for name, address, processes in [*floors, *places, *floors]:
        page = "" if name in dict.fromkeys(floor[0] for floor in floors) else name
        cost, wall, seen = asyncio.run(alone(address, page, times, processes))
        if not page:
            found.setdefault(name, cost)
        ratios = "".join(f"{cost / found[floor[0]]:14.1f}" if floor[0] in found else " " * 14 for floor in floors)
        wrong = f"  {dict(seen.errors)}" if seen.errors else ""
        kilobytes = seen.received / 1000 / (times + 3)
        print(f"{name:14}{cost:8.1f}{ratios}{wall:9.0f}{kilobytes:7.0f}{wrong}", flush=True)


def measure_crowd(address: str, processes: Sequence[psutil.Process], chosen: argparse.Namespace) -> None:
    """Print what all sessions waited."""
    own = psutil.Process()
    before, mine, room, began = used(processes), used([own]), memory(processes), time.monotonic()
    seen = asyncio.run(crowd(address, chosen.sessions, chosen.seconds, tuple(chosen.pause)))
    passed, spent, during = time.monotonic() - began, used(processes) - before, memory(processes)
    print(f"\n{chosen.sessions} sessions, {passed:.0f} s, pauses {chosen.pause[0]:g} to {chosen.pause[1]:g} s")
    print(f"{'waited, ms':14}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}")
    for name, waits in sorted(seen.waits.items()):
        print(waits_line(name, waits))
    everything = [wait for waits in seen.waits.values() for wait in waits]
    print(waits_line("all", everything))
    print(waits_line("event loop", seen.lag))
    runs = len(everything) + seen.by_itself
    print(
        f"page runs {runs} ({seen.by_itself} by themselves), fragment runs {seen.fragments}, errors {dict(seen.errors)}"
    )
    print(f"server: {spent / passed:.2f} cores, {1000 * spent / max(runs, 1):.0f} ms of processor a page run, all in")
    print(f"this program: {(used([own]) - mine) / passed:.2f} cores; load {os.getloadavg()[0]:.1f}")
    print(f"memory, MB: {room:.0f} before, {during:.0f} at the end ({(during - room) / chosen.sessions:.2f} a session)")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--desk", type=Path, default=ROOT)
    parser.add_argument("--address")
    parser.add_argument("--pid", type=int, nargs="+", default=[])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, nargs=2, default=(5.0, 15.0))
    parser.add_argument("--alone", type=int, default=20)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--pages", nargs="*", default=PAGES)
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        if chosen.address:
            address, processes = chosen.address, [psutil.Process(pid) for pid in chosen.pid]
        else:
            found = stack.enter_context(server(chosen.desk / "app.py", chosen.desk, chosen.data, "/healthz"))
            address, processes = found[0], [found[1]]
        print(f"{urlsplit(address).netloc} of {chosen.desk}, load {os.getloadavg()[0]:.1f}", flush=True)
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        empty = stack.enter_context(server(script, chosen.desk, None, "/_stcore/health"))
        if chosen.alone:
            plain = stack.enter_context(server(script, chosen.desk, None, "/_stcore/health", by_itself=True))
            measure_alone(
                [(page, address, processes) for page in chosen.pages],
                [("empty", plain[0], [plain[1]]), ("empty+loop", empty[0], [empty[1]])],
                chosen.alone,
            )
        if chosen.idle:
            for page in ("overview", "queue"):
                asyncio.run(idle(address, page, chosen, processes))
        if chosen.sessions:
            print("\nThe empty page, as the floor:", end="")
            measure_crowd(empty[0], [empty[1]], chosen)
            print("\nThe desk:", end="")
            measure_crowd(address, processes, chosen)


if __name__ == "__main__":
    main()
