"""What names a request: its system and number; a number alone, as older links have it, stays one."""

from __future__ import annotations

import pytest

from db.rules.key import RequestKey, parse_key


@pytest.mark.parametrize("key", [RequestKey("myla311", "1-123"), RequestKey("new", "a:b"), RequestKey("old", " 7 ")])
def test_a_key_in_one_word_is_read_back(key: RequestKey) -> None:
    assert parse_key(key.text()) == key


@pytest.mark.parametrize("text", ["1-123", "", ":", ":7", "old:"])
def test_what_names_no_system_is_a_number_alone(text: str) -> None:
    assert parse_key(text) == text
