"""Today's plan: one rule a lane, dangers first, 7 to 3, and a line where today ends. As of Wed 8 July 2026 12:00."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from db.rules.triage.plan import (
    CAN_BE_KEPT,
    CHECK_EXISTS,
    DANGER,
    LATE,
    Plan,
    Stops,
    age_ratio,
    lanes,
    plan,
    room_shown,
)

AS_OF = datetime(2026, 7, 8, 12)
NOW = np.datetime64(AS_OF, "us")
NAT = np.datetime64("NaT", "us")


def hours(number: float) -> np.timedelta64:
    return np.timedelta64(int(number * 3600), "s")


def stop(age: float, due_in: float | None = None, **named: Any) -> dict[str, Any]:
    """A stop made `age` hours ago and due in so many hours (overdue: negative); None for no goal."""
    created = NOW - hours(age)
    due = NAT if due_in is None else NOW + hours(due_in)
    return {
        "created": created,
        "reported": created,
        "due": due,
        "overdue_from": due,
        "due_day": due.astype("datetime64[D]"),
        "usual_days": np.nan if due_in is None else (age + due_in) / 24,
        "breach_risk": np.nan,
        "is_asked_again": False,
        "danger_grade": 0,
        "is_stale": False,
    } | named


def stops(*rows: dict[str, Any]) -> Stops:
    return Stops(**{name: np.array([row[name] for row in rows]) for name in stop(0)})


def planned(*rows: dict[str, Any], room: int | None = None, **named: Any) -> Plan:
    return plan(stops(*rows), as_of=AS_OF, room=room, **named)


def order(*rows: dict[str, Any]) -> list[int]:
    return planned(*rows).order.tolist()


DANGEROUS = {"danger_grade": 1}
GRAVE = {"danger_grade": 2}
STALE = {"is_stale": True}


def test_each_stop_stands_in_one_lane():
    found = stops(stop(1, 5, **GRAVE), stop(1, 5), stop(1, -1), stop(1), stop(9000, -1, **GRAVE, **STALE))
    assert lanes(found, AS_OF).tolist() == [DANGER, CAN_BE_KEPT, LATE, LATE, CHECK_EXISTS]


def test_what_is_due_this_very_moment_is_late():
    assert lanes(stops(stop(5, 0)), AS_OF).tolist() == [LATE]


def test_dangers_graver_first_then_the_day_of_the_newest_report_then_asked_again_then_oldest():
    rows = [
        stop(3, **DANGEROUS),
        stop(30, **GRAVE),  # yesterday
        stop(2, **GRAVE),
        stop(5, **GRAVE),
        stop(1, **GRAVE, is_asked_again=True),
        stop(900, **GRAVE, reported=NOW - hours(1)),  # an old one reported again today
    ]
    assert order(*rows) == [4, 5, 3, 2, 1, 0]


def test_before_a_danger_of_an_hour_ago_stand_only_graver_or_equally_young_ones():
    old = [stop(24 * day, -24 * (day - 3), **GRAVE) for day in range(5, 400)]
    found = planned(*old, stop(1, 71, **GRAVE), *[stop(30, hour) for hour in range(1, 50)], room=20)
    assert found.order[0] == len(old)


def test_what_can_be_kept_goes_by_due_working_day_then_risk_then_asked_again_then_due_moment():
    friday = {"due_day": np.datetime64("2026-07-10", "D")}
    rows = [
        stop(9, 60, breach_risk=0.9),  # Saturday; the caller gives the working day
        stop(9, 48, breach_risk=0.1, **friday),
        stop(9, 47, breach_risk=0.4, **friday),
        stop(9, 49, breach_risk=0.4, is_asked_again=True, **friday),
        stop(9, 46, **friday),  # unknown stands in the middle
        stop(9, 4, breach_risk=0.0),
    ]
    assert order(*rows) == [5, 4, 3, 2, 1, 0]


def test_age_over_goal_is_counted_up_to_five_and_a_goal_under_a_day_as_a_day():
    found = stops(stop(48, -24), stop(24, -23), stop(24 * 300, -24 * 290), stop(24 * 8), stop(24 * 8, usual_days=4.0))
    assert age_ratio(found, AS_OF).tolist() == [2.0, 1.0, 5.0, 1.0, 2.0]


def test_late_ones_go_by_ratio_and_every_fifth_place_to_the_longest_overdue():
    rows = [stop(24 * (10 + number), -24.0 * number) for number in range(1, 10)]  # ratio and age rise together
    longest_overdue_but_young_in_ratio = stop(24 * 100, -24 * 10)
    assert order(*rows, longest_overdue_but_young_in_ratio) == [8, 7, 6, 5, 9, 4, 3, 2, 1, 0]


def test_without_a_goal_the_fifth_place_counts_from_the_usual_time_of_the_type():
    rows = [stop(24 * (10 + number), -24.0 * number) for number in range(1, 10)]
    no_goal = stop(24 * 100, usual_days=90.0)  # as if due ten days ago
    assert order(*rows, no_goal) == [8, 7, 6, 5, 9, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("room", [1, 2, 3, 4, 7])
def test_over_the_days_a_small_room_holds_three_late_in_ten_and_every_fifth_of_them_the_longest_overdue(room):
    kept = [stop(1, 100_000 + number) for number in range(8)]
    late = [stop(24 * (10 + number), -24.0 * number) for number in range(1, 9)]
    late.append(stop(24 * 100, -24 * 10))
    late_count = longest_count = 0
    for day in range(100):
        made = plan(stops(*kept, *late), as_of=AS_OF + timedelta(days=day), room=room)
        today = set(made.order[:room].tolist())
        late_count += len(today & set(range(8, 17)))
        longest_count += 16 in today
    assert late_count == pytest.approx(100 * room * 0.3, abs=2)
    assert longest_count >= 100 * room * 0.3 / 5 - 2


def test_after_the_dangers_seven_in_ten_can_be_kept_and_three_are_late():
    kept = [stop(1, 10 + number) for number in range(20)]
    late = [stop(200, -number) for number in range(1, 21)]
    found = planned(*kept, *late, stop(1, **GRAVE), room=11)
    lane = found.lane[found.order[: found.today_count]]
    assert lane.tolist().count(CAN_BE_KEPT) == 7
    assert lane.tolist().count(LATE) == 3
    assert found.today_count == 11


@pytest.mark.parametrize(
    ("kept", "late", "expected"), [(2, 20, (2, 8)), (20, 1, (9, 1)), (20, 0, (10, 0)), (3, 3, (3, 3))]
)
def test_room_that_one_lane_does_not_use_goes_to_the_other(kept, late, expected):
    rows = [stop(1, 10 + n) for n in range(kept)] + [stop(200, -n) for n in range(1, late + 1)]
    found = planned(*rows, room=10)
    lane = found.lane[found.order[: found.today_count]].tolist()
    assert (lane.count(CAN_BE_KEPT), lane.count(LATE)) == expected


def test_overdue_dangers_take_at_most_half_of_what_the_others_leave():
    fresh = [stop(1, 20, **GRAVE) for _ in range(4)]
    overdue = [stop(24 * 30, -24 * 20, **GRAVE) for _ in range(20)]
    kept = [stop(1, 10 + number) for number in range(20)]
    found = planned(*fresh, *overdue, *kept, room=10)
    assert found.lane[found.order[: found.today_count]].tolist() == [DANGER] * 7 + [CAN_BE_KEPT] * 2 + [CAN_BE_KEPT]
    assert found.dangers_left == 17


def test_a_danger_of_today_is_no_overdue_one_although_its_goal_is_an_hour():
    rows = [stop(3, -2, **GRAVE) for _ in range(10)] + [stop(1, 10 + number) for number in range(20)]
    assert planned(*rows, room=10).dangers_left == 0


def test_dangers_take_the_room_that_nothing_else_needs():
    rows = [stop(24 * 30, -24 * 20, **GRAVE) for _ in range(20)]
    assert (planned(*rows, room=10).today_count, planned(*rows, room=10).dangers_left) == (10, 10)


def test_more_dangers_than_room_fill_the_day_and_the_rest_is_counted():
    found = planned(*[stop(1, 20, **GRAVE) for _ in range(30)], stop(1, 2), room=10)
    assert (found.today_count, found.dangers_left) == (10, 20)


@pytest.mark.parametrize(("room", "today"), [(0, 0), (1, 1), (10_000, 4)])
def test_no_room_and_more_room_than_work(room, today):
    found = planned(stop(1, **GRAVE), stop(1, 5), stop(9, -1), stop(1), stop(9000, **STALE), room=room)
    assert found.today_count == today
    assert sorted(found.order.tolist()) == [0, 1, 2, 3, 4]
    assert found.order[-1] == 4  # what may not exist is never in the plan


def test_nothing_open_and_everything_stale():
    assert plan(_none(), as_of=AS_OF, room=5).today_count == 0
    assert planned(*[stop(9000, -8000, **STALE) for _ in range(3)], room=5).today_count == 0


def _none() -> Stops:
    found = stops(stop(1))
    return Stops(**{name: getattr(found, name)[:0] for name in vars(found)})


def test_stale_dangers_are_checked_first_and_the_draw_follows_its_seed():
    rows = [stop(9000 + 7 * number, **STALE) for number in range(40)] + [stop(9000, **STALE, **GRAVE)]
    first, again, other = (planned(*rows, seed=seed).order.tolist() for seed in (1, 1, 2))
    assert first[0] == 40
    assert first == again != other
    assert first[1:] != sorted(first[1:])


def test_without_any_goal_there_are_dangers_and_late_ones_only():
    found = planned(stop(5), stop(9, **GRAVE), stop(50), room=2)
    assert found.order.tolist() == [1, 2, 0]
    assert set(found.lane.tolist()) == {DANGER, LATE}


def test_a_room_or_a_share_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="room -1"):
        planned(stop(1), room=-1)
    with pytest.raises(ValueError, match=r"kept_share 1\.5"):
        planned(stop(1), room=1, kept_share=1.5)


def test_the_room_shown_is_the_median_of_the_days():
    assert room_shown(np.array([3, 50, 4, 5, 0])) == 4
    assert room_shown(np.zeros(0, np.int64)) == 0


def test_the_order_does_not_depend_on_the_order_of_the_rows():
    generator = np.random.default_rng(3)
    rows = [
        stop(float(age), float(due) if due > -20 else None, danger_grade=int(grade), is_stale=bool(stale))
        for age, due, grade, stale in zip(
            generator.permutation(300) + 1,
            generator.integers(-50, 50, 300),
            generator.integers(0, 3, 300),
            generator.random(300) < 0.1,
            strict=True,
        )
    ]
    places = generator.permutation(300)
    straight = planned(*rows, room=60)
    shuffled = planned(*[rows[place] for place in places], room=60)
    assert places[shuffled.order].tolist() == straight.order.tolist()
    assert shuffled.today_count == straight.today_count


def test_a_minute_later_the_same_stop_stands_no_further_back_among_the_late():
    found = stops(stop(24, -1), stop(48, -30))
    assert (age_ratio(found, AS_OF + timedelta(minutes=1)) >= age_ratio(found, AS_OF)).all()
