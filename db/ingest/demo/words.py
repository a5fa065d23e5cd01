"""The city's words on each request of the demo city: owner, channel, yard, and what was written at its closing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.ingest.demo import plan

CREW_TYPES = ("Graffiti Removal", "Illegal Dumping Item Pickup", "Dead Animal Removal")
CREW_WORD, CREW_WORD_RARE = "Driver Self Reported", "Driver Self Report"
HAULER_OWNER, HAULER_WORD = "recycLA", "recycLA Service Provider"
REPORT_ONLY_SHARE = {"Homeless Encampment": 0.95, "Nuisance Barking Dogs": 0.6, "Taxi Complaints": 0.6}
NOT_OUT_TYPES = ("Item Pickups", "Illegal Dumping Item Pickup")

# Codes by owner word (the longest that it starts with) and ending, with shares that fit the published counts.
WORK_CODES = {
    "": (("COM-Request Completed", 0.9), ("1004-Closed", 0.1)),
    "LASAN": (("AR-Request Completed", 0.97), ("C-Closed", 0.03)),
    "LSD": (("AR-Request Completed", 1.0),),
    "OCB": (("RC-Contractor Serviced", 0.78), ("RC-Request Completed", 0.22)),
    "RAP - Construction": (("AR-Request Completed", 0.6), ("1004-Closed", 0.4)),
    "BSS - SMD": (("SARH-SAR completed-Hot", 0.6), ("SARC-Sar completed - Cold", 0.1), ("WC-Work Completed", 0.3)),
    "BSS - UFD": (("PFR-Palm Fronds Removed", 0.3), ("WC-Work Completed", 0.7)),
    "LADOT - Dockless": (
        ("VMRB-Vehicle moved for rebalancing", 0.63),
        ("VM-Vehicle moved to appropriate parking location", 0.37),
    ),
}
ENDING_CODES = {
    "information": (("C-Closed", 0.97), ("GI-General Information", 0.03)),
    "acknowledged": (("C-Report has been received", 0.9), ("C-Closed", 0.1)),
    "administrative": (("RF-Receive and File", 0.6), ("GI-General Information", 0.4)),
    "referred": (("1003-Referral to External Department", 1.0),),
    "duplicate": (
        ("DUP-Duplicate", 0.77),
        ("DUP-Duplicate SR", 0.08),
        ("B-Duplicated Request", 0.08),
        ("CDR-Cancelled - Duplicate Request", 0.07),
    ),
}
CANCELLED_CODES = {
    "": (("1005-Cancelled", 0.65), ("CANC-Cancelled", 0.35)),
    "OCB": (("RCAN-Cancelled by Contractor", 1.0),),
}
NOTHING_CODES = {"": (("ASG-Already Serviced", 0.6), ("NF-Nothing found", 0.4)), "LASAN": (("QC-Item Not Out", 1.0),)}
ENDING_STATUS = {
    "acknowledged": "Reported",
    "cancelled": "Cancelled",
    "referred": "Closed Ext-Referred",
    "potential_duplicate": "Potential Duplicate",
    "confirmed_duplicate": "Duplicate Confirm",
}
OPEN_STATUSES = (("Workorder Created", 0.75), ("In Progress", 0.15), ("New", 0.1))
WAITING_REASONS = (("0240-SR-Scheduled", 0.3), ("OFH-Off of hold", 0.3), ("I-Inspected", 0.4))
CONTRACTORS = (("CCAC", 0.6), ("KYCC", 0.1), ("GAPBH", 0.08), ("LA Corps", 0.08), ("NDFY", 0.07), ("NEGB", 0.07))
ACTIONS = (("SR Created", 0.87), ("Transferred", 0.11), ("SR Update", 0.01), ("Escalate to Supervisor", 0.01))
Choices = tuple[tuple[str, float], ...]


def pick(choices: Choices, count: int, generator: np.random.Generator) -> np.ndarray:
    """`count` words drawn by their shares, shape (count,), object."""
    weights = np.cumsum([share for _, share in choices])
    position = np.searchsorted(weights, generator.random(count) * weights[-1], side="right")
    return np.array([word for word, _ in choices], dtype=object)[np.minimum(position, len(choices) - 1)]


def owners(plans: list[plan.TypePlan], kind: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The owner's word of each request, shape (n,)."""
    result = np.empty(len(kind), dtype=object)
    for number, item in enumerate(plans):
        where = np.flatnonzero(kind == number)
        result[where] = pick(item.owners, len(where), generator)
    return result


def channels(
    names: np.ndarray, owner: np.ndarray, may_be_crew: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """How each request arrived, in the city's words; crews report only what they handle themselves."""
    words = plan.figures()["words"]
    counts = dict(words["channels"])
    crew, crew_rare, hauler = counts.pop(CREW_WORD), counts.pop(CREW_WORD_RARE), counts.pop(HAULER_WORD)
    result = pick(tuple(counts.items()), len(names), generator)
    chance = (crew + crew_rare) / sum(words["types"][name] for name in CREW_TYPES)
    by_crew = np.isin(names, CREW_TYPES) & may_be_crew & (generator.random(len(names)) < chance)
    result[by_crew] = pick(((CREW_WORD, crew), (CREW_WORD_RARE, crew_rare)), int(by_crew.sum()), generator)
    hauler_requests = sum(routing.get(HAULER_OWNER, 0) for routing in words["owners_by_type"].values())
    by_hauler = (owner == HAULER_OWNER) & may_be_crew & (generator.random(len(names)) < hauler / hauler_requests)
    result[by_hauler] = HAULER_WORD
    return result


def is_crew(channel: np.ndarray) -> np.ndarray:
    """Whether a crew reported its own work, in either spelling."""
    return np.isin(channel, (CREW_WORD, CREW_WORD_RARE))


def starts_with(words: pd.Series, start: str) -> np.ndarray:
    """Whether each word begins with `start`; tested once for each distinct word, of which there are few."""
    return words.isin([word for word in words.unique() if word.startswith(start)]).to_numpy()


def yards(owner: pd.Series, yard: pd.Series, generator: np.random.Generator) -> np.ndarray:
    """Whom the request was assigned to: in sanitation the yard of the place, else as the published counts show."""
    result = owner.where(starts_with(owner, "BSS"), "").to_numpy(dtype=object)
    sanitation = owner.isin(["LASAN", "LASAN - LSD"]).to_numpy()
    result[sanitation] = yard.fillna("").to_numpy(dtype=object)[sanitation]
    for start, choices in (("OCB", CONTRACTORS), ("LADOT - Dockless", (("Lime", 1.0),))):
        where = starts_with(owner, start)
        result[where] = pick(choices, int(where.sum()), generator)
    return result


def _codes_by_owner(table: dict[str, Choices], owner: pd.Series, generator: np.random.Generator) -> np.ndarray:
    """A code for each owner's word, from the longest key of the table that the word starts with."""
    result = np.empty(len(owner), dtype=object)
    for start in sorted(table, key=len):
        where = starts_with(owner, start)
        result[where] = pick(table[start], int(where.sum()), generator)
    return result


def resolution_codes(ending: pd.Series, owner: pd.Series, generator: np.random.Generator) -> np.ndarray:
    """The code written at the closing; empty for endings that never close a request."""
    result = np.full(len(ending), "", dtype=object)
    for name, choices in ENDING_CODES.items():
        where = (ending == name).to_numpy()
        result[where] = pick(choices, int(where.sum()), generator)
    for name, table in (("work", WORK_CODES), ("cancelled", CANCELLED_CODES), ("nothing_found", NOTHING_CODES)):
        where = (ending == name).to_numpy()
        result[where] = _codes_by_owner(table, owner[where], generator)
    return result


def statuses(ending: pd.Series, is_closed: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The city's word for where each request stands at the end of the window."""
    result = ending.map(ENDING_STATUS).fillna("Closed").to_numpy(dtype=object)
    never_closed = ending.isin(["potential_duplicate", "confirmed_duplicate"]).to_numpy()
    still_open = ~is_closed & ~never_closed
    result[still_open] = pick(OPEN_STATUSES, int(still_open.sum()), generator)
    return result
