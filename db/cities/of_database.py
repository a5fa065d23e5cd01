"""The city of an open database: the one way from a connection to its name and its profile.

A profile that comes with the desk is read from the desk itself, so that a newer desk brings its corrections. A
profile of one's own is stored with the database, its text and where its file lies; the stored text serves until
`python -m db profile` reads the file again, so that nothing changes under a reader because somebody edits a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from db.cities.profile import Profile, ProfileFile, available, load, parse
from db.model import schema
from db.rules.errors import DeskError
from db.settings import Settings

READ_AGAIN = "python -m db profile"
NO_CITY = 'there is no request yet: run "python -m db load FILE" or "python -m db demo"'


class StoredCity(NamedTuple):
    """What the database says of its city. The last two are None where the profile comes with the desk."""

    key: str
    name: str
    source_kind: str
    profile_text: str | None
    profile_path: str | None


@dataclass(frozen=True)
class City:
    """The city that a database holds. `source_kind`: `file`, `feed` or `demo`; `notice`: what a person should know
    of the file of its profile, empty where all is well.
    """

    key: str
    name: str
    source_kind: str
    profile: Profile
    notice: str = ""

    @classmethod
    def of(cls, connection: Connection, settings: Settings | None = None) -> City:
        """The city of this database. `settings` is asked only where an older desk did not store a profile.

        Raises DeskError where there is no city yet, or none of its profiles can be read.
        """
        stored = stored_city(connection)
        if stored is None:
            raise DeskError(NO_CITY)
        return cls.from_stored(stored, settings)

    @classmethod
    def from_stored(cls, stored: StoredCity, settings: Settings | None = None) -> City:
        """The same from a row read before; the file of the profile is looked at now."""
        profile = _profile(stored, settings)
        return cls(stored.key, stored.name, stored.source_kind, profile, _notice(stored) or _retired(profile))


def stored_city(connection: Connection) -> StoredCity | None:
    """What the database says of its city; None where there is none yet."""
    row = connection.execute(select(*(schema.city.c[name] for name in StoredCity._fields))).first()
    return None if row is None else StoredCity(*row)


def _profile(stored: StoredCity, settings: Settings | None) -> Profile:
    if stored.profile_text is not None and stored.profile_path is not None:
        return _of_text(stored.key, stored.profile_path, stored.profile_text)
    named = settings.city if settings is not None else None
    if named is not None and named.endswith(".toml") and Path(named).stem == stored.key:
        return load(named)
    if stored.key in available():
        return _shipped(stored.key)
    raise DeskError(
        f'the profile of "{stored.key}" is not stored with this database, which an older desk made: '
        f'run "{READ_AGAIN} path/to/{stored.key}.toml" once'
    )


@lru_cache(maxsize=8)
def _shipped(key: str) -> Profile:
    """A profile that comes with the desk: the same for as long as the desk runs."""
    return load(key)


@lru_cache(maxsize=8)
def _of_text(key: str, path: str, text: str) -> Profile:
    try:
        return parse(text, key, Path(path).name, ProfileFile(path, text))
    except DeskError as error:
        raise DeskError(
            f"the profile stored with this database does not fit this desk: {error}; correct {path} and run "
            f'"{READ_AGAIN} {path}"'
        ) from error


def _retired(profile: Profile) -> str:
    """Which keys of an earlier desk a profile of one's own still has; empty where it has none."""
    if not profile.retired or profile.own is None:
        return ""
    return f"{profile.own.path}: {'; '.join(profile.retired)}"


def _notice(stored: StoredCity) -> str:
    """How the file of the profile differs from what is stored, and what to do; empty where it does not."""
    if stored.profile_text is None or stored.profile_path is None:
        return ""
    path = Path(stored.profile_path)
    serves = "the profile stored with the database serves"
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return f'{path} cannot be read ({reason}); {serves}. Name its new place: "{READ_AGAIN} FILE.toml"'
    except UnicodeDecodeError:
        return f"{path} is no longer a text file in UTF-8; {serves}"
    if text == stored.profile_text:
        return ""
    try:
        _of_text(stored.key, stored.profile_path, text)
    except DeskError as error:
        return f"{path} was changed and is not valid: {error.__cause__}; {serves}"
    return f'{path} was changed since it was read; {serves}. Run "{READ_AGAIN}" to read it again'
