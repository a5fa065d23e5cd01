"""A small city of its own, with a profile that does not come with the desk."""

from __future__ import annotations

from pathlib import Path

PROFILE = """
name = "Fairview"
time_zone = "America/Denver"
fiscal_year_starts = 7
unknown_department = "Unknown"
working_day_calendar = "office"
district_label = "Ward"

[bounds]
west = -105.3
east = -104.6
south = 39.5
north = 40.0

[calendars.office]
weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
opens = "08:00"
closes = "17:00"

[statuses]
open = ["new"]
closed = ["done"]

[departments.Unknown]
name = "Unknown"

[departments.STR]
name = "Streets"

[service_types.Pothole]
department = "STR"
calendar = "office"
goals = [{amount = 3, unit = "business_days", basis = "published", citation = "Service charter, page 4"}]

[layouts.export]
source_system = "fairview"
recognised_by = ["ticket", "reported"]
date_formats = ["%Y-%m-%d %H:%M"]

[layouts.export.columns]
sr_number = ["ticket"]
created_at = ["reported"]
closed_at = ["finished"]
source_status = ["state"]
source_department = ["owner"]
source_service_type = ["what"]
latitude = ["lat"]
longitude = ["lon"]
council_district = ["ward"]
"""
ROWS = """ticket,reported,finished,state,owner,what,lat,lon,ward
F-1,2026-06-01 09:00,,new,Streets,Pothole,39.74,-104.99,1
F-2,2026-06-02 09:00,2026-06-03 09:00,done,Streets,Pothole,39.75,-104.98,2
"""


def write_profile(folder: Path, text: str = PROFILE) -> Path:
    """The profile as the file `fairview.toml` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fairview.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_rows(folder: Path, name: str = "tickets.csv", rows: str = ROWS) -> Path:
    path = folder / name
    path.write_text(rows, encoding="utf-8")
    return path
