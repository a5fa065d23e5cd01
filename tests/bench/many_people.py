"""How the desk does with many people on it: `python -m tests.bench.many_people DATA [--sessions 50] ...`.

Starts a desk on the data folder, and an empty page beside it as the floor, each a server of its own with the desk's own
settings. Sessions speak the real protocol: protobuf over the websocket, hashes of messages that a browser keeps, the
timers of `run_every`, page and fragment runs. First one session reruns each page alone, as often as `--alone` says: the
processor time of the server for each rerun, and its ratio to the empty page's, once as Streamlit alone serves it and
once on the event loop that the desk brings with it (uvloop), which makes the empty page cheaper too. Then all sessions
open pages, choose filters and go through the pages of the queue, with pauses of `--pause` seconds at random, and what
they waited is printed, with the lag of the event loop (how long `/healthz` takes), the server's processor and memory,
and errors. The machine's load and this program's own share are stated.

`--beside COMMAND` is started when half of that time is over, as a load. `--deaf` sessions ask and never read their
socket. `--after` seconds after everybody left, the memory is told again. `--rounds`: all sessions open a page and
leave, so many times, one round every `--every` seconds; the memory of each is told.

`--desk FOLDER` names another checkout to start, `--address URL --pid PID [PID ...]` servers that run already.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.bench.sessions import ROOT, Seen, Session, memory, server, used, waits_line

PAGES = ("overview", "briefing", "queue", "compliance", "goals", "workload", "map", "repeats", "data")
CROWD = ("overview", "queue", "compliance")
DEPARTMENTS = ("", "", "BSS", "LASAN", "LADOT")  # no choice more often than any
EMPTY = "import streamlit as st\n\nst.write('nothing')\n"
BY_THEMSELVES = {"beside": "", "deaf": 0, "after": 0}
AFTER_A_LOAD = 15  # seconds in which its first readers come


Place = tuple[str, str, Sequence[psutil.Process]]  # what it is, its address, its processes


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


async def crowd(
    address: str, count: int, seconds: float, pause: tuple[float, float], *, command: str = "", deaf_count: int = 0
) -> Seen:
    """Let so many people use the desk for so long. `command` is run in the middle."""
    seen, until = Seen(), time.monotonic() + seconds
    others = [asyncio.create_task(_watch_lag(address, seen))]
    others += [asyncio.create_task(deaf(address, number)) for number in range(deaf_count)]
    if command:
        others.append(asyncio.create_task(beside(command, seconds / 2, seen)))
    await asyncio.gather(*(person(address, seen, until, pause, random.Random(number)) for number in range(count)))
    for other in others:
        other.cancel()
    return seen


async def beside(command: str, after: float, seen: Seen) -> None:
    """Run a command in the middle, and say how long it took."""
    await asyncio.sleep(after)
    seen.marks.append(time.monotonic())
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.DEVNULL)
    code = await process.wait()
    seen.marks.append(time.monotonic())
    print(f"{command}: ended with {code} after {seen.marks[1] - seen.marks[0]:.0f} s", flush=True)


async def deaf(address: str, number: int) -> None:
    """A browser that asks for a page every two seconds and never reads what it is sent."""
    base, cookie = address.replace("http", "ws", 1), {"Cookie": f"desk_visitor=deaf{number}"}
    socket = await connect(
        f"{base}/_stcore/stream", origin=address, subprotocols=["streamlit"], additional_headers=cookie,
        ping_interval=None,
    )  # fmt: skip
    socket.transport.pause_reading()
    message = BackMsg()
    message.rerun_script.context_info.timezone = "UTC"
    with suppress(ConnectionClosed):
        while True:
            await socket.send(message.SerializeToString())
            await asyncio.sleep(2)


async def one_round(address: str, count: int) -> Seen:
    """So many tabs open the first page, all at once, and leave."""
    seen = Seen()

    async def tab() -> None:
        async with Session(address, seen) as session:
            await session.ask("overview", "", "overview")

    await asyncio.gather(*(tab() for _ in range(count)))
    return seen


def rounds(address: str, chosen: argparse.Namespace, processes: Sequence[psutil.Process]) -> None:
    """Print the memory at the end of each round of sessions that open a page and leave."""
    for number in range(1, chosen.rounds + 1):
        until = time.monotonic() + chosen.every
        seen = asyncio.run(one_round(address, chosen.sessions))
        time.sleep(max(0.0, until - time.monotonic()))
        print(f"round {number}: {memory(processes):.0f} MB, errors {dict(seen.errors)}", flush=True)


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
    pause: tuple[float, float] = tuple(chosen.pause)
    seen = asyncio.run(
        crowd(address, chosen.sessions, chosen.seconds, pause, command=chosen.beside, deaf_count=chosen.deaf)
    )
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
    if len(seen.marks) == 2:
        within = [wait for at, wait in seen.times if seen.marks[0] <= at <= seen.marks[1] + AFTER_A_LOAD]
        print(waits_line("while it ran", within))
    if chosen.after:
        time.sleep(chosen.after)
        print(f"memory, MB: {memory(processes):.0f}, {chosen.after:.0f} s after everybody left")


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
    parser.add_argument("--beside", default="")
    parser.add_argument("--deaf", type=int, default=0)
    parser.add_argument("--after", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--every", type=float, default=30)
    parser.add_argument("--no-floor", action="store_true")
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
        if chosen.rounds:
            rounds(address, chosen, processes)
        elif chosen.sessions:
            if not chosen.no_floor:
                print("\nThe empty page, as the floor:", end="")
                measure_crowd(empty[0], [empty[1]], argparse.Namespace(**vars(chosen) | BY_THEMSELVES))
            print("\nThe desk:", end="")
            measure_crowd(address, processes, chosen)


if __name__ == "__main__":
    main()
