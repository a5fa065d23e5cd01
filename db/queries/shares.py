"""Shares of frames: every share is made of two counts of the same frame."""

from __future__ import annotations

import pandas as pd


def divided(part: pd.Series, whole: pd.Series) -> pd.Series:
    """`part` / `whole` as float64, NaN where `whole` is 0: nothing is not a hundred per cent."""
    return part.astype("float64") / whole.astype("float64").where(whole != 0)
