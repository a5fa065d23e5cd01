"""Illustrative staffing of the demo city: monthly posts by department, scaled like its requests.

Vacancies of single departments are invented around the published city-wide figure (one post in
six). Two departments are planted: one is late for lack of staff, one is late for another reason.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from db.ingest.demo import plan

# Vacant share of posts at the first and the last month of the window.
VACANCY: Final = {
    "LASAN": (0.20, 0.19),
    "OCB": (0.14, 0.16),
    plan.LATE_FROM_STAFF: (0.28, 0.35),
    plan.LATE_FROM_WAITING: (0.05, 0.04),
    "LADOT": (0.18, 0.19),
    "RAP": (0.18, 0.20),
    "DOD": (0.28, 0.25),
}
USUAL_VACANCY: Final = (0.16, 0.17)
# Requests a year that one filled post works beside its other duties, and the share of posts on requests.
REQUESTS_A_POST: Final = {
    "LASAN": 1100.0,
    "OCB": 1500.0,
    "RAP": 900.0,
    plan.LATE_FROM_WAITING: 260.0,
    plan.LATE_FROM_STAFF: 130.0,
}
USUAL_REQUESTS_A_POST: Final = 300.0
REQUEST_SHARE: Final = {"LASAN": 0.4, "OCB": 0.8, plan.LATE_FROM_WAITING: 0.6, plan.LATE_FROM_STAFF: 0.7}
USUAL_REQUEST_SHARE: Final = 0.3
SOURCE: Final = "generated with the demo city"


def vacancy(department: str, months: int) -> np.ndarray:
    """Vacant share of the department's posts in each month of the window, shape (months,)."""
    first, last = VACANCY.get(department, USUAL_VACANCY)
    return np.linspace(first, last, months)


def month_starts(window: plan.Window) -> np.ndarray:
    """The first day of every month that the window touches, as datetime64[D]."""
    first, last = np.datetime64(window.start, "M"), np.datetime64(window.until, "M")
    return np.arange(first, last + 1).astype("datetime64[D]")


def staffing_rows(scene: plan.Scene) -> pd.DataFrame:
    """One row a department and month, in the columns of the staffing table, by department, then date.

    `fte_authorised` and `fte_filled`: full-time posts, to the tenth. As many are authorised as the department's
    yearly requests need.
    """
    months = month_starts(scene.window)
    frames = [
        _department_rows(name, share * scene.yearly, months) for name, share in sorted(scene.department_shares.items())
    ]
    return pd.concat(frames, ignore_index=True)


def _department_rows(name: str, requests_a_year: float, months: np.ndarray) -> pd.DataFrame:
    share = REQUEST_SHARE.get(name, USUAL_REQUEST_SHARE)
    posts = max(1.0, round(requests_a_year / REQUESTS_A_POST.get(name, USUAL_REQUESTS_A_POST) / share, 1))
    return pd.DataFrame(
        {
            "department": name,
            "as_of_on": pd.to_datetime(months).date,
            "fte_authorised": posts,
            "fte_filled": (posts * (1 - vacancy(name, len(months)))).round(1),
            "request_share": share,
            "basis": "illustrative",
            "source": SOURCE,
        }
    )
