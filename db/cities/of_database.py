"""The city of an open database: the one way from a connection to its name and its profile.

A profile that comes with the desk is read from the desk itself, so that a newer desk brings its corrections. Of a
custom profile, the database stores the text and the path of its file. The stored text is used until `python -m db
profile` reads the file again, so that editing the file changes nothing for people who are reading the desk.
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
    """The stored row of the city. `profile_text` and `profile_path` are None for a profile that comes with the desk."""

    key: str
    name: str
    source_kind: str
    profile_text: str | None
    profile_path: str | None


@dataclass(frozen=True)
class City:
    """The city that a database holds. `source_kind`: `file`, `feed` or `demo`; `notice`: what a person should know
    about the file of its profile, empty where there is nothing.
    """

    key: str
    name: str
    source_kind: str
    profile: Profile
    notice: str = ""

    @classmethod
    def of(cls, connection: Connection, settings: Settings | None = None) -> City:
        """The city of this database. `settings` is used only where an older desk did not store a profile.

        Raises DeskError where there is no city yet, or its profile cannot be read.
        """
        stored = stored_city(connection)
        if stored is None:
            raise DeskError(NO_CITY)
        return cls.from_stored(stored, settings)

    @classmethod
    def from_stored(cls, stored: StoredCity, settings: Settings | None = None) -> City:
        """The same from a row that was read before. The file of a custom profile is read now, for `notice`."""
        profile = _profile(stored, settings)
        return cls(
            stored.key,
            stored.name,
            stored.source_kind,
            profile,
            _notice_of_file(stored) or _notice_of_retired_keys(profile),
        )


def stored_city(connection: Connection) -> StoredCity | None:
    """The stored row of the city; None where there is none yet."""
    row = connection.execute(select(*(schema.city.c[name] for name in StoredCity._fields))).first()
    return None if row is None else StoredCity(*row)


def _profile(stored: StoredCity, settings: Settings | None) -> Profile:
    if stored.profile_text is not None and stored.profile_path is not None:
        return _parsed_profile(stored.key, stored.profile_path, stored.profile_text)
    setting = settings.city if settings is not None else None
    if setting is not None and setting.endswith(".toml") and Path(setting).stem == stored.key:
        return load(setting)
    if stored.key in available():
        return _shipped_profile(stored.key)
    raise DeskError(
        f'the profile of "{stored.key}" is not stored with this database, which an older desk made: '
        f'run "{READ_AGAIN} path/to/{stored.key}.toml" once'
    )


@lru_cache(maxsize=8)
def _shipped_profile(key: str) -> Profile:
    """A profile that comes with the desk, read once: it stays the same for as long as the desk runs."""
    return load(key)


@lru_cache(maxsize=8)
def _parsed_profile(key: str, path: str, text: str) -> Profile:
    try:
        return parse(text, key, Path(path).name, ProfileFile(path, text))
    except DeskError as error:
        raise DeskError(
            f"the profile stored with this database does not fit this desk: {error}; correct {path} and run "
            f'"{READ_AGAIN} {path}"'
        ) from error


def _notice_of_retired_keys(profile: Profile) -> str:
    """A notice of the keys in a custom profile that have no effect any more; empty where it has none."""
    if not profile.retired or profile.own is None:
        return ""
    return f"{profile.own.path}: {'; '.join(profile.retired)}"


def _notice_of_file(stored: StoredCity) -> str:
    """A notice of how the profile's file differs from the stored text, and what to do; empty where it does not."""
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
        _parsed_profile(stored.key, stored.profile_path, text)
    except DeskError as error:
        return f"{path} was changed and is not valid: {error.__cause__}; {serves}"
    return f'{path} was changed since it was read; {serves}. Run "{READ_AGAIN}" to read it again'
