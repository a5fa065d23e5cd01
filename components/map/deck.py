"""A map as it is sent to a browser."""

from __future__ import annotations

import json
from weakref import WeakKeyDictionary

import pydeck as pdk
from pydeck.bindings.json_tools import default_serialize


class CompactDeck(pdk.Deck):  # type: ignore[misc]  # pydeck comes without types
    """A deck written to JSON once, without white space: a third of the bytes. It cannot be changed afterwards."""

    def to_json(self) -> str:
        # With white space the standard encoder runs in Python; without it in C, which is faster.
        if self not in _written:
            _written[self] = json.dumps(self, sort_keys=True, default=default_serialize, separators=(",", ":"))
        return _written[self]


# Beside the decks: all that a deck holds is written out.
_written: WeakKeyDictionary[CompactDeck, str] = WeakKeyDictionary()
