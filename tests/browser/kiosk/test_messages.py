"""Whatever is sent to a kiosk, over its socket or in its URL, it stands and shows its own screens. Needs no browser."""

from __future__ import annotations

import random
import re

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from components.guard.sockets import MOST_PER_ADDRESS
from tests.browser.conftest import Server
from tests.fuzz.messages import message, query

A_SESSION = 40  # messages over one socket, where the server does not end it before


def opened(kiosk: Server) -> ClientConnection:
    base = kiosk.address.replace("http", "ws", 1)
    return connect(
        f"{base}/_stcore/stream",
        origin=Origin(kiosk.address),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        ping_interval=None,
    )


class Visitor:
    """Sends messages, and keeps what was drawn in answer."""

    def __init__(self, kiosk: Server) -> None:
        self.kiosk = kiosk
        self.elements: set[str] = set()
        self.html = ""
        self.widgets: list[str] = []
        self.closed = 0

    def send(self, messages: list[bytes | str]) -> None:
        """Send over one socket as many as the server lets; a new one for the rest."""
        while messages:
            try:
                with opened(self.kiosk) as socket:
                    while messages:
                        socket.send(messages.pop(0))
                        self._take(socket, 0.002)
                    self._take(socket, 0.2)
            except ConnectionClosed:
                self.closed += 1

    def ask(self, said: str) -> str:
        """Open the page with this query, and everything that is drawn."""
        wanted = BackMsg()
        wanted.rerun_script.query_string = said
        self.html = ""
        with opened(self.kiosk) as socket:
            socket.send(wanted.SerializeToString())
            while not self._take(socket, 30):
                pass
        return self.html

    def _take(self, socket: ClientConnection, seconds: float) -> bool:
        """Read what is there, waiting so long for more; whether a run has ended."""
        try:
            while True:
                told = ForwardMsg()
                data = socket.recv(timeout=seconds)
                assert isinstance(data, bytes)
                told.ParseFromString(data)
                if told.WhichOneof("type") == "script_finished":
                    return True
                if told.WhichOneof("type") == "delta" and told.delta.WhichOneof("type") == "new_element":
                    self._note(told.delta.new_element)
        except TimeoutError:
            return False

    def _note(self, element: object) -> None:
        kind = element.WhichOneof("type")  # type: ignore[attr-defined]
        self.elements.add(kind)
        if kind == "html":
            self.html += element.html.body  # type: ignore[attr-defined]
        elif kind == "button" and element.button.id not in self.widgets:  # type: ignore[attr-defined]
            self.widgets.append(element.button.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_any_message_and_any_query_leaves_it_standing(kiosk: Server, count: int) -> None:
    chance = random.Random(311)
    visitor = Visitor(kiosk)
    visitor.ask("")
    assert visitor.widgets
    process = psutil.Process(kiosk.process.pid)
    sent, memory = 0, []
    while sent < count:
        visitor.send([message(chance, visitor.widgets) for _ in range(A_SESSION)])
        status, body, _ = kiosk.get(f"/?{query(chance)}")
        assert (status, "kiosk.js" in body) == (200, True)
        sent += A_SESSION
        memory.append(process.memory_info().rss / 1e6)
    print(
        f"{sent} messages, {visitor.closed} sockets ended by the server, memory {memory[0]:.0f} to {memory[-1]:.0f} MB"
    )
    assert visitor.elements <= {"html", "button"}
    assert kiosk.process.poll() is None
    assert kiosk.get("/readyz")[0] == 200
    assert "<h1>How we are doing</h1>" in Visitor(kiosk).ask("lang=xx&screen=queue&district=0")
    assert re.search("<h1>[가-힣]", Visitor(kiosk).ask("lang=ko"))
    assert "Traceback" not in kiosk.said()


def test_the_log_does_not_grow_with_what_is_sent(kiosk: Server) -> None:
    """Whoever sends nonsense cannot fill the disk: a few lines a socket at most."""
    chance = random.Random(22)
    before = len(kiosk.said().splitlines())
    visitor = Visitor(kiosk)
    visitor.send([message(chance, []) for _ in range(200)])
    lines = len(kiosk.said().splitlines()) - before
    assert lines <= 3 * (visitor.closed + 1)
    assert visitor.closed < MOST_PER_ADDRESS
