"""A briefing by mail, to a real server on this computer: whole, to everybody, or not at all."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, Session

from components.paper import __main__ as terminal
from tests.builders import closed_request, open_request

Fill = Callable[..., Path]
Capture = pytest.CaptureFixture[str]
NASTY = "Potholes <script>alert(1)</script> & *co*"


class Inbox:
    """Keeps what comes in; `refused`: an address that it does not know."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refused = ""

    async def handle_RCPT(self, server: Server, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        if to == self.refused:
            return "550 no such person here"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 kept"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A server without TLS, and the settings that name it."""
    kept = Inbox()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    yield from _named(kept, server, {"DESK_MAIL_TLS": "0"}, monkeypatch)


def _named(kept: Inbox, server: Controller, more: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    for name, value in {
        "DESK_MAIL_SERVER": f"localhost:{server.port}",
        "DESK_MAIL_FROM": "desk@example.gov",
        **more,
    }.items():
        monkeypatch.setenv(name, value)
    yield kept
    server.stop()


@pytest.fixture
def city(fill: Fill) -> None:
    kept = {"service_type": NASTY, "department": "BSS", "due": "Wed 2026-07-01 09:00"}
    fill(
        [
            closed_request("Mon 2026-06-29 09:00", "Tue 2026-06-30 09:00", **kept),
            open_request("Mon 2026-06-29 10:00", **kept),
            open_request("Mon 2026-07-06 10:00", department="BSL"),
        ]
    )


def run(*arguments: str) -> int:
    import os

    return terminal.main(["brief", "--goals", "working", *arguments], os.environ)


def read(content: bytes) -> EmailMessage:
    found = message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_the_mail_has_text_html_and_the_sheet(city: None, inbox: Inbox, capsys: Capture) -> None:
    assert run("--department", "BSS", "--mail", "ana@example.gov", "bo@example.gov", "--desk", "https://desk.test") == 0
    assert "sent to ana@example.gov, bo@example.gov" in capsys.readouterr().out
    (envelope,) = inbox.mails
    assert envelope.rcpt_tos == ["ana@example.gov", "bo@example.gov"]
    assert isinstance(envelope.content, bytes)
    mail = read(envelope.content)
    assert mail["Subject"] == "Briefing: Street Services, week of 29 June to 5 July 2026"
    text, page = (mail.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert "- Kept, of those due: 50%" in text.get_content()
    assert page is not None
    assert "<li>Kept, of those due: 50%" in page.get_content()
    assert "https://desk.test/briefing?" in page.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content().startswith(b"%PDF")


def test_a_dry_run_writes_the_mail_and_sends_nothing(city: None, inbox: Inbox, tmp_path: Path) -> None:
    file = tmp_path / "brief.eml"
    assert run("--mail", "ana@example.gov", "--dry-run", str(file)) == 0
    assert read(file.read_bytes())["To"] == "ana@example.gov"
    assert inbox.mails == []


def test_one_address_that_is_refused_stops_it_for_all(city: None, inbox: Inbox, capsys: Capture) -> None:
    inbox.refused = "gone@example.gov"
    assert run("--mail", "ana@example.gov", "gone@example.gov") == 2
    assert "refuses gone@example.gov: no such person here; nothing was sent, to nobody" in capsys.readouterr().err
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("settings", "to", "reason"),
    [
        ({"DESK_MAIL_SERVER": ""}, ["a@b.c"], "DESK_MAIL_SERVER is not set as HOST:PORT"),
        ({"DESK_MAIL_SERVER": "localhost:1"}, ["a@b.c"], "the mail server localhost:1 is away or refuses"),
        ({"DESK_MAIL_SERVER": "nowhere.invalid:25"}, ["a@b.c"], "nowhere.invalid:25 is away or refuses"),
        ({"DESK_MAIL_FROM": "desk"}, ["a@b.c"], "DESK_MAIL_FROM is not set to an address"),
        ({"DESK_MAIL_TLS": "1"}, ["a@b.c"], "does not offer what is asked of it (STARTTLS, sign-in)"),
        ({"DESK_MAIL_TLS": "maybe"}, ["a@b.c"], 'DESK_MAIL_TLS is "maybe"'),
        ({}, [], "nobody to send it to"),
        ({}, ["ana"], '"ana" is not an address like ana@example.gov'),
        ({}, ["a@b.c\nBcc: x@y.z"], "is not an address"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line_and_nothing_is_sent(
    city: None,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    settings: dict[str, str],
    to: list[str],
    reason: str,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert run("--mail", *to) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    assert inbox.mails == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_it_signs_in_over_starttls_and_distrusts_a_certificate_it_does_not_know(
    city: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*made.split(), "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"desk", b"secret"), handled=False)

    server = Controller(
        kept := Inbox(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=known,
        auth_required=True,
    )
    server.start()
    more = {"DESK_MAIL_USER": "desk", "DESK_MAIL_PASSWORD": "secret", "DESK_MAIL_TO": "ana@example.gov"}
    for inbox in _named(kept, server, more, monkeypatch):
        assert run("--mail") == 2
        assert "certificate" in capsys.readouterr().err
        monkeypatch.setenv("DESK_MAIL_CA", str(certificate))
        assert run("--mail") == 0
        monkeypatch.setenv("DESK_MAIL_PASSWORD", "wrong")
        assert run("--mail") == 2
        told = capsys.readouterr().err
        assert "does not take DESK_MAIL_USER" in told
        assert "wrong" not in told
        assert len(inbox.mails) == 1


def test_a_sheet_for_each_department_in_a_folder(city: None, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "all"
    assert run("--all-departments", str(folder)) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["brief-BSL.pdf", "brief-BSS.pdf"]
    assert capsys.readouterr().out.count("kB") == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "say where it goes"),
        (["--dry-run", "x.eml", "--out", "x.pdf"], "--dry-run is for --mail"),
        (["--all-departments", "x", "--mail", "a@b.c"], "writes a file a department"),
        (["--week", "2026-W99", "--out", "x.pdf"], 'week "2026-W99" is not a week like 2026-W46'),
        (["--department", "Nowhere", "--out", "x.pdf"], 'department "Nowhere" is not in these data'),
    ],
)
def test_a_wrong_call_is_told_in_one_line_and_writes_nothing(
    city: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert reason in capsys.readouterr().err
    assert list(tmp_path.glob("*.pdf")) == []
