"""What a person reads instead of the codes of the data; exports keep the codes."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from components import cache, state


def department(key: Any) -> Any:
    """A department by its name, as its key where the data know no name; nothing stays nothing."""
    return key if pd.isna(key) else state.options().lists.get("department", {}).get(key, key)


def words(code: Any) -> str | None:
    """A code without its underscores: "nothing found"; None for none."""
    return None if code is None or code == "" or pd.isna(code) else str(code).replace("_", " ").replace(",", ", ")


def short_addresses(addresses: pd.Series) -> pd.Series:
    """Addresses without the city on screen and what follows it: every address of its file may end so."""
    if not addresses.notna().any():
        return addresses
    city = re.escape(str(cache.ask("freshness.city").iloc[0]["name"]))
    return addresses.str.replace(rf",\s*{city}(,.*)?$", "", case=False, regex=True)
