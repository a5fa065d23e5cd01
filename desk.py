"""The desk as a web application: the frame and its pages, two health routes, and what must hold for every response.

`app.py` starts it. At the first start without data it makes the demo city, and makes it anew when the
generated time has run out.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route
from starlette.types import Scope

from components.guard.document import Document, document
from components.guard.hosts import LOOPBACK, read_hosts
from components.guard.responses import Guard, headers
from components.guard.sockets import SocketGuard, read_proxies
from components.links import NO_PAGE
from components.menu import MENU
from components.paper.routes import routes as paper_routes
from db import faults
from db.cities import load
from db.cities.of_database import City
from db.ingest import demo
from db.queries.data import freshness
from db.rules.errors import DeskError
from db.settings import read, wants_tiles
from db.storage.database import Database

ROOT = Path(__file__).resolve().parent
DEMO_CITY = "los_angeles"
PAGES = frozenset(page.stem for page in (ROOT / "pages").glob("[!_]*.py"))
# What Streamlit and the desk serve beside pages; `_stcore` below a page is how a browser looks for the server.
SERVED = frozenset(
    {
        "_stcore",
        "app",
        "auth",
        "component",
        "desk.js",
        "healthz",
        "media",
        "oauth2callback",
        "print",
        "readyz",
        "static",
    }
)

SCRIPT = '<script src="./desk.js"></script>'

log = logging.getLogger("desk")


def page_meant(path: str) -> str | None:
    """Where to redirect a path: to the page it begins with, else to the overview, which says so; None to leave it.

    Streamlit answers any path with its own document, whose parts are then looked for below that path: a blank page.
    The first page it serves at the root only, and knows it by no name.
    """
    first, *rest = [part for part in path.split("/") if part] or [""]
    if first in SERVED or "_stcore" in rest or not (rest or first) or ("." in first and not rest):
        return None
    if first == MENU[0].name:
        return "/"
    if first in PAGES:
        return f"/{first}" if rest else None
    return f"/?{urlencode({NO_PAGE: path.strip('/')[:60]})}"


@functools.cache
def desk_document() -> str:
    """Streamlit's document with the desk's name, and with the script that says where the server is."""
    return document({"<title>Streamlit</title>": "<title>Operations desk</title>", "<head>": f"<head>{SCRIPT}"})


def document_for(scope: Scope) -> str | None:
    """The document for a page of the desk; None for any other path."""
    return desk_document() if scope["path"].strip("/") in PAGES | {""} else None


async def script(request: Request) -> FileResponse:
    """The script of the document."""
    return FileResponse(ROOT / "components" / "static" / "desk.js", media_type="text/javascript")


async def healthz(request: Request) -> JSONResponse:
    """The process is alive."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> JSONResponse:
    """The database can be read, and how old its data are; 503 when there is nothing to read.

    Which city, which version and why not is told to this machine only; the network is told the status.
    """
    state = await anyio.to_thread.run_sync(readiness)
    code = 200 if state["status"] == "ready" else 503
    is_near = request.client is not None and request.client.host in LOOPBACK
    return JSONResponse(state if is_near else {"status": state["status"]}, status_code=code)


def readiness() -> dict[str, object]:
    """What /readyz says; a reason without addresses or passwords when the desk is not ready."""
    from components import cache, run  # not before the server runs: its decorators look for it

    try:
        database = cache.database()
        if database.is_empty():
            return {"status": "empty", "reason": "no requests were loaded yet"}
        with database.reader().connect() as connection:
            city = City.of(connection, cache.settings())
            now = run.clock().astimezone(ZoneInfo(city.profile.time_zone)).replace(tzinfo=None)
            as_of = freshness.default_as_of(connection, now)
    except (*cache.AWAY, DeskError) as error:
        log.warning("not ready: %s", error)
        return {"status": "away", "reason": f"the database cannot be read ({type(error).__name__})"}
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is logged with its traceback
        return {"status": "fault", "reason": faults.sentence(faults.report(fault, cache.settings()))}
    return {
        "status": "ready",
        "city": city.key,
        "version": database.version(),
        "data_as_of": as_of.isoformat(timespec="seconds"),
        "data_age_seconds": max(0, round((now - as_of).total_seconds())),
    }


def warm_up() -> None:
    """Make the demo city where there are no data, or anew where its time has run out; then fill the cache."""
    from components import cache, run  # not before the server runs: its decorators look for it

    database = cache.database()
    now = run.minute().astimezone(ZoneInfo(load(DEMO_CITY).time_zone)).replace(tzinfo=None)
    try:
        if needs_demo(database, now):
            log.info("Making a generated city to look at: about 20 seconds. The address answers when it is there.")
            demo.make_demo(database, now=now)
            log.info("The generated city is there. Load real requests with: python -m db load FILE")
        if not database.is_empty():
            cache.warm(now)
    except (*cache.AWAY, cache.DatabaseAwayError, DeskError) as error:
        # The desk still starts: it says on screen what is missing, and /readyz answers 503.
        log.error("The data could not be made ready: %s", error)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is logged with its traceback
        log.error("The data could not be made ready: %s", faults.sentence(faults.report(fault, cache.settings())))


def needs_demo(database: Database, now: datetime) -> bool:
    """Only an embedded database is filled by itself; a server was set up by someone, for something."""
    if database.kind != "duckdb":
        return False
    if database.schema_version() is None:
        return True  # a folder that nobody touched
    if database.is_empty():
        return False  # somebody made the tables, or tried to load a file: what is empty is shown as empty
    with database.reader().connect() as connection:
        stored_city = {str(name): value for name, value in freshness.city(connection).iloc[0].items()}
    return demo.demo_needs_renewal(stored_city, now)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Data first, then requests: the first page a newcomer sees has figures on it.

    The server has named its address and answers there only when this is done.
    """
    await anyio.to_thread.run_sync(warm_up)
    from components import ahead  # as in `warm_up`

    async with anyio.create_task_group() as beside:
        beside.start_soon(ahead.keep)
        yield
        beside.cancel_scope.cancel()


class Parts(TypedDict):
    """What `st.App` is made of."""

    script_path: Path
    routes: list[Route]
    middleware: list[Middleware]
    lifespan: Callable[[st.App], AbstractAsyncContextManager[None]]


def parts(environ: Mapping[str, str]) -> Parts:
    """What `st.App` is made of for the desk. Raises DeskError where the environment names no usable database."""
    read(environ)
    return Parts(
        script_path=ROOT / "components" / "frame.py",
        routes=[Route("/desk.js", script), Route("/healthz", healthz), Route("/readyz", readyz), *paper_routes()],
        middleware=[
            Middleware(
                Guard,
                headers=headers(with_tiles=wants_tiles(environ)),
                hosts=read_hosts(environ),
                proxies=read_proxies(environ),
                page_meant=page_meant,
            ),
            Middleware(SocketGuard, hosts=read_hosts(environ), proxies=read_proxies(environ)),
            Middleware(Document, document_for=document_for),
        ],
        lifespan=lifespan,
    )
