"""A city's profile: everything about a city that is not its requests, read from one TOML file.

`load(name)` reads `db/cities/NAME.toml` (or a path to a TOML file) and validates it; an error
names the file, the key, the value and what was expected. `los_angeles.toml` shows every key.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import fields, replace
from pathlib import Path

from db.cities.building import build
from db.cities.reading import Section
from db.cities.shapes import ClosingPattern, Department, GoalSpec, Layout, Profile, ProfileFile, ServiceType
from db.cities.words import fold, fold_word
from db.rules.errors import DeskError

__all__ = [
    "ClosingPattern",
    "Department",
    "GoalSpec",
    "Layout",
    "Profile",
    "ProfileFile",
    "ServiceType",
    "available",
    "department_lookup",
    "fold",
    "fold_word",
    "load",
    "parse",
    "profile_hash",
    "service_type_lookup",
]

FOLDER = Path(__file__).parent


def available() -> list[str]:
    """The keys of the profiles that come with the desk, sorted: `["boston", "los_angeles", ...]`."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name_or_path: str | Path) -> Profile:
    """Read and validate a profile, by its key or by a path that ends in `.toml`.

    Raises DeskError where the city is not known (naming those that are) or the file breaks a
    rule, and OSError where the file cannot be read.
    """
    path = _path_of(name_or_path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeskError(f"{path.name}: is not a TOML file: {error}") from error
    own = None if path.resolve().parent == FOLDER.resolve() else ProfileFile(str(path.resolve()), text)
    return parse(text, path.stem, path.name, own)


def parse(text: str, key: str, file_name: str, own: ProfileFile | None) -> Profile:
    """The profile that a TOML text describes. `own`: its file; None for a profile that comes with the desk.

    Raises DeskError that names the file and, for each problem in it, the key, the value and what was expected.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeskError(f"{file_name}: is not a TOML file: {error}") from error
    except RecursionError:
        raise DeskError(f"{file_name}: is not a profile: its lists are nested too deep") from None
    top = Section(file_name, "", document)
    return replace(build(key, top), own=own, retired=tuple(top.retired.values()))


def profile_hash(profile: Profile) -> str:
    """Sixteen hexadecimal digits that change when, and only when, the content of the profile changes."""
    return hashlib.sha256(_canonical(profile).encode()).hexdigest()[:16]


def department_lookup(profile: Profile) -> dict[str, str]:
    """Every known spelling of an owner, folded by `fold_word`, to its department's code."""
    return {
        fold_word(word): department.department
        for department in profile.departments
        for word in (department.department, department.name, *department.aliases)
    }


def service_type_lookup(profile: Profile) -> dict[str, str]:
    """Every known spelling of a service type, folded by `fold_word`, to our name of it."""
    return {
        fold_word(word): service_type.service_type
        for service_type in profile.service_types
        for word in (service_type.service_type, *service_type.aliases)
    }


def _path_of(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    if str(name_or_path) not in available():
        raise DeskError(
            f'city "{name_or_path}" is not known; expected one of {", ".join(available())}, or a path to a .toml file'
        )
    return FOLDER / f"{name_or_path}.toml"


def _canonical(value: object) -> str:
    """A text that is the same for equal values in every process: sets and mappings are sorted."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{_canonical(key)}:{_canonical(item)}" for key, item in value.items())) + "}"
    if isinstance(value, frozenset):
        return "<" + ",".join(sorted(map(_canonical, value))) + ">"
    if isinstance(value, tuple):
        return "(" + ",".join(map(_canonical, value)) + ")"
    if hasattr(value, "__dataclass_fields__"):
        compared = {entry.name: getattr(value, entry.name) for entry in fields(value) if entry.compare}  # type: ignore[arg-type]
        return type(value).__name__ + _canonical(compared)
    return repr(value)
