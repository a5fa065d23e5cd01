"""The generated city: Los Angeles at a scale, 24 months back and 60 days ahead, with known truths planted.

Every row is written as it will stand at the end of the window; `as_of` reveals it as time passes, so
that the queue is live although nobody writes to it. docs/demo.md says what is generated and how it
is calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, insert, update

from db.cities.profile import Profile, load
from db.ingest.demo import plan
from db.ingest.demo.arrivals import arrivals, chronic, same_calls
from db.ingest.demo.closings import closing_times, endings
from db.ingest.demo.dirt import soil
from db.ingest.demo.places import make_places, place_count
from db.ingest.demo.repeats import asked_again, chasers
from db.ingest.demo.staffing import VACANCY, staffing_rows
from db.ingest.demo.table import export_table, with_closing_words, write_csv
from db.ingest.demo.words import channels, is_crew, owners
from db.ingest.requests.load import load_files
from db.ingest.requests.progress import Progress
from db.ingest.requests.report import LoadReport
from db.model import schema
from db.rules.errors import DeskError
from db.storage.database import Database
from db.storage.workspace import workspace

DEFAULT_SEED = 311
MERGED_CHASERS = 0.55  # share of the requests made while an earlier one is open that are closed as its duplicate
CITY = "los_angeles"
FILE_NAME = "generated_city.csv"


@dataclass(frozen=True)
class DemoCity:
    """A generated city.

    `requests`: the rows in the 34 columns of the city's CSV export, oldest first. `staffing`: rows of the
    staffing table. `truths`: what was planted, to check figures against. `window`: the span generated.
    """

    requests: pa.Table
    staffing: pd.DataFrame
    truths: dict[str, Any]
    window: plan.Window


def generate(
    *,
    now: datetime,
    profile: Profile,
    seed: int = DEFAULT_SEED,
    scale: float = plan.DEFAULT_SCALE,
    until: datetime | None = None,
) -> DemoCity:
    """The city of this seed, scale and day; the same three always give the same city.

    `now`: only its day is used. `until`: the last moment of the window instead of 60 days ahead; the
    window's length stays. Raises DeskError where `scale` is not above 0 and at most 4.
    """
    if not 0 < scale <= 4:
        raise DeskError(f"scale {scale} of the demo city is not above 0 and at most 4; 1 is the whole city")
    scene = plan.scene(now, until, scale, profile)
    generator = np.random.default_rng(seed)
    places = make_places(place_count(scene.yearly), generator)
    table = _requests_in_window(_all_requests(scene, places, generator), places, scene)
    table = with_closing_words(table, generator)
    dirt = soil(table, generator)
    requests = export_table(table, scene.window, generator)
    return DemoCity(requests, staffing_rows(scene), _planted_truths(scene.window, dirt), scene.window)


def _all_requests(scene: plan.Scene, places: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Every request with `owner`, `channel`, `ending` and `closed`, repeats included, not sorted."""
    sources = [arrivals(scene, places, generator), chronic(scene, places, generator)]
    first = _with_endings(pd.concat(sources, ignore_index=True), scene, places, True, generator)
    by_residents = first[~is_crew(first["channel"].to_numpy())].reset_index(drop=True)
    by_residents["can_repeat"] = ~by_residents["ending"].isin(
        ["information", "confirmed_duplicate", "potential_duplicate"]
    )
    followers_of_each_kind = [
        same_calls(scene, by_residents, generator),
        chasers(by_residents, scene.window, generator),
    ]
    followers = _followers_with_endings(
        pd.concat(followers_of_each_kind, ignore_index=True), by_residents, scene, generator
    )
    later = asked_again(by_residents, scene, generator)
    later = _with_endings(later, scene, places, False, generator)
    return pd.concat([first, followers, later], ignore_index=True)


def _with_endings(
    calls: pd.DataFrame, scene: plan.Scene, places: pd.DataFrame, may_be_crew: bool, generator: np.random.Generator
) -> pd.DataFrame:
    """The requests with `owner`, `channel`, `ending` and `closed`. `may_be_crew`: crews may report some."""
    kind = calls["type"].to_numpy()
    owner = owners(scene.plans, kind, generator)
    crew = np.full(len(calls), may_be_crew)
    calls = calls.assign(owner=owner, channel=channels(scene.names(kind), owner, crew, generator))
    calls["ending"] = endings(scene, calls, generator)
    district = places["cd"].to_numpy()[calls["place"]]
    return calls.assign(closed=closing_times(scene, calls, district, generator))


def _followers_with_endings(
    followers: pd.DataFrame, parents: pd.DataFrame, scene: plan.Scene, generator: np.random.Generator
) -> pd.DataFrame:
    """Same calls and chasers: closed by the visit that closes the request they follow, or earlier as its duplicate."""
    parent = parents.iloc[followers["parent"]]
    names = scene.names(followers["type"].to_numpy())
    created = followers["created"].to_numpy().astype("datetime64[s]")
    visit = parent["closed"].to_numpy().astype("datetime64[s]") + generator.integers(0, 900, len(followers))
    at_once = (parent["ending"] == "information").to_numpy() | (visit < created)
    visit = np.where(at_once, created + generator.integers(5, 55, len(followers)), visit)
    chased = (followers["origin"] == "chaser").to_numpy()
    merged = chased & (generator.random(len(followers)) < MERGED_CHASERS)
    found_duplicate_at = created + generator.exponential(86_400, len(followers)).astype("timedelta64[s]")
    ending = np.where(merged, "duplicate", parent["ending"].to_numpy(dtype=object))
    new_words = channels(names, parent["owner"].to_numpy(), np.zeros(len(followers), dtype=bool), generator)
    return followers.assign(
        owner=parent["owner"].to_numpy(dtype=object),
        channel=np.where(chased, new_words, parent["channel"].to_numpy(dtype=object)),
        ending=ending,
        closed=np.where(
            merged, np.fmin(found_duplicate_at, np.where(np.isnat(visit), found_duplicate_at, visit)), visit
        ),
    )


def _requests_in_window(worked: pd.DataFrame, places: pd.DataFrame, scene: plan.Scene) -> pd.DataFrame:
    """The requests created in the window, oldest first, with type name and place; open if closed later."""
    until = pd.Timestamp(scene.window.until)
    inside = worked[(worked["created"] >= pd.Timestamp(scene.window.start)) & (worked["created"] <= until)]
    inside = inside.sort_values(["created", "type", "place"], kind="stable").reset_index(drop=True)
    names = scene.names(inside["type"].to_numpy())
    described = inside.assign(name=names, closed=inside["closed"].where(inside["closed"] <= until))
    return pd.concat([described, places.iloc[inside["place"]].reset_index(drop=True)], axis=1)


def _planted_truths(window: plan.Window, dirt: dict[str, int]) -> dict[str, Any]:
    """What was planted, by name."""
    return {
        "late_from_staff": plan.LATE_FROM_STAFF,
        "late_from_staff_vacancy": VACANCY[plan.LATE_FROM_STAFF],
        "late_from_waiting": plan.LATE_FROM_WAITING,
        "neglected_district": str(plan.NEGLECTED_DISTRICT),
        "neglect_factor": plan.NEGLECT_FACTOR,
        "doubled_type": plan.DOUBLED_TYPE,
        "doubled_from": plan.doubled_from(window),
        "dirt": dirt,
    }


def make_demo(
    database: Database,
    *,
    now: datetime,
    seed: int = DEFAULT_SEED,
    scale: float = plan.DEFAULT_SCALE,
    until: datetime | None = None,
    on_progress: Progress | None = None,
) -> LoadReport:
    """Generate the city and store it in place of any other generated one.

    `now`: the city's local time. Raises DeskError where the database holds real data, or for a `scale`
    out of range; TimeoutError where another process keeps writing. Killed between its two transactions
    it leaves a city without its last moment, which `demo_needs_renewal` counts as run out.
    """
    generated = generate(now=now, profile=load(CITY), seed=seed, scale=scale, until=until)
    with workspace() as folder:
        path = folder / FILE_NAME
        write_csv(generated.requests, path)
        report = load_files(database, [path], city=CITY, now=now, kind="demo", on_progress=on_progress)[0]
    values = {"demo_until": generated.window.until, "demo_seed": seed, "demo_scale": scale}
    with database.write(now) as connection:
        connection.execute(update(schema.city).values(values))
        connection.execute(update(schema.load_runs).values(file=FILE_NAME))  # instead of its temporary path
        connection.execute(delete(schema.staffing))
        connection.execute(insert(schema.staffing), _records(generated.staffing))
    return replace(report, file=FILE_NAME)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, values, strict=True)) for values in frame.itertuples(index=False)]


def demo_needs_renewal(city: Mapping[str, Any], now: datetime) -> bool:
    """Whether the stored city is a generated one whose window has run out at `now`.

    `city`: the row of the city table, by column name.
    """
    return city["source_kind"] == "demo" and (city["demo_until"] is None or city["demo_until"] <= now)
