"""A fault of the desk: one number for one place, its traceback in the log, and never a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import faults
from db.rules.clock import check_goal
from db.rules.proportions import wilson
from db.settings import Settings

SETTINGS = Settings(Path("data"), database_url="postgresql://desk:s%40same@host/desk")


def caught(call: object, *args: object) -> BaseException:
    with pytest.raises(Exception) as found:  # noqa: PT011 - whatever it is
        call(*args)  # type: ignore[operator]
    return found.value


def test_the_same_fault_has_the_same_number_and_another_has_another() -> None:
    first, second = caught(wilson, 3, 2), caught(wilson, 9, 4)
    assert str(first) != str(second)
    assert faults.number_of(first) == faults.number_of(second)
    assert faults.number_of(first) != faults.number_of(caught(check_goal, -1, "hours"))


def test_the_log_has_the_traceback_and_no_password(caplog: pytest.LogCaptureFixture) -> None:
    fault = caught(int, "s@same and more")
    number = faults.report(fault, SETTINGS)
    assert f"fault of the desk, number {number:05d}" in caplog.text
    assert "Traceback" in caplog.text
    assert "ValueError: invalid literal for int() with base 10: '*** and more'" in caplog.text
    assert "s@same" not in caplog.text
