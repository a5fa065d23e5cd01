"""How long requests take, both ways: until any end, and until the work was done."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.cache import ask, cached_without_copy
from components.drawing import tables, wording
from components.links import View
from db.queries.compliance import time_to_close

LABELS = {
    "service_type": "Service type",
    "median": "Half ended in",
    "p90": "Nine in ten ended in",
    "work_median": "Half done in",
    "work_p90": "Nine in ten done in",
    "request_count": "Created",
}
HELPS = {
    "median": "median_days_to_close",
    "p90": "p90_days_to_close",
    "work_median": "work_median_days_to_close",
    "work_p90": "work_p90_days_to_close",
}
NINE_IN_TEN = 0.9


def _days_until_done(row: pd.Series, name: str, share: float) -> str | None:
    return wording.days_until_done(row[name], row["longest_days"], row["work_share_most"], share)


def to_close(view: View) -> None:
    """A heading and a table of the types by volume, with both times."""
    st.header("Time to close")
    times = ask(time_to_close.time_to_close, view.filters, as_of=view.as_of)
    if times.empty:
        st.caption("Nothing was made in this period.")
        return
    tables.table(
        _in_words(times),
        LABELS,
        alt="How long requests of each service type take, until any end and until work was done",
        helps=HELPS,
        pinned="service_type",
        height=320,
    )
    st.caption(
        f"Of requests made {view.period.describe()}. Ended: by any end, as compliance counts it. Done: by work, or a "
        "visit that found nothing; other ends compete. Open requests count as not ended yet; types are never pooled."
    )


@cached_without_copy
def _in_words(times: pd.DataFrame) -> pd.DataFrame:
    """`time_to_close.time_to_close` with its times in words, the types with most requests first."""
    rows = [row for _, row in times.iterrows()]
    return times.assign(
        median=pd.Series(
            [wording.days_taken(row["median_days"], row["longest_days"]) for row in rows],
            index=times.index,
            dtype="object",
        ),
        p90=pd.Series(
            [wording.days_taken(row["p90_days"], row["longest_days"]) for row in rows],
            index=times.index,
            dtype="object",
        ),
        work_median=pd.Series(
            [_days_until_done(row, "work_median_days", wording.HALF) for row in rows], index=times.index, dtype="object"
        ),
        work_p90=pd.Series(
            [_days_until_done(row, "work_p90_days", NINE_IN_TEN) for row in rows], index=times.index, dtype="object"
        ),
    ).sort_values(["request_count", "service_type"], ascending=[False, True])
