"""How far a judge is to be believed, against known values."""

import random

import pytest

from apps.core.evidence import Rate
from apps.judge.calibration import Confusion, corrected


def test_agreement_and_kappa_are_those_of_the_textbook() -> None:
    # Cohen's kappa of 20, 5, 10, 15 is 0.4 (observed 0.7, by chance 0.5).
    sample = Confusion(both=20, judge_only=5, label_only=10, neither=15)
    assert sample.agreement == Rate(35, 50)
    assert sample.kappa == pytest.approx(0.4)
    assert sample.sensitivity == Rate(20, 30) and sample.specificity == Rate(15, 20)


def test_of_nothing_and_of_one_kind_alone_no_kappa_is_known() -> None:
    assert Confusion().kappa is None and Confusion(both=7).kappa is None
    assert Confusion(both=5, neither=5).kappa == 1


@pytest.mark.parametrize(
    ("apparent", "sample", "expected"),
    [
        # Rogan and Gladen: (0.30 + 0.80 - 1) / (0.90 + 0.80 - 1) = 1/7.
        (Rate(300, 1000), Confusion(90, 20, 10, 80), 1 / 7),
        (Rate(300, 1000), Confusion(50, 0, 0, 50), 0.3),
        # Less than the judge's false alarms alone would give is none.
        (Rate(100, 1000), Confusion(90, 20, 10, 80), 0.0),
        (Rate(990, 1000), Confusion(90, 20, 10, 80), 1.0),
    ],
)
def test_a_share_is_corrected_by_sensitivity_and_specificity(
    apparent: Rate, sample: Confusion, expected: float
) -> None:
    found = corrected(apparent, sample)
    assert found and found.value == pytest.approx(expected)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("apparent", "sample"),
    [
        (Rate(0, 0), Confusion(9, 1, 1, 9)),
        (Rate(5, 10), Confusion()),
        (Rate(5, 10), Confusion(both=9, label_only=1)),
        (Rate(5, 10), Confusion(5, 5, 5, 5)),
    ],
)
def test_what_cannot_be_known_is_not_said(apparent: Rate, sample: Confusion) -> None:
    assert corrected(apparent, sample) is None


def test_a_judge_that_is_known_to_be_right_leaves_the_uncertainty_of_the_share_alone() -> None:
    found = corrected(Rate(300, 1000), Confusion(both=10**7, neither=10**7))
    assert found
    assert (found.low, found.high) == pytest.approx(Rate(300, 1000).interval, abs=5e-4)


def test_fewer_labels_give_a_wider_interval() -> None:
    few, many = (corrected(Rate(300, 1000), Confusion(9 * n, 2 * n, n, 8 * n)) for n in (2, 50))
    assert few and many and few.high - few.low > 2 * (many.high - many.low)


@pytest.mark.parametrize(
    ("share", "se", "sp"), [(0.3, 0.9, 0.8), (0.7, 0.8, 0.7), (0.5, 0.95, 0.95)]
)
def test_the_interval_holds_the_truth_as_often_as_it_says(
    share: float, se: float, sp: float
) -> None:
    draw = random.Random(f"{share}{se}{sp}")

    def count(number: int, chance: float) -> int:
        return sum(draw.random() < chance for _ in range(number))

    held = 0
    for _ in range(600):
        positive = share * se + (1 - share) * (1 - sp)
        right, alarms = count(100, se), count(100, 1 - sp)
        found = corrected(
            Rate(count(500, positive), 500), Confusion(right, alarms, 100 - right, 100 - alarms)
        )
        held += found is not None and found.low <= share <= found.high
    assert 0.92 < held / 600 <= 1
