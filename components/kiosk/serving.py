"""The kiosk as a web application: one document, one script and one style sheet of its own around Streamlit's."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from components.guard.document import Document, document
from components.guard.hosts import read_hosts
from components.guard.responses import Guard, headers
from components.guard.sockets import SocketGuard, read_proxies
from components.kiosk import cache as snapshots
from components.kiosk.language import DEFAULT, LANGUAGES, words
from db.rules.errors import DeskError
from db.settings import read_kiosk

HERE = Path(__file__).resolve().parent
# What there is beside the one page; any other path leads to it.
SERVED = frozenset({"_stcore", "component", "healthz", "kiosk.css", "kiosk.js", "readyz", "static"})
BUTTONS = frozenset({"trigger_value"})  # what a kiosk's widgets say: that they were pressed
SECRETS = ("DATABASE_URL", "DESK_RECORDS_URL")

log = logging.getLogger("desk")


def check(environ: Mapping[str, str]) -> None:
    """Refuse an environment from which the process could reach a request. Raises DeskError that says what to unset."""
    for name in SECRETS:
        if environ.get(name, "").strip():
            raise DeskError(f"{name} is set: the kiosk starts only without the request database's address; unset it")
    named = environ.get("DESK_DATA", "").strip()
    if named and any(Path(named).glob("requests-*")):
        raise DeskError(
            f"DESK_DATA names {named}, which holds requests: the kiosk starts only where it cannot reach them; unset it"
        )
    kiosk = read_kiosk(environ)
    if any(kiosk.folder.glob("requests-*")):
        raise DeskError(f"KIOSK_DATA names {kiosk.folder}, which holds requests; give the snapshot a folder of its own")
    read_hosts(environ)
    read_proxies(environ)


def parts(environ: Mapping[str, str]) -> dict[str, Any]:
    """What `st.App` is made of in kiosk mode. Raises DeskError where the environment is not fit for the public."""
    check(environ)
    hosts, proxies, kiosk = read_hosts(environ), read_proxies(environ), read_kiosk(environ)

    def readyz(request: Request) -> JSONResponse:
        """Whether there is a snapshot to show."""
        found, trouble = snapshots.current(kiosk)
        status = "ready" if found and not trouble else "away" if trouble else "empty"
        return JSONResponse({"status": status}, status_code=200 if status == "ready" else 503)

    log.info("The kiosk shows the snapshot in %s", "KIOSK_DATABASE_URL" if kiosk.database_url else kiosk.folder)
    stated = headers(with_tiles=False)
    return {
        "script_path": HERE / "frame.py",
        "routes": [
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/kiosk.js", _script),
            Route("/kiosk.css", _style),
        ],
        "middleware": [
            Middleware(Guard, headers=stated, hosts=hosts, proxies=proxies, page_meant=page_meant),
            Middleware(SocketGuard, hosts=hosts, proxies=proxies, values=BUTTONS),
            Middleware(Document, document_for=document_for),
        ],
        "lifespan": lifespan,
    }


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Warn where requests lie within reach."""
    if any(Path("data").glob("requests-*")):
        log.warning("./data holds requests: for the public run the kiosk as a user of its own, who cannot read them")
    yield


def page_meant(path: str) -> str | None:
    """Any path that is no part of the page leads to the page."""
    first = next((part for part in path.split("/") if part), "")
    return None if path == "/" or first in SERVED else "/"


def document_for(scope: Scope) -> str | None:
    """The page itself in the visitor's language; None for any other path."""
    if scope["path"] != "/":
        return None
    lang = Request(scope).query_params.get("lang", DEFAULT)
    return spoken_document(lang if lang in LANGUAGES else DEFAULT)


@cache
def spoken_document(lang: str) -> str:
    """The installed index.html in one language."""
    spoken = words(lang)
    told = {
        "pause": spoken.say("Pause"),
        "continue": spoken.say("Continue"),
        "offline": spoken.say("The connection is lost and comes back by itself. Figures of {day}", day="{day}"),
    }
    meta = "".join(f'<meta name="kiosk-{name}" content="{escape(text)}">' for name, text in told.items())
    ours = f'{meta}<link rel="stylesheet" href="./kiosk.css"><script src="./kiosk.js" defer></script></head>'
    title = escape(spoken.say("How we are doing"))
    return document(
        {
            '<html lang="en">': f'<html lang="{lang}">',
            "<title>Streamlit</title>": f"<title>{title}</title>",
            "</head>": ours,
        }
    )


async def healthz(request: Request) -> JSONResponse:
    """The process is alive: what the page asks every few seconds."""
    return JSONResponse({"status": "alive"})


async def _script(request: Request) -> Response:
    return FileResponse(HERE / "static" / "kiosk.js", media_type="text/javascript")


async def _style(request: Request) -> Response:
    return FileResponse(HERE / "static" / "kiosk.css", media_type="text/css")
