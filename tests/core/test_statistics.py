"""Intervals of rates: known values, and how often they cover."""

import random

import pytest

from apps.core.statistics import Rate, wilson


@pytest.mark.parametrize(
    "good, total, low, high",
    [  # R: prop.test(x, n, correct = FALSE)
        (8, 10, 0.4901625, 0.9433178),
        (0, 20, 0.0, 0.1611252),
        (50, 100, 0.4038315, 0.5961685),
        (1, 1, 0.2065493, 1.0),
    ],
)
def test_the_interval_is_wilsons(good: int, total: int, low: float, high: float) -> None:
    assert wilson(good, total) == pytest.approx((low, high), abs=1e-6)


def test_nothing_counted_is_anything() -> None:
    assert Rate(0, 0).share is None
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert not Rate(29, 29).is_enough and Rate(15, 30).is_enough


def test_the_interval_covers_the_truth() -> None:
    chance = random.Random(1)
    for truth in (0.05, 0.3, 0.9):
        covered = 0
        for _ in range(2000):
            low, high = wilson(sum(chance.random() < truth for _ in range(40)), 40)
            covered += low <= truth <= high
        assert 0.92 <= covered / 2000 <= 0.99
