"""The server: alive, ready or not, and closed where nothing may be asked. Needs no browser."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.browser.conftest import Server, Start
from tests.builders import open_request
from tests.pages.conftest import ROOT, write

CLOSED = (
    "/_stcore/metrics",
    "/_stcore/upload_file/a/b",
    "/queue/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/mcp",
    "/_stcore/",
    "/x_stcore/metrics",
)


@pytest.fixture(scope="module")
def server(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder: Path = tmp_path_factory.mktemp("server") / "data"
    write(folder, [open_request("Fri 2026-07-10 12:00")])
    return start(folder)


def test_it_is_alive_and_ready_and_tells_the_age_of_its_data(server: Server) -> None:
    assert json.loads(server.get("/healthz")[1]) == {"status": "alive"}
    status, body, _ = server.get("/readyz")
    found = json.loads(body)
    assert (status, found["status"], found["data_as_of"]) == (200, "ready", "2026-07-10T12:00:00")
    assert found["data_age_seconds"] > 0


@pytest.mark.parametrize("path", CLOSED)
def test_figures_of_the_server_and_uploads_are_closed(server: Server, path: str) -> None:
    assert server.get(path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/queue", "/healthz", "/_stcore/metrics", "/app/static/icon.svg"])
def test_every_answer_carries_the_security_headers(server: Server, path: str) -> None:
    headers = server.get(path)[2]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "form-action 'self'" in headers["content-security-policy"]
    assert "ws:" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("localhost", 200), ("evil.test", 421), ("127.0.0.1.evil.test", 421), ("", 421)],
)
def test_it_answers_to_its_own_names_only(server: Server, host: str, status: int) -> None:
    """A page elsewhere that gives its own name the address of the desk reads nothing of it."""
    address = server.address.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", "/readyz", headers={"Host": f"{host}:{address.rpartition(':')[2]}" if host else ""})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == status
    assert ("data_as_of" in body) is (status == 200)


@pytest.mark.parametrize(
    ("host", "origin", "is_opened"),
    [
        ("127.0.0.1", "http://127.0.0.1", True),
        ("evil.test", "http://evil.test", False),
        ("127.0.0.1", "http://evil.test", False),
        ("127.0.0.1", "http://127.0.0.1:1", False),
        ("127.0.0.1", "null", False),
    ],
)
def test_a_socket_is_opened_for_its_own_pages_only(server: Server, host: str, origin: str, is_opened: bool) -> None:
    port = int(server.address.rpartition(":")[2])
    page = origin if origin == "null" or origin.count(":") == 2 else f"{origin}:{port}"
    refused = nullcontext() if is_opened else pytest.raises(InvalidStatus, match="403")
    with refused, connect(f"ws://{host}:{port}/_stcore/stream", origin=Origin(page), sock=_socket_to(port)):
        pass


def test_a_browser_gets_one_cookie_that_scripts_cannot_read(server: Server) -> None:
    cookie = server.get("/")[2]["set-cookie"]
    assert cookie.startswith("desk_visitor=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/queue", None),
        ("/overview?department=BSS", "/?department=BSS"),
        ("/queue/foo?department=BSS", "/queue?department=BSS"),
        ("/nosuchpage", "/?no_page=nosuchpage"),
        ("/pages/queue.py", "/?no_page=pages%2Fqueue.py"),
        ("/queue/_stcore/health", None),
        ("/static/no/such/file.js", None),
        ("/healthz", None),
        ("/oauth2callback", "/"),  # Streamlit itself, which has no sign-in here
    ],
)
def test_a_path_that_is_no_page_leads_to_one(server: Server, path: str, leads_to: str | None) -> None:
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=30)
    connection.request("GET", path)
    assert connection.getresponse().getheader("location") == leads_to
    connection.close()


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert "127.0.0.1" in server.said()
    assert "WARNING" not in server.said()


def test_a_database_that_is_gone_is_not_ready_and_names_no_path(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write(folder, [open_request("Fri 2026-07-10 12:00")])
    server = start(folder)
    for file in folder.glob("requests-*"):
        file.rename(tmp_path / file.name)
    status, body, _ = server.get("/readyz")
    assert status == 503
    assert str(tmp_path) not in body


def test_settings_that_name_no_database_end_the_start_in_one_line() -> None:
    command = [sys.executable, "-c", "import app"]
    environ = os.environ | {"DATABASE_URL": "mysql://somebody:secret@nowhere/desk"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("error: DATABASE_URL")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def _socket_to(port: int) -> socket.socket:
    """A connection to the desk whatever name the address of the socket has."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)
