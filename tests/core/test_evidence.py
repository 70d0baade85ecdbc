"""Rates with their interval."""

import pytest

from apps.core.evidence import Rate


# statsmodels 0.15: proportion_confint(part, whole, method="wilson").
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(12, 20, 0.386582, 0.781193), (0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (1, 1, 0.206549, 1.0)],
)  # fmt: skip
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert Rate(part, whole).interval == pytest.approx((low, high), abs=1e-5)


def test_of_nothing_nothing_is_known() -> None:
    rate = Rate(0, 0)
    assert rate.value is None and rate.interval == (0, 1) and rate.width == 1
    assert str(rate) == "– (0 of 0)"


def test_a_rate_is_written_with_its_ground() -> None:
    assert str(Rate(18, 30)) == "60 % (18 of 30, 42–75 %)"


def test_few_are_told_without_a_percentage_of_their_own() -> None:
    assert str(Rate(12, 20)) == "12 of 20 (39–78 %)"
