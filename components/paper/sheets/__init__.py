"""Every sheet that can be printed, by its name. A sheet is added by one file here and one entry below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.links import View
from components.paper.blocks import Sheet
from components.paper.sheets import brief, compliance, crew, goals, inspection, overview, queue_list, request, workload

Build = Callable[[View], Sheet]


@dataclass(frozen=True)
class Entry:
    """One sheet: how it is built from a view, what the terminal says of it, and the page's own names that it reads."""

    build: Build
    line: str
    own_names: tuple[str, ...] = ()


SHEETS: Mapping[str, Entry] = {
    "overview": Entry(overview.build, "how the desk stands, by department"),
    "brief": Entry(brief.build, "what moved in a week or a month, why, and what to ask", ("week", "month")),
    "queue": Entry(queue_list.build, "open requests in the order to work them", ("lane", "room")),
    "crew": Entry(crew.build, "a sheet a truck, to tick and to write on", ("stops", "room", "trucks", "truck")),
    "round": Entry(inspection.build, "thirty of what may no longer exist, to look for and to tick"),
    "compliance": Entry(compliance.build, "who keeps the promise, and who does not", ("target",)),
    "goals": Entry(goals.build, "every service type with its goal"),
    "workload": Entry(workload.build, "what each person carries, and what vacancies explain"),
    "request": Entry(request.build, "all that is known of one request", ("sr", "system", "find")),
}
