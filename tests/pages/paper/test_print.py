"""`/print/SHEET`: the page's own link as a sheet of paper, under the Guard, with the figures of the page."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from starlette.routing import Route

from components import access
from components.paper import __main__ as terminal
from components.paper import routes
from components.paper.sheets import SHEETS, Entry
from db.settings import PAPERS as SETTING_PAPERS
from tests.builders import closed_request, open_request

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
Fill = Callable[..., Path]
Open = Callable[..., Any]
AT = "2026-07-09T12:00"
NASTY = '#1 $x$ *b* <b> =1+1 עברית "q" & Co'
KNOWN = {"as_of": AT, "period": "everything", "goals": "working"}
OPEN_TO_ALL = {"/healthz", "/readyz", "/desk.js"}  # none of them says anything of a request


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(path: str, query: str = "", method: str = "GET") -> Answer:
    """One request to the whole application, as a server would hand it over."""
    import desk

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"},
        **{"path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""},
        **{"headers": [(b"host", b"127.0.0.1:8501")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501)},
    }
    asyncio.run(_app(desk)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, body)


def _app(module: Any) -> Any:
    """The routes and the guard of the desk, without Streamlit's own server behind them."""
    from starlette.applications import Starlette

    parts = module.parts(os.environ)
    return Starlette(routes=parts["routes"], middleware=parts["middleware"])


def words(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(content)
    found = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(found.stdout.replace("\u200b", "").split())


def printed(sheet: str, tmp_path: Path, **params: str) -> str:
    answer = ask(f"/print/{sheet}", urlencode({**KNOWN, **params}))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/pdf"
    return words(answer.body, tmp_path)


@pytest.fixture(autouse=True)
def quiet_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's log stays with the tests: the application would take it to the console."""
    monkeypatch.setattr(logging.getLogger("desk"), "propagate", True)


@pytest.fixture
def city(fill: Fill) -> None:
    fill(
        [
            open_request(
                "Wed 2026-07-01 09:00", sr_number="1-1", due="Mon 2026-07-06 17:00", address=NASTY, department="BSS"
            ),
            open_request("Wed 2026-07-08 09:00", sr_number="1-2", due="Mon 2026-07-13 17:00", department="BSS"),
            open_request("Wed 2026-07-08 10:00", sr_number="1-3", department="BSL", latitude=34.05, longitude=-118.25),
            closed_request("Wed 2026-07-01 09:00", "Thu 2026-07-02 09:00", sr_number="1-4", due="Mon 2026-07-06 17:00"),
        ]
    )


def test_every_route_but_those_of_health_asks_who_may_read() -> None:
    import desk

    ours = [route for route in desk.parts(os.environ)["routes"] if isinstance(route, Route)]
    assert {route.path for route in ours} > OPEN_TO_ALL
    unguarded = {route.path for route in ours if not getattr(route.endpoint, access.GUARDED, False)}
    assert unguarded == OPEN_TO_ALL


def test_whoever_may_not_read_gets_no_sheet(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "may_read", lambda request: False)
    assert ask("/print/overview").status == 403


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_can_be_printed(sheet: str, city: None, tmp_path: Path) -> None:
    text = printed(sheet, tmp_path, sr="1-1", stops="myla311:1-1,myla311:1-3")
    # A briefing is of the moment at which its week was over.
    as_of = "Mon 6 Jul 2026, 00:00" if sheet == "brief" else "Thu 9 Jul 2026, 12:00"
    assert f"Los Angeles · as of {as_of}" in text
    assert "About this sheet" in text
    assert f"as_of={AT}" in text


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_is_printed_where_nothing_is_chosen(sheet: str, city: None, tmp_path: Path) -> None:
    """No row at all, and of request and crew list a link that names none."""
    printed(sheet, tmp_path, department="BSL", type="Graffiti Removal", as_of="2026-07-02T00:00")


def test_the_overview_says_what_the_page_says(city: None, visit: Open, tmp_path: Path) -> None:
    from tests.pages.conftest import figure

    page = visit("overview", **KNOWN)
    text = printed("overview", tmp_path)
    assert (figure(page, "Open"), figure(page, "Overdue")) == ("3", "1")
    assert re.search(r"Open Overdue Due today Opened today Closed today 3 1 0 – 0", text)
    assert page.title[0].value.replace("\\", "") in text  # on screen, signs that would be read as markup are escaped
    assert "Why it misses" in text


def test_the_sheet_of_today_ends_where_today_ends(city: None, tmp_path: Path) -> None:
    text = printed("queue", tmp_path, department="BSS", room="1")
    assert "1 of 2 open stops fit into today." in text
    assert "Today ends here. Not on this sheet: 1 " in text
    assert len(re.findall(r"\b1-[12]\b", text)) == 1
    assert "Nothing else is open." in printed("queue", tmp_path, department="BSS", room="9")


def test_the_sheet_of_another_list_is_all_of_it(city: None, tmp_path: Path) -> None:
    text = printed("queue", tmp_path, department="BSS", lane="late", room="0")
    assert "1 open stops." not in text
    assert "1 open stop." in text
    assert "Today ends here" not in text


def test_a_crew_list_has_a_row_for_each_stop_still_open(city: None, tmp_path: Path) -> None:
    text = printed("crew", tmp_path, stops="myla311:1-3,myla311:1-1,myla311:1-4,myla311:9-9")
    assert "2 stops" in text
    assert "#1 $x$ *b* <b> =1+1" in text


def test_a_request_of_a_number_that_two_systems_have_is_printed_with_its_own_chain(fill: Fill, tmp_path: Path) -> None:
    again = {"repeat_kind": "chaser", "repeat_of": "1-1", "repeat_of_system": "other"}
    fill(
        [
            open_request("Wed 2026-07-01 09:00", sr_number="1-1"),
            open_request("Wed 2026-07-01 09:00", sr_number="1-1", source_system="other"),
            open_request("Thu 2026-07-02 09:00", sr_number="1-9", source_system="other", **again),
        ]
    )
    own = open_request("Wed 2026-07-01 09:00")["source_system"]
    assert "Asked for more than once" in printed("request", tmp_path, sr="1-1", system="other")
    assert "Asked for more than once" not in printed("request", tmp_path, sr="1-1", system=str(own))


def test_a_value_that_is_gone_is_named_and_the_rest_is_printed(city: None, tmp_path: Path) -> None:
    text = printed("queue", tmp_path, type="No Such Type", lane="nonsense")
    assert 'type "No Such Type" is not in these data; it was left out.' in text
    assert 'lane "nonsense" is not one of' in text


def test_nothing_of_a_sheet_is_kept_by_browser_or_proxy(city: None) -> None:
    answer = ask("/print/overview", urlencode(KNOWN))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="overview.pdf"'


def test_the_same_link_gives_the_same_bytes(city: None) -> None:
    first, second = (ask("/print/compliance", urlencode(KNOWN)).body for _ in range(2))
    assert first == second


def test_a_link_too_long_is_refused(city: None) -> None:
    assert ask("/print/overview", "street=" + "a" * 9000).status == 414
    assert ask("/print/overview", urlencode({"street": "é" * 1000})).status == 200


@pytest.mark.parametrize("path", ["/print/nothing", "/print/" + quote("<b>x"), "/print/../app.py"])
def test_another_sheet_is_not_there_and_says_which_are(city: None, path: str) -> None:
    answer = ask(path)
    assert answer.status in (404, 307)
    assert b"<b>" not in answer.body or answer.headers["content-type"].startswith("text/plain")


def test_only_reading_is_allowed(city: None) -> None:
    assert ask("/print/overview", method="POST").status == 405


def test_an_empty_desk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_DATA", str(tmp_path / "nothing"))
    answer = ask("/print/overview")
    assert answer.status == 404
    assert b"There is no request yet" in answer.body


@pytest.mark.faulty
def test_a_fault_of_the_desk_has_a_number_and_shows_no_cause(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(view: Any) -> Any:
        raise KeyError("a cause that is nobody's business")

    monkeypatch.setitem(SHEETS, "overview", Entry(broken, ""))  # type: ignore[arg-type]
    answer = ask("/print/overview")
    assert answer.status == 500
    assert re.fullmatch(rb"This sheet could not be made: a fault of the desk, number \d{5}\.", answer.body)


def test_paper_is_a_setting_and_a_name_of_the_link(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PAPER", "a4")
    assert b"595" in ask("/print/overview", urlencode(KNOWN)).body
    assert ask("/print/overview", urlencode({**KNOWN, "paper": "folio"})).status == 404
    from components.paper import engine

    assert tuple(engine.PAPERS) == SETTING_PAPERS


def test_many_at_once_are_told_to_come_back(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_WAITING", 0)
    assert ask("/print/overview").status == 503


def test_the_terminal_writes_the_same_bytes_as_the_route(
    city: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "overview.pdf"
    given = ["--as-of", AT, "--period", "everything", "--goals", "working", "--desk", "http://127.0.0.1:8501/"]
    assert terminal.main(["overview", *given, "--out", str(out)], os.environ) == 0
    assert out.read_bytes() == ask("/print/overview", urlencode(KNOWN)).body
    assert str(out) in capsys.readouterr().out


def test_the_terminal_refuses_what_is_not_in_the_data(
    city: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "queue.pdf"
    assert terminal.main(["queue", "--type", "No Such Type", "--out", str(out)], os.environ) == 2
    assert 'error: type "No Such Type" is not in these data; nothing was written' in capsys.readouterr().err
    assert not out.exists()


def test_pages_offer_their_sheet_with_their_moment(city: None, visit: Open) -> None:
    desk = visit("queue", view="trucks", stops="myla311:1-1", **KNOWN)
    link = next(one for one in desk.get("link_button") if one.proto.label == "Print")
    assert link.proto.url.startswith("/print/crew?")
    assert "stops=myla311:1-1" in link.proto.url
    assert f"as_of={AT}" in link.proto.url
    assert not [one for one in visit("map", **KNOWN).get("link_button") if one.proto.label == "Print"]
