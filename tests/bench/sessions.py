"""A browser tab as a server sees it, on the real protocol; and a server to measure.

Protobuf over the websocket, hashes of messages that a browser keeps, the timers of `run_every`, page and fragment runs.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parent.parent.parent
BY_ITSELF = "import sys; sys.modules['uvloop'] = None; from streamlit.web.cli import main; main()"
FULL, FRAGMENT = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
PATIENCE = 120  # seconds
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@dataclass
class Seen:
    """What all sessions together waited for, and what went wrong."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    fragments: int = 0
    by_itself: int = 0
    lag: list[float] = field(default_factory=list)
    received: int = 0
    times: list[tuple[float, float]] = field(default_factory=list)  # when each wait was over, and how long it was
    marks: list[float] = field(default_factory=list)


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
        self.seen.times.append((time.monotonic(), waited))
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
