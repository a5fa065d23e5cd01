"""What changed most in the last whole week: a few lines, each with its figures and the way to where it is shown."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import state
from components.drawing.notices import plain
from components.overview import wording

MOST = 3
NAMES = {"service_type": "type", "district": "district"}


def draw(found: pd.DataFrame) -> None:
    """The largest changes of `changed.changed`; that nothing is beyond chance is said, too."""
    st.header("Changed most in the last whole week")
    if found.empty:
        st.caption("Nothing beyond what one week differs from another by itself.")
        return
    for row in found.head(MOST).to_dict("records"):
        is_share = row["what"] == "compliance"
        st.page_link(
            state.page("compliance" if is_share else "queue"),
            label=plain(wording.change_line({str(name): value for name, value in row.items()})),
            icon=":material/trending_down:" if row["is_worse"] == is_share else ":material/trending_up:",
            query_params=state.link({NAMES[row["by"]]: [row["key"]]}),
        )
    more = f" {len(found) - MOST} more changed." if len(found) > MOST else ""
    st.caption(f"Against the 13 weeks before; what weeks differ by themselves is left out.{more}")
