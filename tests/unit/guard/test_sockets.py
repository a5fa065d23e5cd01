"""Which sockets are opened, how many, and which of their messages reach the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from components.guard.hosts import read_hosts
from components.guard.sockets import (
    LARGEST_MESSAGE,
    MOST_PER_ADDRESS,
    MOST_PER_VISITOR,
    PASSES,
    Proxies,
    SocketGuard,
    passes,
    read_proxies,
)
from components.kiosk.serving import BUTTONS

DESK = "127.0.0.1:8501"


def scope(
    origin: str | None = f"http://{DESK}", host: str = DESK, client: str = "10.1.1.1", **more: str
) -> dict[str, Any]:
    headers = {"host": host, **({"origin": origin} if origin else {}), **more}
    return {
        "type": "websocket",
        "scheme": "ws",
        "client": (client, 5000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


class Desk:
    """Notes what reaches the desk, and stays open until it is told that the browser left."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.sent: list[dict[str, Any]] = []
        self.is_open = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.is_open.set()
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                self.got.append(message["bytes"])

    async def send(self, message: Any) -> None:
        self.sent.append(message)


def visit(given: dict[str, Any], messages: Iterable[bytes] = ()) -> Desk:
    desk = Desk()
    coming = iter(
        [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "bytes": data} for data in messages),
            {"type": "websocket.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(coming)

    guard = SocketGuard(desk, read_hosts({}), Proxies())
    asyncio.run(guard(given, receive, desk.send))
    return desk


@pytest.mark.parametrize(
    ("origin", "host"),
    [("http://evil.test:8501", "evil.test:8501"), ("http://127.0.0.1:9999", DESK), ("http://evil.test", DESK)],
)
def test_a_socket_of_another_site_is_closed_before_it_is_open(origin: str, host: str) -> None:
    desk = visit(scope(origin, host), [BackMsg(clear_cache=True).SerializeToString()])
    assert (desk.got, desk.sent) == ([], [{"type": "websocket.close", "code": 1008}])


def test_only_the_messages_of_our_own_pages_pass() -> None:
    names = [entry.name for entry in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields]
    made: dict[str, bytes] = {}
    for name in names:
        message = BackMsg()
        if message.DESCRIPTOR.fields_by_name[name].message_type is None:
            setattr(message, name, True)
        else:
            getattr(message, name).SetInParent()
        made[name] = message.SerializeToString()
    desk = visit(scope(), made.values())
    assert desk.got == [made[name] for name in names if name in PASSES]
    assert {"clear_cache", "set_run_on_save", "debug_shutdown_runtime", "file_urls_request"} <= set(names) - PASSES


def test_what_cannot_be_read_ends_the_connection_and_reaches_nobody() -> None:
    desk = visit(scope(), [b"\xff\xff\xff", BackMsg(stop_script=True).SerializeToString()])
    assert (desk.got, desk.sent) == ([], [{"type": "websocket.close", "code": 1003}])


def test_a_message_that_is_too_large_ends_the_connection() -> None:
    desk = visit(scope(), [b"x" * (LARGEST_MESSAGE + 1), BackMsg(stop_script=True).SerializeToString()])
    assert (desk.got, desk.sent) == ([], [{"type": "websocket.close", "code": 1009}])


def opened_at_once(wanted: list[dict[str, Any]], proxies: Proxies) -> tuple[int, SocketGuard]:
    """How many of these sockets are open together; afterwards all are closed."""
    desks = [Desk() for _ in wanted]
    waiting = iter(desks)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await scope["desk"](scope, receive, send)

    guard = SocketGuard(app, read_hosts({}), proxies)

    async def run() -> int:
        leaves = asyncio.Event()

        async def receive() -> Any:
            await leaves.wait()
            return {"type": "websocket.disconnect"}

        async def first() -> Any:
            return {"type": "websocket.connect"}

        tasks = []
        for given in wanted:
            desk = next(waiting)
            full = guard_is_full(guard, given)
            tasks.append(asyncio.create_task(guard({**given, "desk": desk}, first if full else receive, desk.send)))
            await asyncio.sleep(0)
        count = sum(desk.is_open.is_set() for desk in desks)
        leaves.set()
        await asyncio.gather(*tasks)
        return count

    return asyncio.run(run()), guard


def guard_is_full(guard: SocketGuard, given: dict[str, Any]) -> bool:
    from components.guard.sockets import visitor_of

    return not guard.open.has_room(visitor_of(given), guard.proxies.reader_of(given))


def test_one_browser_opens_so_many_and_no_more_and_gets_room_back() -> None:
    wanted = [scope(cookie="desk_visitor=me") for _ in range(MOST_PER_VISITOR + 3)]
    count, guard = opened_at_once(wanted, Proxies())
    assert count == MOST_PER_VISITOR
    assert not guard.open.by_visitor
    assert not guard.open.by_address


def test_one_address_opens_so_many_whatever_its_cookies_say() -> None:
    wanted = [scope(cookie=f"desk_visitor={number}") for number in range(MOST_PER_ADDRESS + 3)]
    assert opened_at_once(wanted, Proxies())[0] == MOST_PER_ADDRESS


def test_only_a_configured_proxy_may_name_the_reader() -> None:
    proxies = read_proxies({"DESK_PROXIES": "10.9.9.9, ::1"})
    assert proxies.reader_of(scope(client="10.9.9.9", x_forwarded_for="1.1.1.1, 2.2.2.2")) == "2.2.2.2"
    assert proxies.reader_of(scope(client="10.9.9.9")) == "10.9.9.9"
    assert proxies.reader_of(scope(client="10.1.1.1", x_forwarded_for="2.2.2.2")) == "10.1.1.1"
    with pytest.raises(ValueError, match='DESK_PROXIES has "proxy"'):
        read_proxies({"DESK_PROXIES": "127.0.0.1,proxy"})


def rerun(**value: Any) -> BackMsg:
    """A rerun with one widget that has this value."""
    message = BackMsg()
    widget = message.rerun_script.widget_states.widgets.add(id="w")
    for name, given in value.items():
        setattr(widget, name, given)
    return message


def test_a_widget_s_value_that_is_no_json_reaches_nobody() -> None:
    assert passes(rerun(json_value='{"a": [1]}'))
    assert passes(rerun(string_value="{"))
    assert not passes(rerun(json_value="{"))
    assert not passes(rerun(json_value=""))
    assert not passes(rerun(json_value="[" * 100_000))


def test_the_kiosk_takes_buttons_alone() -> None:
    assert passes(rerun(trigger_value=True), BUTTONS)
    assert passes(BackMsg(stop_script=True), BUTTONS)
    for value in ({"string_value": "x"}, {"json_value": "1"}, {"bytes_value": b"x"}, {"int_value": 1}, {}):
        assert not passes(rerun(**value), BUTTONS)
