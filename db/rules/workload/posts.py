"""How much each person carries, and what vacant posts add to it.

Arrays are broadcast together, usually one entry a department. Work is in one unit throughout
(effort hours, or requests where efforts are not known); posts are full-time equivalents (FTE),
already multiplied by the share of them that works on requests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NO_ONE = "no one fills these posts"


@dataclass(frozen=True)
class Load:
    """Work per person, each of shape (departments,); NaN where it cannot be said.

    `per_filled` is W / F, `per_authorised` W / A, `added` what vacancies add to each person's
    load: their difference, W / A * v / (1 - v). `is_empty`: no one fills these posts.
    """

    per_filled: Floats
    per_authorised: Floats
    added: Floats
    is_empty: Bools


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """numerator / denominator, NaN (never an error, never infinity) where the denominator is not above zero."""
    top, bottom = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    result = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def load(work: ArrayLike, authorised: ArrayLike, filled: ArrayLike) -> Load:
    """Work waiting per filled and per authorised FTE, and the part that vacancies add.

    Raises ValueError where more posts are filled than authorised, or a count is negative.
    """
    posts, people = np.asarray(authorised, float), np.asarray(filled, float)
    check_posts(posts, people)
    per_filled, per_authorised = ratio(work, people), ratio(work, posts)
    empty = np.broadcast_to((people == 0) & (posts > 0), per_filled.shape)
    return Load(per_filled, per_authorised, per_filled - per_authorised, np.asarray(empty))


def vacancy_rate(authorised: ArrayLike, filled: ArrayLike) -> Floats:
    """Share of authorised posts that is vacant, 0 to 1; NaN where no post is authorised."""
    return 1.0 - ratio(filled, authorised)


def vacancy_against(baseline_authorised: ArrayLike, filled: ArrayLike) -> Floats:
    """Share of the posts authorised in a fixed baseline year that is not filled now.

    The usual rate falls when vacant posts are deleted; this one does not. Negative where more
    people work now than were authorised then.
    """
    return 1.0 - ratio(filled, baseline_authorised)


def check_posts(authorised: Floats, filled: Floats) -> None:
    """Refuse negative posts and more filled than authorised; NaN (no figure) passes."""
    for name, values in (("fte_authorised", authorised), ("fte_filled", filled)):
        if np.any(values < 0):
            raise ValueError(f"{name} {np.nanmin(values):g} is negative; give a count of posts, zero or more")
    if np.any(filled > authorised):
        where = int(np.argmax(np.ravel(filled > authorised)))
        over, posts = np.ravel(filled)[where], np.ravel(np.broadcast_to(authorised, filled.shape))[where]
        raise ValueError(f"fte_filled {over:g} is more than fte_authorised {posts:g}")


def staff_factor(authorised: Floats, filled: Floats) -> Floats:
    """A / F a day, never under 1; NaN on days when no one fills the posts or no figure is known. Shape (days,)."""
    return np.maximum(ratio(authorised, filled), 1.0)


def no_one(authorised: Floats, filled: Floats) -> str:
    """Why past days cannot be replayed with these posts, or '' if they can; arrays of shape (days,)."""
    if np.any((filled == 0) & (authorised > 0)):
        return NO_ONE
    if not np.all(np.isfinite(authorised) & np.isfinite(filled)):
        return "no staffing figure for part of this time"
    return ""
