"""The socket between browser and desk: who may open one, how many, and which messages pass.

Streamlit obeys any message of its protocol from anybody who has a session: one of two bytes empties the caches of
everybody. The desk's own pages need four kinds of message; all others are dropped here, before Streamlit reads them.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from components.guard.hosts import Hosts
from db.rules.errors import DeskError

PASSES = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})
LARGEST_MESSAGE = 256 * 1024  # bytes from a browser; a page's whole state is under 20,000
MOST_PER_VISITOR = 24  # open sockets of one browser: its tabs
MOST_PER_ADDRESS = 150  # of one address: an office behind one router
VISITOR_COOKIE = "desk_visitor"
UNREADABLE, POLICY_VIOLATION, TOO_BIG, TRY_LATER = 1003, 1008, 1009, 1013
PROXIES_SETTING = "DESK_PROXIES"

log = logging.getLogger("desk")


@dataclass(frozen=True)
class Proxies:
    """Addresses of proxies whose word is taken for the address of the reader."""

    addresses: frozenset[str] = frozenset()

    def reader_of(self, scope: Scope) -> str:
        """The address that a request comes from; behind a proxy of ours the last one that it names."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if address not in self.addresses:
            return address
        named = header(scope, "x-forwarded-for").split(",")[-1].strip()
        return named or address

    def is_secure(self, scope: Scope) -> bool:
        """Whether the reader's browser speaks TLS, to the desk itself or to a proxy of ours."""
        client = scope.get("client")
        if client and str(client[0]) in self.addresses:
            return header(scope, "x-forwarded-proto").split(",")[-1].strip() == "https"
        return scope.get("scheme") in ("https", "wss")


def read_proxies(environ: Mapping[str, str]) -> Proxies:
    """The proxies that `DESK_PROXIES` lists after commas. Raises DeskError that names an entry that is no address."""
    found = set()
    for entry in environ.get(PROXIES_SETTING, "").split(","):
        if not (text := entry.strip()):
            continue
        try:
            found.add(str(ip_address(text)))
        except ValueError:
            raise DeskError(
                f'{PROXIES_SETTING} has "{text}", which is no address; expected addresses such as 127.0.0.1'
            ) from None
    return Proxies(frozenset(found))


@dataclass
class OpenSockets:
    """How many sockets are open, by visitor (cookie) and by address. Only the event loop touches it."""

    by_visitor: Counter[str] = field(default_factory=Counter)
    by_address: Counter[str] = field(default_factory=Counter)

    def has_room(self, visitor: str, address: str) -> bool:
        """Whether one more may be opened. A browser without the cookie counts by its address alone."""
        if visitor and self.by_visitor[visitor] >= MOST_PER_VISITOR:
            return False
        return self.by_address[address] < MOST_PER_ADDRESS

    def opened(self, visitor: str, address: str) -> None:
        self.by_address[address] += 1
        if visitor:
            self.by_visitor[visitor] += 1

    def closed(self, visitor: str, address: str) -> None:
        for counts, key in ((self.by_address, address), (self.by_visitor, visitor)):
            if key in counts:
                counts[key] -= 1
                if counts[key] <= 0:
                    del counts[key]


class SocketGuard:
    """Refuses sockets from other sites and too many of one reader, and drops messages that no page of ours sends."""

    def __init__(self, app: ASGIApp, hosts: Hosts, proxies: Proxies, values: frozenset[str] | None = None) -> None:
        """`values`: the kinds of value that widgets of our pages have, None for any; see `WidgetState.value`."""
        self.app = app
        self.hosts = hosts
        self.proxies = proxies
        self.values = values
        self.open = OpenSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        host, origin = header(scope, "host") or None, header(scope, "origin") or None
        if not self.hosts.accepts(origin, scheme=scope.get("scheme", "ws"), host=host):
            log.warning("a socket for %r from a page of %r was refused", host, origin)
            await _refuse(receive, send, POLICY_VIOLATION)
            return
        visitor, address = visitor_of(scope), self.proxies.reader_of(scope)
        if not self.open.has_room(visitor, address):
            log.warning("one more socket from %s was refused: too many are open", address)
            await _refuse(receive, send, TRY_LATER)
            return
        self.open.opened(visitor, address)
        try:
            await self.app(scope, _only_ours(receive, send, self.values), send)
        finally:
            self.open.closed(visitor, address)


def _only_ours(receive: Receive, send: Send, values: frozenset[str] | None) -> Receive:
    """`receive` without the messages that no page of ours sends; one that is too large, or none of the protocol, ends
    the connection: Streamlit would write a traceback of forty lines for each into the log.
    """

    async def receive_ours() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            data = message.get("bytes")
            is_too_big = data is not None and len(data) > LARGEST_MESSAGE
            found = None if data is None or is_too_big else read_message(data)
            if found is None:
                code = TOO_BIG if is_too_big else UNREADABLE
                await send({"type": "websocket.close", "code": code})
                return {"type": "websocket.disconnect", "code": code}
            if passes(found, values):
                return message

    return receive_ours


def read_message(data: bytes) -> BackMsg | None:
    """A message of the protocol; None for what is none."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    return message


def passes(message: BackMsg, values: frozenset[str] | None = None) -> bool:
    """Whether a page of ours sends such a message: its kind, and what its widgets say."""
    if message.WhichOneof("type") not in PASSES:
        return False
    widgets = message.rerun_script.widget_states.widgets
    kinds = {widget.WhichOneof("value") for widget in widgets}
    if values is not None and not kinds <= values:
        return False
    return all(_is_json(widget.json_value) for widget in widgets if widget.WhichOneof("value") == "json_value")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


async def _refuse(receive: Receive, send: Send, code: int) -> None:
    await receive()
    await send({"type": "websocket.close", "code": code})


def header(scope: Scope, name: str) -> str:
    """The first header of this name, an empty text where there is none."""
    wanted = name.encode("latin-1")
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), "")


def visitor_of(scope: Scope) -> str:
    """What the desk's own cookie says of a browser; an empty text where it has none."""
    try:
        cookies = SimpleCookie(header(scope, "cookie"))
    except CookieError:
        return ""
    return cookies[VISITOR_COOKIE].value if VISITOR_COOKIE in cookies else ""
