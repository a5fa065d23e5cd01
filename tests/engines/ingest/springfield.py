"""A small city of its own for tests: a profile outside the package with as few keys as can be."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from db.cities.profile import Profile, load

PROFILE = """
name = "Springfield"
time_zone = "America/Chicago"
fiscal_year_starts = 1
unknown_department = "Unknown"
working_day_calendar = "office"
district_label = "Ward"

[bounds]
west = -88.0
east = -87.4
south = 41.6
north = 42.1

[calendars.office]
weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
opens = "08:00"
closes = "17:00"

[statuses]
open = ["open"]
closed = ["closed", "completed"]

[departments.Unknown]
name = "Unknown"

[departments.PW]
name = "Public Works"

[service_types.Pothole]
department = "PW"
calendar = "office"

[layouts.requests]
source_system = "springfield"
recognised_by = ["id", "opened"]

[layouts.requests.columns]
sr_number = ["id"]
created_at = ["opened"]
closed_at = ["closed"]
city_due_at = ["due"]
source_status = ["status"]
source_department = ["dept"]
source_service_type = ["type"]
latitude = ["lat"]
longitude = ["lon"]
council_district = ["ward"]
"""
HEADER = "id,opened,closed,due,status,dept,type,lat,lon,ward"


@cache
def profile() -> Profile:

    with tempfile.TemporaryDirectory() as folder:
        return load(write_profile(Path(folder)))


def write_profile(folder: Path, changed: str = PROFILE) -> Path:
    path = folder / "springfield.toml"
    path.write_text(changed)
    return path


def write_requests(path: Path, *rows: str) -> Path:
    """Rows such as `1,2025-06-02 09:00,,,open,Public Works,Pothole,41.88,-87.65,1`."""
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path
