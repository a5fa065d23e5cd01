"""What chances came to corrects those of today, gently where little is known."""

from __future__ import annotations

import numpy as np
import pytest

from db.rules.calibration import FEWEST, NONE, fitted


def drawn(chance: np.ndarray, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(len(chance)) < chance


def test_true_chances_are_left_as_they_are():
    chance = np.random.default_rng(0).uniform(0.05, 0.95, 20_000)
    corrected = fitted(chance, drawn(chance)).of(np.array([0.1, 0.5, 0.9]))
    assert corrected == pytest.approx([0.1, 0.5, 0.9], abs=0.02)


def test_chances_that_are_always_too_high_come_down_and_keep_their_order():
    true = np.random.default_rng(0).uniform(0.05, 0.95, 20_000)
    told = true**0.5
    found = fitted(told, drawn(true))
    corrected = found.of(np.array([0.3, 0.7, 0.95]))
    assert corrected == pytest.approx([0.09, 0.49, 0.9], abs=0.04)
    assert np.all(np.diff(found.of(np.linspace(0, 1, 101))) >= 0)


def test_few_outcomes_change_nothing():
    told = np.full(FEWEST - 1, 0.9)
    assert fitted(told, np.zeros(len(told))) == NONE
    assert fitted(np.full(1000, np.nan), np.zeros(1000)) == NONE
    assert NONE.of([0.0, 0.4, 1.0]).tolist() == [0.0, 0.4, 1.0]


def test_a_few_hundred_outcomes_change_less_than_thousands():
    little, much = (fitted(np.full(size, 0.9), np.arange(size) % 2).of(0.9) for size in (FEWEST, 100 * FEWEST))
    assert 0.5 < float(much) < float(little) < 0.9


def test_outcomes_against_all_sense_turn_no_order_round():
    told = np.tile([0.1, 0.9], 2000)
    found = fitted(told, told < 0.5)
    assert found.slope > 0
    assert found.of(0.9) > found.of(0.1)


def test_what_has_no_chance_has_none_afterwards():
    found = fitted(np.full(1000, 0.9), np.zeros(1000))
    assert np.isnan(found.of([np.nan, 0.5])).tolist() == [True, False]
