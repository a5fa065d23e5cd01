"""Named working calendars: which minutes of a city's year are working time.

A calendar is built once, from the profile, and never asks the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True)
class Calendar:
    """Working weekdays, opening hours, holidays, and what happens at the edges.

    `weekdays`: 0 is Monday. `opens`/`closes`: working hours of a working day (`closes` may be
    time.max for midnight). `holidays`: days without work; `holidays_until`: the last day the
    table is known for, after which a computed date carries a warning. `after_hours`: what a
    request made outside working hours counts as: `"same"` (nothing changes), `"next_opening"`
    (made at the next opening). `arrival_cutoff`/`arrival_counts_as`: a request made at or after
    the cutoff counts as made at `arrival_counts_as` on the next working day; one made on a day
    without work counts as made on the next working day at `weekend_keeps_clock` ? the same clock
    time : `arrival_counts_as`. `end_of_day`: whole days end `"clock"` (same clock time as made)
    or `"close"` (closing time of the last day).
    """

    name: str
    weekdays: frozenset[int] = frozenset(range(7))
    opens: time = time.min
    closes: time = time.max
    holidays: frozenset[date] = field(default_factory=frozenset)
    holidays_until: date | None = None
    after_hours: str = "same"
    arrival_cutoff: time | None = None
    arrival_counts_as: time | None = None
    weekend_keeps_clock: bool = True
    end_of_day: str = "clock"
