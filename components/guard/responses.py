"""What every response of the desk states, which paths are answered, and under which names."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.guard.document import INDEX
from components.guard.hosts import HOSTS_SETTING, Hosts
from components.guard.sockets import VISITOR_COOKIE, Proxies, header, visitor_of

# Where the street pictures behind the map come from; pydeck names the style below these.
TILE_HOSTS = "https://basemaps.cartocdn.com https://*.basemaps.cartocdn.com"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# The paths of Streamlit's own that a page needs. The others publish server statistics, take uploads or run scripts.
STREAMLIT_PATHS = frozenset({"stream", "health", "host-config"})
UNKEPT = ("/media/", "/print/")  # files made of requests: neither browser nor proxy may keep them
A_YEAR = 365 * 24 * 3600
NO_DEVICES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=()"


def script_hashes() -> str:
    """The hashes of the inline scripts in the installed index.html, as a policy names them."""
    page = INDEX.read_text(encoding="utf-8")
    digests = (hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def headers(*, with_tiles: bool) -> dict[str, str]:
    """What every response states. Only the street pictures of the map, where switched on, come from elsewhere.

    `connect-src 'self'` covers the desk's own socket; no other host can be reached from a page.
    """
    elsewhere = f" {TILE_HOSTS}" if with_tiles else ""
    policy = (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        f"script-src 'self' 'wasm-unsafe-eval' {script_hashes()}",
        "style-src 'self' 'unsafe-inline'",
        f"img-src 'self' data: blob:{elsewhere}",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        f"connect-src 'self' data: blob:{elsewhere}",
        "frame-ancestors 'self'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": NO_DEVICES,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


class Guard:
    """Answers only under the desk's own names, sets `headers` on every response, redirects a path that is no page to
    one, and answers 404 for paths that are not served.

    `page_meant`: where to redirect a path that is no page, None for one that needs no redirect. A browser gets a cookie
    with a random value: by it the open tabs of one browser are counted, and a proxy can send a browser to the same
    process again.
    """

    def __init__(
        self,
        app: ASGIApp,
        headers: Mapping[str, str],
        hosts: Hosts,
        proxies: Proxies,
        page_meant: Callable[[str], str | None],
    ) -> None:
        self.app = app
        self.headers = dict(headers)
        self.hosts = hosts
        self.proxies = proxies
        self.page_meant = page_meant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_secure = self.proxies.is_secure(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self.headers.items():
                    response_headers[name] = value
                if is_secure:
                    response_headers["strict-transport-security"] = f"max-age={A_YEAR}"
                if scope["path"].startswith(UNKEPT):
                    response_headers["cache-control"] = "no-store"
                if response_headers.get("content-type", "").startswith("text/html") and not visitor_of(scope):
                    response_headers.append("set-cookie", _visitor_cookie(is_secure))
            await send(message)

        await self._app_for(scope)(scope, receive, send_guarded)

    def _app_for(self, scope: Scope) -> ASGIApp:
        if not self.hosts.answers_to(header(scope, "host")):
            return _misdirected(header(scope, "host"))
        if not is_served(scope["path"]):
            return JSONResponse({"detail": "not found"}, status_code=404)
        elsewhere = self.page_meant(scope["path"]) if scope["method"] in ("GET", "HEAD") else None
        if elsewhere is None:
            return self.app
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{elsewhere}{'&' if '?' in elsewhere else '?'}{query}" if query else elsewhere)


def is_served(path: str) -> bool:
    """Whether a path may be asked for at all: of Streamlit's own only what a page needs, also below a page."""
    parts = [part for part in path.split("/") if part]
    if "_stcore" not in parts:
        return "_stcore" not in path
    return parts[parts.index("_stcore") + 1 :] in [[name] for name in STREAMLIT_PATHS]


def _misdirected(host: str) -> ASGIApp:
    """421: the request was meant for somebody else. The name is percent-encoded, so that it can carry no markup."""
    return PlainTextResponse(
        f"This desk does not answer to the name {quote(host[:100], safe=':.[]-')}. Whoever runs it can add the name to "
        f"the setting {HOSTS_SETTING}.\n",
        status_code=421,
    )


def _visitor_cookie(is_secure: bool) -> str:
    cookie = f"{VISITOR_COOKIE}={secrets.token_urlsafe(12)}; Path=/; HttpOnly; SameSite=Lax"
    return f"{cookie}; Secure" if is_secure else cookie
