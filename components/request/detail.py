"""One request in words: its facts, and how its due date and its verdict come about."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from components import cache, state
from components.drawing import wording
from components.drawing.notices import length, moment, plain
from components.drawing.theme import BASES, VERDICTS
from components.links import View
from db.model.definitions import definition

BRIEF_LABELS = {
    "sr_number": "Request",
    "service_type": "Type",
    "address": "Address",
    "status": "Status",
    "outcome": "Outcome",
    "created_at": "Created",
    "closed_at": "Closed",
    "department": "Department",
}
CHAIN_LABELS = {
    "kind": "What it is",
    "sr_number": "Request",
    "repeat_of": "Repeats",
    "service_type": "Type",
    "created_at": "Created",
    "closed_at": "Closed",
    "status": "Status",
    "outcome": "Outcome",
}
REPEATS = {"same_call": "Same call", "chaser": "Chaser", "asked_again": "Asked again"}
PLACE_LABELS = {**BRIEF_LABELS, "repeat_kind": "Repeat"}
HISTORY_LABELS = {
    "seen_at": "Seen",
    "source_status_before": "Before",
    "source_status_after": "After",
    "closed_at_before": "Closed before",
    "closed_at_after": "Closed after",
}
UNITS = {
    "hours": "hours",
    "business_hours": "business hours",
    "calendar_days": "calendar days",
    "business_days": "business days",
}


def headline(request: pd.Series) -> None:
    """Type and department, with status and verdict as badges."""
    name, colour, icon = VERDICTS[request["verdict"]]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(request['public_name'] or request['service_type'])}**", width="content")
        st.badge(str(request["status_at"]).capitalize(), color="gray")
        st.badge(name, color=colour, icon=icon, help=definition("verdict").sentence)  # type: ignore[arg-type]
        if request["is_overdue"]:
            st.badge("Overdue", color="red", icon=":material/alarm:", help=definition("overdue_count").sentence)


def verdict(request: pd.Series, view: View) -> None:
    """When it should be done, why then, and how that went; two sentences."""
    st.markdown(f"{plain(due_sentence(request))} {plain(verdict_sentence(request, view))}")


def due_sentence(request: pd.Series) -> str:
    """How the due date came about, from the stored request and its goal."""
    if _is_missing(request["due_at"]):
        return "The city never published a target for this type of request, so it has no due date."
    due = f"Due {moment(request['due_at'])}"
    if request["due_source"] == "city":
        return f"{due}: the city's own date, as its file states it."
    if _is_missing(request["goal_amount"]):
        return f"{due}: computed from a goal that is no longer on file."
    basis = BASES.get(request["goal_basis"], str(request["goal_basis"]))
    calendar = request["goal_calendar"]
    counted = "around the clock" if calendar == "always" else f"on the calendar “{calendar}”"
    text = f"{due}: {goal_words(request['goal_amount'], request['goal_unit'])} after creation, {counted} ({basis})."
    return (
        text
        if _is_missing(request["goal_citation"])
        else f"{text} Source: {str(request['goal_citation']).rstrip('.')}."
    )


def goal_words(amount: float, unit: str) -> str | None:
    """A goal in words: "72 hours", "1 business day"; empty without one."""
    if pd.isna(amount):
        return None
    words = UNITS.get(unit, unit)
    return f"{amount:g} {words.removesuffix('s') if amount == 1 else words}"


def verdict_sentence(request: pd.Series, view: View) -> str:
    """The verdict at the view's moment."""
    verdict_key, due = request["verdict"], request["due_at"]
    if verdict_key == "met":
        return f"Closed {moment(request['closed_at'])}, {length(due - request['closed_at'])} before it was due."
    if verdict_key == "missed" and request["is_open"]:
        return f"It is still open, {length(view.as_of - due)} past due."
    if verdict_key == "missed":
        return f"Closed {moment(request['closed_at'])}, {length(request['closed_at'] - due)} late."
    if verdict_key == "pending":
        return f"It is open with {length(due - view.as_of)} left."
    if verdict_key == "unknown":
        return "The city calls it ended without a usable closing time, so it counts neither way."
    return "" if _is_missing(due) else "Only published goals are measured now, and this date rests on none."


def what(request: pd.Series, view: View) -> dict[str, str]:
    """What is asked for, and when what happened: name to text, empty ones left out, nothing after the view's moment."""
    ended = not request["is_open"]
    is_last_word = ended or request["status"] == "open"
    updated = request["updated_at"]
    return _filled_texts(
        {
            "Type": request["service_type"],
            "Status, in the city's word": request["source_status"] if is_last_word else None,
            "Outcome": wording.words(request["outcome_at"]),
            "Resolution": request["resolution_code"] if ended else None,
            "Created": request["created_at"],
            "Updated": None if _is_missing(updated) or updated > view.as_of else updated,
            "Closed": request["closed_at"] if ended else None,
            "Age": f"{request['age_days']:.1f} days" if request["is_open"] else None,
            "Channel": request["channel"],
            "Reported by": "the city's own crew" if request["is_proactive"] else "a resident",
            "Not counted because": wording.words(request["exclusion_reason"]),
            "Oddities": wording.words(request["flags"]),
        }
    )


def where(request: pd.Series) -> dict[str, str]:
    """Where it is and who must do it: name to text, empty ones left out."""
    return _filled_texts(
        {
            "Address": request["address"],
            "Council district": request["council_district"],
            "Neighborhood council": request["neighborhood_council"],
            "Zip": request["zip"],
            "Department": request["department_name"] or request["department"],
            "Department, in the city's word": request["source_department"],
            "Yard or crew": request["assigned_to"],
            "Repeat": wording.words(request["repeat_kind"]),
            "Repeats": wording.other_requests(request.to_frame().T, "repeat_of", "repeat_of_system").iloc[0],
            "Source system": wording.words(request["source_system"]),
        }
    )


def chain(linked: pd.DataFrame, request: pd.Series) -> tuple[pd.DataFrame, str]:
    """`requests.chain` with what each request is in the column `kind`, and the chain in one sentence."""
    is_this = (linked["sr_number"] == request["sr_number"]) & (linked["source_system"] == request["source_system"])
    kinds = linked["repeat_kind"].map(lambda kind: REPEATS.get(kind, "First request"))
    requests = linked.assign(
        kind=kinds.where(~is_this, kinds + " (this one)"),
        repeat_of=wording.other_requests(linked, "repeat_of", "repeat_of_system"),
    )
    counts = wording.kinds(kinds.value_counts(sort=False).to_dict())
    place_in_line = int(is_this.to_numpy().argmax()) + 1
    return requests, f"{len(requests)} requests about the same: {counts}. This is number {place_in_line}, oldest first."


def other_systems(rows: pd.DataFrame) -> None:
    """Where several source systems have this number: which one is shown, and the way to the others.

    `rows`: the answer of `requests.one`, the first of them shown.
    """
    if len(rows) < 2:
        return
    shown, *others = (str(system) for system in rows["source_system"])
    st.caption(f"{len(rows)} source systems have this number; this is the one of {plain(wording.words(shown))}.")
    with st.container(horizontal=True, gap="small"):
        for system in others:
            st.page_link(
                state.page("request"),
                label=f"The one of {plain(wording.words(system))}",
                icon=":material/switch_access:",
                query_params=state.link(sr=str(rows["sr_number"].iloc[0]), system=system),
            )


def listing(entries: dict[str, str], *, alt: str) -> None:
    """Draw names and texts, one below the other."""
    st.table({name: plain(text) for name, text in entries.items()}, border="horizontal", alt=alt)


def city_record(request: pd.Series) -> None:
    """A link to the city's own record, where the profile knows its address."""
    url = cache.city().profile.record_url
    if url:
        address = url.format(sr_number=quote(str(request["sr_number"]), safe=""))
        st.link_button("The city's own record", address, icon=":material/open_in_new:")


def _filled_texts(entries: dict[str, Any]) -> dict[str, str]:
    return {
        name: moment(value) if isinstance(value, pd.Timestamp) else str(value)
        for name, value in entries.items()
        if not _is_missing(value)
    }


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or bool(pd.isna(value))
