"""The settings in the environment variables: read once, when a program starts, and passed down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from db.rules.errors import DeskError

DEFAULT_DATA_DIR = "data"
DEFAULT_KIOSK_DIR = "kiosk-data"
KIOSK_PLACES = ("council_district", "neighborhood_council")
SWITCH = {"": False, "0": False, "off": False, "1": True, "on": True}
WRITERS = {"off": "off", "0": "off", "local": "local"}
PAPERS = ("letter", "a4")
SERVER_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, repr=False)
class Settings:
    """Where the data is and which city it holds.

    `data_dir`: the folder of the embedded database (`DESK_DATA`). `database_url`: a PostgreSQL
    server to use instead (`DATABASE_URL`). `city`: the profile to work with (`DESK_CITY`). `tiles`: whether the map
    may ask for street pictures from the network (`DESK_TILES`). `records_url`: the same server with the role that adds
    records (`DESK_RECORDS_URL`). `writers`: who may write records from pages (`DESK_WRITERS`), a key of `WRITERS`, None
    where unset. `paper`: what sheets are printed on (`DESK_PAPER`), one of `PAPERS`. `repr` never shows a password.
    """

    data_dir: Path
    database_url: str | None = None
    city: str | None = None
    tiles: bool = False
    records_url: str | None = None
    writers: str | None = None
    paper: str = "letter"

    def __repr__(self) -> str:
        shown = hidden(self.database_url) if self.database_url else None
        return f"Settings(data_dir={str(self.data_dir)!r}, database_url={shown!r}, city={self.city!r})"


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; an empty variable counts as unset.

    Raises DeskError that names the variable, never its password, and for a switch that is neither on nor off.
    """
    url = environ.get("DATABASE_URL", "").strip() or None
    if url:
        _refuse_bad_url(url)
    return Settings(
        data_dir=Path(environ.get("DESK_DATA", "").strip() or DEFAULT_DATA_DIR),
        database_url=url,
        city=environ.get("DESK_CITY", "").strip() or None,
        tiles=wants_tiles(environ),
        records_url=_records_url(environ, url),
        writers=_writers(environ),
        paper=_paper(environ),
    )


@dataclass(frozen=True, repr=False)
class KioskSettings:
    """Where the public snapshot is, for the command that publishes and for the kiosk that shows it.

    `folder`: `KIOSK_DATA`. `database_url`: `KIOSK_DATABASE_URL`, a PostgreSQL database instead. `places`:
    `KIOSK_PLACES`, the geography of the public tables. `after_load`: `KIOSK_PUBLISH`, whether a load publishes.
    `address`: `KIOSK_ADDRESS`, where the same screens can be opened on a phone. `contact`: `KIOSK_CONTACT`, whom to ask
    for the data. `oldest_days`: `KIOSK_OLDEST_DAYS`, after how many days figures are shown as old. `repr`
    never shows a password.
    """

    folder: Path
    database_url: str | None = None
    places: str = KIOSK_PLACES[0]
    after_load: bool = False
    address: str = ""
    contact: str = ""
    oldest_days: int = 14

    def __repr__(self) -> str:
        shown = hidden(self.database_url) if self.database_url else None
        return f"KioskSettings(folder={str(self.folder)!r}, database_url={shown!r}, places={self.places!r})"


def read_kiosk(environ: Mapping[str, str]) -> KioskSettings:
    """The kiosk's settings in `environ`. Raises DeskError that names the variable, never its password."""
    url = environ.get("KIOSK_DATABASE_URL", "").strip() or None
    if url:
        _refuse_bad_url(url, "KIOSK_DATABASE_URL")
        if url == environ.get("DATABASE_URL", "").strip():
            raise DeskError("KIOSK_DATABASE_URL is the same as DATABASE_URL; the kiosk's database is one of its own")
    places = environ.get("KIOSK_PLACES", "").strip() or KIOSK_PLACES[0]
    if places not in KIOSK_PLACES:
        raise DeskError(f'KIOSK_PLACES is "{places}"; expected one of {", ".join(KIOSK_PLACES)}')
    after_load = environ.get("KIOSK_PUBLISH", "").strip().lower()
    if after_load not in SWITCH:
        raise DeskError(f'KIOSK_PUBLISH is "{after_load}"; set it to 1 to publish after each load, else to 0')
    folder = Path(environ.get("KIOSK_DATA", "").strip() or DEFAULT_KIOSK_DIR)
    address = environ.get("KIOSK_ADDRESS", "").strip().rstrip("/")
    if address and not address.startswith(("https://", "http://")):
        raise DeskError(f'KIOSK_ADDRESS is "{address}"; expected an address such as https://311.example.org')
    days = environ.get("KIOSK_OLDEST_DAYS", "").strip() or str(KioskSettings.oldest_days)
    if not days.isdigit() or not 1 <= int(days) <= 3650:
        raise DeskError(f'KIOSK_OLDEST_DAYS is "{days}"; expected a whole number of days from 1 to 3650')
    contact = environ.get("KIOSK_CONTACT", "").strip()[:120]
    return KioskSettings(folder, url, places, SWITCH[after_load], address, contact, int(days))


@dataclass(frozen=True, repr=False)
class MailSettings:
    """The server that mails sheets. `host`, `port`: `DESK_MAIL_SERVER`. `sender`: `DESK_MAIL_FROM`. `to`:
    `DESK_MAIL_TO`, who gets it where the command names nobody. `user`, `password`: `DESK_MAIL_USER`,
    `DESK_MAIL_PASSWORD`. `tls`: `DESK_MAIL_TLS`; off for a server on this computer. `ca`: `DESK_MAIL_CA`, a file with
    the certificate that signed the server's own. `repr` never shows the password.
    """

    host: str
    port: int
    sender: str
    to: tuple[str, ...] = ()
    user: str = ""
    password: str = ""
    tls: bool = True
    ca: str = ""

    def __repr__(self) -> str:
        return f"MailSettings(host={self.host!r}, port={self.port}, sender={self.sender!r})"


def read_mail(environ: Mapping[str, str]) -> MailSettings:
    """The mail settings in `environ`. Raises DeskError that names the variable, never the password."""
    host, _, port = environ.get("DESK_MAIL_SERVER", "").strip().rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise DeskError("DESK_MAIL_SERVER is not set as HOST:PORT, such as mail.example.gov:587; nothing was sent")
    sender = environ.get("DESK_MAIL_FROM", "").strip()
    if "@" not in sender:
        raise DeskError("DESK_MAIL_FROM is not set to an address; nothing was sent")
    tls = environ.get("DESK_MAIL_TLS", "").strip().lower() or "1"
    if tls not in SWITCH:
        raise DeskError(f'DESK_MAIL_TLS is "{tls}"; set it to 0 for a server on this computer, else leave it out')
    to = tuple(filter(None, (part.strip() for part in environ.get("DESK_MAIL_TO", "").split(","))))
    optional = {name: environ.get(f"DESK_MAIL_{name.upper()}", "").strip() for name in ("user", "password", "ca")}
    return MailSettings(host, int(port), sender, to, tls=SWITCH[tls], **optional)


def wants_tiles(environ: Mapping[str, str]) -> bool:
    """Whether `DESK_TILES` is on; off where unset. Raises DeskError where it is neither on nor off."""
    value = environ.get("DESK_TILES", "").strip().lower()
    if value not in SWITCH:
        raise DeskError(f'DESK_TILES is "{value}"; set it to 1 for street pictures from the network, else to 0')
    return SWITCH[value]


def _records_url(environ: Mapping[str, str], database_url: str | None) -> str | None:
    url = environ.get("DESK_RECORDS_URL", "").strip() or None
    if url and not database_url:
        raise DeskError("DESK_RECORDS_URL is set and DATABASE_URL is not: without a server the records are a file")
    if url:
        _refuse_bad_url(url, "DESK_RECORDS_URL")
    return url


def _writers(environ: Mapping[str, str]) -> str | None:
    value = environ.get("DESK_WRITERS", "").strip().lower()
    if value and value not in WRITERS:
        raise DeskError(f'DESK_WRITERS is "{value}"; set it to local for people on this computer, or to off')
    return WRITERS.get(value)


def _paper(environ: Mapping[str, str]) -> str:
    value = environ.get("DESK_PAPER", "").strip().lower() or PAPERS[0]
    if value not in PAPERS:
        raise DeskError(f'DESK_PAPER is "{value}"; set it to one of {", ".join(PAPERS)}')
    return value


def hidden(url: str) -> str:
    """The URL with `***` for its password and without its query, which can hold one too.

    A URL that cannot be read is not shown at all.
    """
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "***"


def secrets_of(url: str) -> tuple[str, ...]:
    """The passwords in a URL, before the host and in its query, so that no error shows them; longest first."""
    parsed = make_url(url)
    query = [value for name, value in parsed.query.items() if "password" in name.lower()]
    texts = [parsed.password, *(text for value in query for text in ([value] if isinstance(value, str) else value))]
    return tuple(sorted({str(text) for text in texts if text}, key=len, reverse=True))


def _refuse_bad_url(url: str, name: str = "DATABASE_URL") -> None:
    expected = (
        "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters in the password percent-encoded"
    )
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The cause quotes parts of the URL, and so perhaps of the password.
        raise DeskError(f"{name} cannot be read as an address; {expected}") from None
    if parsed.drivername not in SERVER_SCHEMES:
        raise DeskError(f'{name} starts with "{parsed.drivername}://"; {expected}')
