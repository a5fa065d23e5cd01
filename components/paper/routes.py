"""`/print/SHEET?...`: a sheet as PDF for the link of its page."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components import cache
from components.access import guarded
from components.paper import making
from db import faults
from db.rules.errors import DeskError

LONGEST_LINK = 8_000  # bytes
AT_ONCE, MOST_WAITING = 2, 10
NOT_KEPT = {"cache-control": "no-store"}
_limiter = anyio.CapacityLimiter(AT_ONCE)


def routes() -> list[Route]:
    """The routes to hand to the application."""
    return [Route("/print/{sheet}", guarded(print_sheet), methods=["GET"])]


async def print_sheet(request: Request) -> Response:
    """The sheet, or a sentence that says why there is none."""
    if len(request.url.query.encode()) > LONGEST_LINK:
        return _refusal(f"This link is longer than {LONGEST_LINK:,} bytes. Choose less, or print a whole list.", 414)
    if _limiter.statistics().tasks_waiting >= MOST_WAITING:
        return _refusal("Many sheets are being made just now. Try again in a few seconds.", 503)
    return await anyio.to_thread.run_sync(_sheet_response, request, limiter=_limiter)


def _sheet_response(request: Request) -> Response:
    name = str(request.path_params["sheet"])
    params: dict[str, Sequence[str]] = {key: request.query_params.getlist(key) for key in request.query_params}
    try:
        sheet = making.build(name, params)
        content = making.pdf(sheet, params, cache.settings().paper, str(request.base_url))
    except DeskError as error:
        return _refusal(f"{str(error)[0].upper()}{str(error)[1:]}.", 404)
    except (cache.DatabaseAwayError, cache.DatabaseUnusableError):
        return _refusal("The desk cannot reach its data just now. Try again in a few seconds.", 503)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is logged with its traceback
        number = faults.report(fault, cache.settings())
        return _refusal(f"This sheet could not be made: {faults.sentence(number)}.", 500)
    headers = {**NOT_KEPT, "content-disposition": f'inline; filename="{sheet.name}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


def _refusal(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers=NOT_KEPT)
