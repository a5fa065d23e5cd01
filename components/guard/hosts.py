"""Under which names the desk may be asked for, and from which pages a browser may open a socket to it.

A web page anywhere can give its own name the address of the desk and then read it from the reader's browser (DNS
rebinding); a service on another port of this machine is another site too. So the desk answers only to names it knows,
and to sockets only from its own pages: same scheme, same name, same port.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from db.rules.errors import DeskError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEFAULT_PORTS = {"http": 80, "https": 443}
SCHEMES = {"ws": "http", "wss": "https", "http": "http", "https": "https"}
HOSTS_SETTING = "DESK_HOSTS"
_NAME = re.compile(r"[0-9a-z.:_-]+")


@dataclass(frozen=True)
class Origin:
    """Scheme, name and port of a site; a port that is the scheme's own is written out."""

    scheme: str
    name: str
    port: int


@dataclass(frozen=True)
class Hosts:
    """The names that the desk answers to (any port) and the whole origins it answers to (exactly)."""

    names: frozenset[str]
    origins: frozenset[Origin] = frozenset()

    def answers_to(self, host: str | None) -> bool:
        """Whether a request with this `Host` header is meant for the desk."""
        asked = origin_of(f"http://{host}") if host else None
        return asked is not None and asked.name in self.names

    def accepts(self, origin: str | None, *, scheme: str, host: str | None) -> bool:
        """Whether a socket may be opened: its page must be the desk's own.

        `scheme`: of the socket as the server sees it (ws or wss). A request without an `Origin` header does not come
        from a browser, so no page can misuse its reader.
        """
        if not self.answers_to(host):
            return False
        if origin is None:
            return True
        page = origin_of(origin)
        if page is None:
            return False
        return page in self.origins or page == origin_of(f"{SCHEMES[scheme]}://{host}")


def read_hosts(environ: Mapping[str, str]) -> Hosts:
    """The hosts of this environment: the loopback names, and what `DESK_HOSTS` lists after commas.

    An entry is a name (`desk.example.gov`) or, where a proxy speaks TLS for the desk, the origin that readers see
    (`https://desk.example.gov`). Raises DeskError that names an entry that is neither.
    """
    names, origins = set(LOOPBACK), set()
    for entry in environ.get(HOSTS_SETTING, "").split(","):
        text = entry.strip()
        if not text:
            continue
        origin = origin_of(text if "://" in text else f"http://{text}")
        if origin is None or not _NAME.fullmatch(origin.name):
            raise DeskError(
                f'{HOSTS_SETTING} has "{text}", which is no name; expected names such as desk.example.gov or, behind a '
                "proxy with TLS, https://desk.example.gov, separated by commas"
            )
        names.add(origin.name)
        if "://" in text:
            origins.add(origin)
    return Hosts(frozenset(names), frozenset(origins))


def origin_of(url: str) -> Origin | None:
    """The origin of an address without a path; None where it has none, or more than an origin."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    return Origin(parts.scheme, parts.hostname.rstrip("."), port or DEFAULT_PORTS[parts.scheme])
