"""What a person reads instead of the codes of the data; exports keep the codes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd

from components import cache, state
from db.filters import RequestFilter

CODES = ("outcome", "repeat_kind", "status", "source_system")  # columns that hold a code of this desk


def department(key: Any) -> Any:
    """A department by its name, as its key where the data know no name; nothing stays nothing."""
    return key if pd.isna(key) else state.options().lists.get("department", {}).get(key, key)


def described(filters: RequestFilter) -> str:
    """`RequestFilter.describe` with the names of the departments."""
    return replace(filters, departments=tuple(str(department(key)) for key in filters.departments)).describe()


def words(code: Any) -> str | None:
    """A code without its underscores: "nothing found"; None for none."""
    return None if code is None or code == "" or pd.isna(code) else str(code).replace("_", " ").replace(",", ", ")


def short_addresses(addresses: pd.Series) -> pd.Series:
    """Addresses without the city on screen and what follows it: every address of its file may end so."""
    if not addresses.notna().any():
        return addresses
    city = re.escape(str(cache.ask("freshness.city").iloc[0]["name"]))
    return addresses.str.replace(rf",\s*{city}(,.*)?$", "", case=False, regex=True)
