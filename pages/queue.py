"""What to work first, and why: today's plan, the lanes it is made of, and a crew list for each truck."""

from components import filter_bar, state
from components.cache import made
from components.drawing import notices
from components.queue import checking, lanes, listing, morning, outlook, snapshot, trucks
from db.rules.triage.plan import Lane

VIEWS = {"": "Queue", "morning": "The morning", "trucks": "Trucks"}

view = state.current()
own = state.page_params()
lane = own.choice("lane", lanes.LANES, lanes.TODAY)
group = own.choice("group", listing.GROUPS, "")
shows = own.choice("view", VIEWS, "")

kept = snapshot.held(view)
if shows == "morning":
    morning.show(kept)
    state.end_page()

if shows == "trucks":
    trucks.show(kept)
    state.end_page()

lanes.line(kept, lane)
snapshot.news()
if not made(listing.lane_count, kept, lane):
    notices.nothing("open requests in this list", [lanes.LANES[lane], *filter_bar.chosen(view)])
elif group:
    listing.groups(kept.view, group)
else:
    listing.rows(kept, lane)
    if lane == Lane.CHECK_EXISTS:
        checking.show(kept)
    outlook.today(kept)
listing.more(kept, lane, group)
