"""How the kiosk does with many screens open: `python -m tests.bench.many_kiosks SNAPSHOT DATA [--kiosks 300] ...`.

Starts a kiosk on the snapshot's folder and, as a process of its own beside it, a desk on the data folder. Each kiosk
opens a screen every `--every` seconds, in one of the five languages, and asks every five seconds whether the server is
there, as the page does. Meanwhile people use the desk as in `many_people`. After `--warm` seconds that are not
counted, what a screen took, what the people waited and what both servers took is printed. The kiosks come from several
addresses of this machine: one may open 150.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil

from components.guard.sockets import MOST_PER_ADDRESS
from components.kiosk.language import LANGUAGES
from components.kiosk.state import SCREENS
from tests.bench.many_people import crowd
from tests.bench.sessions import ROOT, Seen, Session, memory, server, used, waits_line

ASK_SERVER = 5.0  # seconds, as static/kiosk.js


async def kiosk(address: str, number: int, seen: Seen, until: float, every: float) -> None:
    """One screen that turns until it is time to leave."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, every))
    own = f"127.0.0.{2 + number // (MOST_PER_ADDRESS - 10)}"
    lang = chance.choice(list(LANGUAGES))
    asks = asyncio.create_task(_ask_server(address, seen, chance.uniform(0, ASK_SERVER)))
    async with Session(address, seen, own_address=own) as session:
        turn = chance.randrange(len(SCREENS))
        while time.monotonic() < until:
            began = time.monotonic()
            screen = SCREENS[turn % len(SCREENS)]
            await session.ask("", urlencode({"screen": screen, "lang": lang}), screen)
            turn += 1
            await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))
    asks.cancel()


async def _ask_server(address: str, seen: Seen, first: float) -> None:
    """Ask whether the server is there, over a connection that is opened anew where the server has closed it."""
    parts = urlsplit(address)
    wanted = f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    await asyncio.sleep(first)
    while True:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(wanted)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        seen.lag.append(time.perf_counter() - began)
        writer.close()
        await asyncio.sleep(ASK_SERVER)


async def together(kiosks: str, desk: str, chosen: argparse.Namespace) -> tuple[Seen, Seen]:
    """Let all screens turn and all people work for so long."""
    seen, until = Seen(), time.monotonic() + chosen.seconds
    screens = [kiosk(kiosks, number, seen, until, chosen.every) for number in range(chosen.kiosks)]
    people = crowd(desk, chosen.people, chosen.seconds, tuple(chosen.pause))
    found, *_ = await asyncio.gather(people, *screens)
    return seen, found


async def warmed(kiosks: str, desk: str, chosen: argparse.Namespace) -> None:
    """Let everybody come and open what all open, once; it is not counted."""
    first = argparse.Namespace(**(vars(chosen) | {"seconds": chosen.warm}))
    await together(kiosks, desk, first)


def report(name: str, seen: Seen, process: psutil.Process, cores: float, room: float) -> None:
    print(f"\n{name}\n{'waited, ms':14}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}")
    for each, waits in sorted(seen.waits.items()):
        print(waits_line(each, waits))
    print(waits_line("all", [wait for waits in seen.waits.values() for wait in waits]))
    print(waits_line("event loop", seen.lag))
    print(f"{cores:.2f} cores, memory {room:.0f} to {memory([process]):.0f} MB, errors {dict(seen.errors)}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kiosks", type=int, default=300)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--every", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--warm", type=float, default=30)
    parser.add_argument("--pause", type=float, nargs=2, default=(5.0, 15.0))
    chosen = parser.parse_args(arguments)
    settings = {"DESK_MODE": "kiosk", "KIOSK_DATA": str(chosen.snapshot)}
    for name in ("DESK_DATA", "DATABASE_URL", "DESK_RECORDS_URL"):
        os.environ.pop(name, None)
    with ExitStack() as stack:
        desk, working = stack.enter_context(server(ROOT / "app.py", ROOT, chosen.data, "/healthz"))
        kiosks, showing = stack.enter_context(server(ROOT / "app.py", ROOT, None, "/healthz", settings))
        if chosen.warm:
            asyncio.run(warmed(kiosks, desk, chosen))
        own, began, load = psutil.Process(), time.monotonic(), os.getloadavg()[0]
        before = [used([one]) for one in (showing, working, own)]
        room = [memory([one]) for one in (showing, working)]
        seen, found = asyncio.run(together(kiosks, desk, chosen))
        passed = time.monotonic() - began
        cores = [(used([one]) - was) / passed for one, was in zip((showing, working, own), before, strict=True)]
        print(f"{chosen.kiosks} kiosks, a screen each {chosen.every:g} s; {chosen.people} people; {passed:.0f} s")
        report("The kiosk:", seen, showing, cores[0], room[0])
        report("The desk:", found, working, cores[1], room[1])
        print(f"\nthis program: {cores[2]:.2f} cores; load {load:.1f} before, {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
