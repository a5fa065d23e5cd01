"""Streamlit's own document, the installed index.html, with what the desk or the kiosk writes into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

INDEX = Path(st.__file__).parent / "static" / "index.html"


def document(changes: Mapping[str, str]) -> str:
    """The installed index.html with each text of `changes` replaced once by what it is changed to.

    Raises RuntimeError that names a text which is not there: Streamlit is then of a version this was not tried with.
    """
    page = INDEX.read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in page:
            raise RuntimeError(f"Streamlit's index.html has no {old}: it is of another version")
        page = page.replace(old, new, 1)
    return page


class Document:
    """Answers for a page of the application with a document of ours instead of Streamlit's own.

    `document_for` gives the document for a request, None for one that is not for a page.
    """

    def __init__(self, app: ASGIApp, document_for: Callable[[Scope], str | None]) -> None:
        self.app = app
        self.document_for = document_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = None
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            page = self.document_for(scope)
        if page is None:
            await self.app(scope, receive, send)
            return
        await HTMLResponse(page, headers={"cache-control": "no-cache"})(scope, receive, send)
