"""Who may see what. For now everybody who can reach the desk may read all of it; there is no sign-in yet.

Every route of the desk's own goes through `guarded`, and the frame shows the pages of `roles`, so that this is the one
place to change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import wraps

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Endpoint = Callable[[Request], Awaitable[Response]]
GUARDED = "is_guarded"


class Role(StrEnum):
    """Whom a page is for: a page is shown to whoever has its role."""

    READER = "reader"  # a manager, the deputy mayor
    ANALYST = "analyst"  # whoever loads files and answers for the figures


def roles() -> frozenset[Role]:
    """The roles of whoever has the page open: all of them, for now."""
    return frozenset(Role)


def may_read(request: Request) -> bool:
    """Whether whoever asks may read the desk: everybody, for now."""
    return True


def guarded(endpoint: Endpoint) -> Endpoint:
    """An endpoint that answers 403 to whoever may not read the desk."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        if not may_read(request):
            return PlainTextResponse("You may not read this desk.", status_code=403)
        return await endpoint(request)

    setattr(answer, GUARDED, True)
    return answer
