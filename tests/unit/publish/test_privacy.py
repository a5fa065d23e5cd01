"""What is hidden in public tables, and that it cannot be worked out again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from db.publish.privacy import (
    CannotBeHiddenError,
    OutOfTimeError,
    Views,
    about,
    deadline_in,
    hidden_views,
    share,
)

SECONDS = 60


def table(counts: list[list[int]]) -> Views:
    """A table with its row totals, column totals and grand total."""
    cells = np.array(counts)
    rows, columns = cells.shape
    one = np.eye(rows * columns).reshape(rows * columns, rows, columns)
    views = [*one, *one.reshape(rows, columns, rows, columns).sum(1), *one.reshape(rows, columns, rows, columns).sum(0)]
    matrix = np.array([view.ravel() for view in [*views, np.ones((rows, columns))]])
    cost = matrix.sum(axis=1) ** 2
    is_total = np.arange(len(matrix)) >= cells.size
    return Views(cells.ravel(), csr_array(matrix), np.zeros(len(matrix), dtype=bool), cost, is_total, is_total * 1)


def possible(views: Views, hidden: np.ndarray, most: int) -> list[set[int]]:
    """All values of each view that fit what is shown, found by trying every table with cells up to `most`."""
    matrix, values = views.matrix.toarray().astype(int), views.values
    guesses = np.indices((most + 1,) * len(views.cells)).reshape(len(views.cells), -1)
    told = matrix @ guesses
    fits = (told == values[:, None])[~hidden].all(axis=0) & (told >= views.least[:, None])[hidden].all(axis=0)
    return [set(row.tolist()) for row in told[:, fits]]


def test_a_small_count_takes_others_with_it_so_that_no_total_gives_it_away() -> None:
    views = table([[3, 40, 50], [30, 45, 60], [25, 35, 55]])
    hidden = hidden_views(views, deadline_in(SECONDS))
    assert hidden[0]
    assert hidden[:9].sum() >= 4  # two rows and two columns at least
    assert not hidden[-1]


@pytest.mark.parametrize("counts", [[[3, 14], [12, 15]], [[0, 12], [11, 10]], [[9, 15], [14, 11]], [[1, 2], [3, 16]]])
def test_every_value_from_1_to_9_stays_possible_for_both_kinds_of_hidden_number(counts: list[list[int]]) -> None:
    views = table(counts)
    hidden = hidden_views(views, deadline_in(SECONDS))
    assert hidden.any()
    for view, values in enumerate(possible(views, hidden, most=32)):
        assert not hidden[view] or set(range(1, 10)) <= values


def test_nothing_is_hidden_where_nothing_must_be() -> None:
    assert not hidden_views(table([[10, 11], [12, 13]]), deadline_in(SECONDS)).any()


def test_what_one_address_dominates_is_hidden_and_looks_like_the_rest() -> None:
    views = table([[40, 30], [20, 50]])
    dominated = views.must_hide.copy()
    dominated[0] = True
    hidden = hidden_views(replace(views, must_hide=dominated), deadline_in(SECONDS))
    assert hidden[0]
    assert hidden.sum() >= 3


def test_where_only_totals_could_hide_a_small_count_and_they_may_not_be_the_table_must_be_coarser() -> None:
    views = table([[3, 40], [30, 45]])
    kept = views.cost.copy()
    kept[4:] = np.inf
    with pytest.raises(CannotBeHiddenError):
        hidden_views(replace(views, cost=kept), deadline_in(SECONDS))


def test_past_its_time_it_gives_up() -> None:
    with pytest.raises(OutOfTimeError):
        hidden_views(table([[3, 40], [30, 45]]), deadline_in(-1))


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (20, 29, (None, "")),
        (20, 30, (67, "")),
        (0, 500, (2, "at_most")),
        (9, 500, (2, "at_most")),
        (10, 500, (2, "")),
        (491, 500, (98, "at_least")),
        (500, 500, (98, "at_least")),
        (490, 500, (98, "")),
    ],
)
def test_a_share_needs_30_and_says_the_same_for_none_as_for_nine(part: int, whole: int, told: tuple[int, str]) -> None:
    assert share(part, whole) == told


@pytest.mark.parametrize(("count", "told"), [(9, None), (10, 10), (14, 10), (26, 30), (3_984, 3_980)])
def test_a_backlog_is_told_to_the_nearest_ten(count: int, told: int | None) -> None:
    assert about(count) == told
