"""The departments of the first screen, one row each: a card on a narrow screen, a line of a table on a wide one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import filter_bar, state
from components.cache import ask, made
from components.drawing import tables
from components.drawing.notices import plain
from components.links import View
from components.overview import parts, weekly, wording
from components.overview.wording import Row
from db.queries.overview import standing
from db.queries.queue import learned, stale
from db.queries.workload import load
from db.rules.triage.stale import month_of

MOST_ROWS = 5
MOST_REMEDIES = 2
WIDTHS = (1.3, 1.5, 1.8, 1.9, 3.3, 2.8)
HEADS = ("Department", "Kept of those due", "Against", "Overdue", "Why it misses", "What would mend it")


def rows(view: View) -> list[Row]:
    """All departments, whatever department is chosen, those chosen first and then by the share kept, lowest first.

    Each is a row of `standing.by_department` with what `load.workload` says of the same department, and how many of its
    overdue requests perhaps no longer exist.
    """
    filters = replace(view.filters, departments=())
    frame = ask(standing.by_department, filters, as_of=view.as_of)
    work = ask(load.workload, filters, as_of=view.as_of)
    ages = ask(learned.ages, as_of=month_of(view.as_of), population=filters.population)
    gone = ask(stale.overdue_by_department, filters.without_period(), as_of=view.as_of, using=ages)
    beside = work.columns.difference(frame.columns).union(["department"])
    joined = frame.merge(work[beside], on="department", how="left").merge(gone, on="department", how="left")
    joined["stale_overdue_count"] = joined["stale_overdue_count"].fillna(0).astype(int)
    chosen = joined["department"].isin(view.filters.departments)
    ordered = pd.concat([joined[chosen], joined[~chosen]], ignore_index=True)
    return [{str(name): value for name, value in row.items()} for row in ordered.to_dict("records")]


def listed(found: Sequence[Row], view: View) -> tuple[list[Row], list[Row]]:
    """The rows shown one by one, and the others: what was chosen, then who keeps less than all others together."""
    chosen = [row for row in found if row["department"] in view.filters.departments]
    below = [row for row in found if row not in chosen and row["is_below_others"] and row["has_goal"]]
    shown = [*chosen, *below][:MOST_ROWS]
    return shown, [row for row in found if row not in shown]


def promise(view: View) -> None:
    """The sentence on top, and the departments it is about."""
    found, promises = made(rows, view), view.filters.goals == "promises"
    with st.container(key="overview_headline"):
        st.title(
            plain(
                wording.headline(
                    found, promises=promises, period=wording.stretch(view), chosen=view.filters.departments
                )
            )
        )
    st.caption(plain(f"{wording.city(found)} {filter_bar.sentence(view)}"))
    shown, _ = listed(found, view)
    if shown:
        _lines(shown, wording.before(view), promises=promises)


def _lines(shown: Sequence[Row], stretch: str, *, promises: bool) -> None:
    """A line of heads, and a line for each row; heads are left out on a narrow screen, where each row is a card.

    `stretch`: the period compared with, in words: "the 13 weeks before".
    """
    with st.container(key="standing_heads"):
        for column, head in zip(st.columns(WIDTHS, gap="small"), HEADS, strict=True):
            column.caption(head)
    with st.container(key="standing_rows", gap="xsmall"):
        for row in shown:
            _line(row, stretch, promises)
    if drawn := {name for row in shown for name in parts.of(row)}:
        st.caption(parts.legend(drawn))


def _line(row: Row, stretch: str, promises: bool) -> None:
    name, kept, against, overdue, why, mend = st.columns(WIDTHS, gap="small", vertical_alignment="center")
    narrowed = {"department": [row["department"]]}
    name.page_link(state.page("queue"), label=f"**{plain(row['name'])}**", query_params=state.link(narrowed))
    with kept:
        _kept(row, promises)
    against.markdown(plain(wording.changes(row, stretch)) if row["due_count"] else "–")
    overdue.markdown(plain(wording.overdue(row)))
    with why:
        st.markdown(plain(_sentence(wording.why(row))) if row["due_count"] else "–")
        if found := parts.of(row):
            parts.draw(found)
    with mend:
        for remedy in wording.remedies(row)[:MOST_REMEDIES]:
            st.page_link(
                state.page(remedy.page),
                label=plain(_sentence(remedy.text)),
                icon=":material/arrow_forward:",
                query_params=state.link(narrowed, **remedy.link),
            )


def _kept(row: Row, promises: bool) -> None:
    if not row["has_goal"]:
        st.markdown(wording.NO_TARGET)
    elif not row["due_count"]:
        st.markdown("nothing was due")
    else:
        st.progress(float(row["compliance"]), text=f"**{row['compliance']:.0%}** of {row['due_count']:,}")
        if promised := wording.promised(row, promises=promises):
            st.caption(promised)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


OTHERS = {
    "name": "Department",
    "kept_share": "Kept",
    "due_count": "Due",
    "overdue_words": "Overdue",
    "why_words": "Why it misses",
}


@st.fragment
def folded(view: View) -> None:
    """What is one press away, the other departments and the weeks: drawn by itself once it is opened."""
    left, right = st.columns((1, 1))
    with left:
        _others(view)
    with right:
        weekly.draw(view)


def _others(view: View) -> None:
    """The departments that have no line of their own, told in one line, and as a table once it is opened."""
    words = made(_folded_words, view)
    if not words:
        return
    details = st.expander(words, key="overview_others", on_change="rerun")
    if details.open:
        with details:
            _table(view)


def _folded_words(view: View) -> str:
    found = made(rows, view)
    shown, left = listed(found, view)
    if not left:
        return ""
    folded = wording.folded(left)
    return folded if shown else f"All {len(left)} departments: {folded}"


def _table(view: View) -> None:
    """A row opens its queue. All departments can be taken away."""
    _, left = listed(made(rows, view), view)
    frame = pd.DataFrame(
        {
            "department": row["department"],
            "name": row["name"],
            "kept_share": row["compliance"] if row["due_count"] else float("nan"),
            "due_count": row["due_count"],
            "overdue_words": wording.overdue(row),
            "why_words": wording.why(row) if row["due_count"] else "nothing was due",
        }
        for row in left
    )
    chosen = tables.opening_table(
        frame,
        OTHERS,
        key="other_departments",
        alt="The other departments",
        helps={"kept_share": "compliance"},
        height="content",
    )
    filters = replace(view.filters, departments=())
    lines = tables.header("How each department stands", view, ["compliance", "overdue_count"], uses_period=True)
    tables.download("departments", lambda: ask(standing.by_department, filters, as_of=view.as_of), lines)
    if chosen is not None:
        state.go("queue", {"department": chosen["department"]})
