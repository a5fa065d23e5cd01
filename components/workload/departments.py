"""All departments by where help is needed most: figures, a sentence each, load and misses drawn, the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import state
from components.cache import ask, made
from components.drawing import charts, tables, tiles
from components.drawing.notices import plain
from components.links import View
from components.workload import charts as workload_charts
from components.workload import miss as miss_words
from components.workload import wording as words
from db.model.definitions import definition
from db.queries.workload import load as workload_load
from db.queries.workload.staffing import ILLUSTRATIVE
from db.rules.workload import YES
from db.rules.workload.clearing import ABOUT_THE_SAME, FALLING, RISING

FIRST = 3
DRAWN = 20
POSTS_COLUMNS = {"filled_of", "vacant_share", "load_words", "added_words", "utilisation_share", "hire_words"}
FEWER_BY_A_HIRE = 0.5


def names() -> Mapping[str, str]:
    """The departments' names by key."""
    return state.options().lists.get("department", {})


def choose(department: str | None) -> None:
    """Open one department, or all again. Written to the link: a page link to the page itself would not change it."""
    state.choose(department=department)
    state.set_params(posts=None, productive=None)


def everyone(view: View) -> View:
    """The view with the crews' own requests: what backlog, load and capacity count."""
    return replace(view, filters=replace(view.filters, population="eligible"))


def raw(view: View) -> pd.DataFrame:
    """`load.workload` of the view."""
    rows: pd.DataFrame = ask(workload_load.workload, view.filters, as_of=view.as_of)
    return rows


def ready(view: View) -> pd.DataFrame:
    """`wording.ready` of these rows: with every column of the table in words."""
    return words.ready(made(raw, view), names())


def warnings(view: View) -> list[str]:
    """What must be known before any figure is read."""
    return words.warnings(made(raw, view), view, names())


def badges(frame: pd.DataFrame) -> None:
    """What kind of figures these are: illustrative or reported, as of which day, weighted or not."""
    with_posts = frame[frame["fte_filled"].notna()]
    if (with_posts["basis"] == ILLUSTRATIVE).any():
        st.badge(
            "Illustrative staffing figures",
            icon=":material/science:",
            color="violet",
            help="Made up to show what this page does with real ones. They say nothing about the city's posts.",
        )
    if len(with_posts):
        newest = with_posts["staffing_as_of"].max()
        st.badge(f"Posts as of {newest.day} {newest:%b %Y}", icon=":material/badge:", color="gray")
    if (frame["unit"] == "requests").any():
        st.badge("Unweighted", color="gray", help="Each request counts one, whatever work it takes.")


def figures(view: View) -> None:
    """The headline of all departments shown."""
    frame = made(raw, view)
    behind, crews = int(frame["open_count"].sum()), everyone(view)
    with_posts = frame[frame["fte_filled"].notna()]
    authorised, filled = with_posts["fte_authorised"].sum(), with_posts["fte_filled"].sum()
    moves = {move: int((frame["clear_state"] == move).sum()) for move in (RISING, ABOUT_THE_SAME, FALLING)}
    with st.grid(5, min_column_width=150, gap="small"):
        tiles.tile("open_count", behind, crews, behind=behind)
        tiles.tile("overdue_count", int(frame["overdue_count"].sum()), crews, behind=behind)
        if len(with_posts):
            tiles.tile("fte_filled", round(filled), crews, also=authorised, against="authorised")
        else:
            tiles.tile("fte_filled", "no figures", crews)
        tiles.tile("vacancy_rate", tiles.percent(1 - filled / authorised) if authorised else "no figures", crews)
        rising = f"{moves[RISING]} of {sum(moves.values())}"
        tiles.tile("overdue_rising_count", rising, crews, behind=int(frame["overdue_count"].sum()))


def sentences(frame: pd.DataFrame) -> None:
    """The departments that need help most as cards, the others one press away; each name opens its department."""
    for _, row in frame.head(FIRST).iterrows():
        with st.container(border=True, gap="xsmall"):
            _sentence(row)
    others = frame.iloc[FIRST:]
    if len(others):
        details = st.expander(f"The other {len(others)} in a sentence each", key="other_sentences", on_change="rerun")
        if details.open:
            with details:
                for _, row in others.iterrows():
                    _sentence(row)


def _sentence(row: pd.Series) -> None:
    name = str(row["name"])
    if row["department"] in names():
        st.button(
            plain(name),
            key=f"open_{row['department']}",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=choose,
            args=(row["department"],),
        )
    else:  # posts without a single request: no filter can choose it
        st.markdown(f"**{plain(name)}**")
    st.markdown(plain(words.after_name(row["sentence"], name)))
    if row["staff_limited"] == YES:
        st.caption(
            f"Staff is taken for the limit: {plain(row['staff_reason'])}.{plain(miss_words.since_words(row.to_dict()))}"
        )


def load(view: View) -> None:
    """Load per person in two tones, one chart a unit: hours and requests cannot share an axis."""
    frame = made(ready, view)
    st.subheader("What each person carries", help=trace_of("load_per_filled_fte", "vacancy_added_load"))
    drawn = frame[workload_charts.has_load(frame)].sort_values("load_per_filled_fte", ascending=False).head(DRAWN)
    if drawn.empty:
        st.caption("No department has staffing figures, three people on requests and 30 open requests of its own.")
    for unit, rows in drawn.groupby("unit", sort=True):
        text = f"Open {words.UNITS[str(unit)]} for each person at work, and the part that vacant posts add"
        charts.place(workload_charts.load_bars(rows), alt_text=text, key=f"load_{unit}")
        st.caption(
            f"{text}. Left out: contractors' work, departments without figures, and those with fewer than 3 people on "
            "requests or 30 open."
        )


def miss(view: View) -> None:
    """Points missed by cause."""
    frame = made(ready, view)
    st.subheader("What was missed, and why", help=trace_of("missed_points", "vacancy_points", "order_points"))
    parts = workload_charts.miss_parts(frame).sort_values("missed", ascending=False).head(DRAWN)
    if parts.empty:
        st.caption("No department missed one of 30 or more due in a period long enough to tell why.")
        return
    text = "Points of compliance missed by each department, by cause"
    charts.place(workload_charts.miss_bars(parts), alt_text=text, key="miss")
    st.caption(
        f"{text}. Vacancies and order of work: at most so much, each turned alone. Grey: cannot be told, the sentences "
        "say why. Fewer than 30 due, and a period shorter than the usual time to close, are left out."
    )


def trace_of(*keys: str) -> str:
    """The definitions of several figures, for the help of a heading."""
    return "  \n".join(f"**{definition(key).name}** {definition(key).sentence}" for key in keys)


def _table(view: View) -> tables.Ready:
    frame = made(ready, view)
    no_posts = frame["fte_filled"].isna().all()
    labels = {key: text for key, text in words.LABELS.items() if not (no_posts and key in POSTS_COLUMNS)}
    return tables.ready(frame, labels, helps=words.HELPS, pinned="name")


def table(view: View) -> None:
    """Every figure of every department; a row opens its department, and all of it can be taken away."""
    ready_table, rows = made(_table, view), made(raw, view)
    chosen = tables.opening(
        ready_table,
        key="workload",
        alt="Workload of each department, where help is needed most first",
        height="content" if len(ready_table.frame) <= DRAWN else 620,
    )
    if chosen is not None and chosen["department"] in names():
        choose(chosen["department"])
        st.rerun()
    st.caption(
        "Where one more hire avoids most overdue requests first, then most overdue. Choose a row to open a department."
    )
    tables.download("workload", lambda: rows, header(view, rows))


def header(view: View, raw: pd.DataFrame) -> list[str]:
    """What stands above the export: compliance is of the chosen requests, everything else of all eligible ones."""
    lines = tables.header("Workload by department", view, raw.columns, uses_period=True)
    crews = "Backlog, load, flows and capacity: residents' and proactive requests, at the moment described"
    return [*lines[:3], crews, *lines[3:]]


def hires(view: View) -> None:
    """Where one more post avoids most overdue requests."""
    frame = made(ready, view)
    st.subheader("Where the next hire helps most", help=trace_of("overdue_avoided_by_hire"))
    helped = frame[frame["overdue_avoided_by_hire"] >= FEWER_BY_A_HIRE]
    untold = int(frame["overdue_avoided_by_hire"].isna().sum())
    lines = [
        f"{place}. **{plain(row['name'])}**: about {row['overdue_avoided_by_hire']:,.0f} fewer overdue after 13 weeks"
        for place, (_, row) in enumerate(helped.iterrows(), 1)
    ]
    if lines:
        st.markdown("\n".join(lines))
    else:
        st.markdown("In no department can one more hire be shown to lower the number overdue within 13 weeks.")
    which = f" Of {untold} department{'' if untold == 1 else 's'} it cannot be told." if untold else ""
    st.caption(
        "One more post that works on requests, in one department at a time, in this model; 0 where staff is not the "
        f"limit.{which}"
    )


def notes(view: View) -> None:
    """What limits these figures, and what the model takes for granted."""
    for remark in words.remarks(made(raw, view), names()):
        st.caption(f":material/info: {plain(remark)}")
    with st.expander("What the model assumes", icon=":material/science:"):
        st.markdown("\n".join(f"- {plain(text)}" for text in words.ASSUMPTIONS))
