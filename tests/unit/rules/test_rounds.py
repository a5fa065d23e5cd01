"""What an inspector's answers say of requests as old as those: only what was found, or found gone, counts."""

from __future__ import annotations

import math

from db.rules.rounds import share_gone


def test_what_was_not_found_says_nothing_of_a_request() -> None:
    found = share_gone(["gone", "still there", "not found", "gone"])
    assert (found.gone_count, found.checked_count) == (2, 3)
    assert found.share == 2 / 3
    assert 0 < found.low < 2 / 3 < found.high < 1
    assert found.words().startswith("2 of 3 checked were gone (")


def test_a_word_is_compared_as_a_text_whatever_object_holds_it() -> None:
    assert share_gone(["".join(("go", "ne"))]).gone_count == 1


def test_before_anybody_looked_it_is_unchecked() -> None:
    found = share_gone(["not found"])
    assert (found.gone_count, found.checked_count) == (0, 0)
    assert math.isnan(found.share)
    assert found.words() == "unchecked"
