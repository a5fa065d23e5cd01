"""Names that the desk answers to, and pages that may open a socket to it."""

from __future__ import annotations

import pytest

from components.guard.hosts import HOSTS_SETTING, Hosts, read_hosts

CITY = "https://desk.example.gov"


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:8501", True),
        ("localhost", True),
        ("LOCALHOST:9", True),
        ("[::1]:8501", True),
        ("localhost.:8501", True),
        ("evil.test:8501", False),
        ("127.0.0.1.evil.test", False),
        ("localhost@evil.test", False),
        ("evil.test#localhost", False),
        ("localhost:port", False),
        ("", False),
        (None, False),
    ],
)
def test_without_a_setting_only_this_machine_s_own_names_are_answered(host: str | None, is_known: bool) -> None:
    assert read_hosts({}).answers_to(host) is is_known


@pytest.mark.parametrize(
    ("origin", "host", "is_accepted"),
    [
        ("http://127.0.0.1:8501", "127.0.0.1:8501", True),
        ("http://localhost:8501", "localhost:8501", True),
        (None, "127.0.0.1:8501", True),
        ("http://evil.test:8501", "evil.test:8501", False),  # a rebound name
        ("http://evil.test", "127.0.0.1:8501", False),
        ("http://127.0.0.1:9999", "127.0.0.1:8501", False),  # another service of this machine
        ("http://localhost:8501", "127.0.0.1:8501", False),
        ("https://127.0.0.1:8501", "127.0.0.1:8501", False),
        ("null", "127.0.0.1:8501", False),
        ("http://127.0.0.1:8501/path", "127.0.0.1:8501", False),
    ],
)
def test_a_socket_is_for_the_desk_s_own_pages(origin: str | None, host: str, is_accepted: bool) -> None:
    assert read_hosts({}).accepts(origin, scheme="ws", host=host) is is_accepted


def test_behind_a_proxy_with_tls_the_origin_that_readers_see_is_accepted_and_no_other() -> None:
    hosts = read_hosts({HOSTS_SETTING: f"{CITY}, other.example.gov"})
    assert hosts.accepts(CITY, scheme="ws", host="desk.example.gov")
    assert not hosts.accepts("https://other.example.gov", scheme="ws", host="other.example.gov")
    assert hosts.accepts("http://other.example.gov", scheme="ws", host="other.example.gov")
    assert hosts.accepts("https://other.example.gov:443", scheme="wss", host="other.example.gov")
    assert not hosts.accepts(f"{CITY}:8443", scheme="ws", host="desk.example.gov")


@pytest.mark.parametrize(
    "entry", ["*", "*.example.gov", "ftp://desk.example.gov", "https://desk.example.gov/desk", "a b"]
)
def test_what_is_no_name_is_refused_by_its_text(entry: str) -> None:
    with pytest.raises(ValueError, match="DESK_HOSTS has"):
        read_hosts({HOSTS_SETTING: f"desk.example.gov,{entry}"})


def test_an_empty_setting_is_no_setting() -> None:
    assert read_hosts({HOSTS_SETTING: " , "}) == read_hosts({}) == Hosts(frozenset({"127.0.0.1", "localhost", "::1"}))
