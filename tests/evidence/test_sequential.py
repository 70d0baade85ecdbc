"""The test that may be looked at after every label: known values, and how often it is wrong."""

import math
import random
from collections import defaultdict
from functools import cache

import pytest

from apps.evidence.statistics import sequential
from apps.evidence.statistics.sequential import (
    Standing,
    _decision,
    evidence,
    follow,
    interval,
    seeds_more,
)

TESTS = 2000


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of millions of looks most see counts that were seen before."""
    monkeypatch.setattr(sequential, "_log_evidence", cache(sequential._log_evidence))


def test_evidence_is_that_of_the_mixture_over_all_shares() -> None:
    assert evidence(0, 0) == pytest.approx(1)
    assert evidence(8, 0) == pytest.approx(2**8 / 9)
    assert evidence(3, 5) == pytest.approx(2**8 / (9 * math.comb(8, 3)))


def test_eight_wins_in_a_row_decide_and_seven_do_not() -> None:
    assert follow([1] * 7).decided == ""
    assert follow([1, 0] * 8).decided == "left"
    other = follow([-1] * 8)
    assert (other.left, other.right, other.alike, other.decided) == (0, 8, 0, "right")
    assert other.peak == pytest.approx(2**8 / 9)


def test_what_was_decided_stays_decided() -> None:
    after = follow([1] * 8 + [-1] * 8)
    assert (after.decided, after.leader, after.left, after.right) == ("left", "left", 8, 8)
    assert after.chance == pytest.approx(9 / 2**8) and after.evidence < 1


def test_two_that_win_by_turns_are_even_in_the_end() -> None:
    assert follow([1, -1] * 200).decided == "even"


def test_the_interval_holds_what_the_evidence_does_not_rule_out() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(14, 5)
    for edge in (low, high):
        ratio = 14 * math.log(edge) + 5 * math.log(1 - edge)
        mixed = math.lgamma(15) + math.lgamma(6) - math.lgamma(21)
        assert mixed - ratio == pytest.approx(math.log(20), abs=1e-6)
    assert low < 14 / 19 < high
    assert interval(9, 0)[1] == 1.0 and interval(0, 9)[0] == 0.0


def test_how_many_more_follows_the_lead() -> None:
    assert follow([]).seeds_more is None
    assert follow([1] * 9).seeds_more == 0
    near, far = follow([1] * 6).seeds_more, follow([1, 1, -1] * 3).seeds_more
    assert near is not None and far is not None and near < far
    # Half of the seeds tell nothing: twice as many are needed.
    thinned = seeds_more(Standing(6, 0, 60))
    assert thinned is not None and thinned > 5 * near


def simulated(better: float, *, seeds: int, seed: int) -> list[Standing]:
    """Tests of up to so many seeds, looked at after every one; `better`: the left side's share of
    the seeds that tell.
    """
    drawn = random.Random(seed)
    shares = (0.4 * better, 0.4 * (1 - better), 0.6)
    return [follow(drawn.choices((1, -1, 0), shares, k=seeds)) for _ in range(TESTS)]


def exactly(better: float, *, seeds: int) -> dict[str, float]:
    """What `simulated` estimates, without chance: how probable each decision is, summed over all
    ways that such a test can take.
    """
    ways, found = {0: 1.0}, {"left": 0.0, "right": 0.0, "even": 0.0}
    probable = dict.fromkeys(found, 0.0)
    for telling in range(seeds + 1):
        of_so_many = math.comb(seeds, telling) * 0.4**telling * 0.6 ** (seeds - telling)
        for name, share in found.items():
            probable[name] += of_so_many * share
        ahead: dict[int, float] = defaultdict(float)
        for left, way in ways.items():
            ahead[left + 1] += way * better
            ahead[left] += way * (1 - better)
        ways = {}
        for left, way in ahead.items():
            right = telling + 1 - left
            if decided := _decision(left, right, evidence(left, right)):
                found[decided] += way
            else:
                ways[left] = way
    return probable


def as_probable(count: int, share: float) -> bool:
    """Whether so many of the simulated tests are what chance makes of this share: four standard
    errors, beyond which lies one of 16,000.
    """
    return abs(count / TESTS - share) <= 4 * math.sqrt(share * (1 - share) / TESTS)


def test_without_a_difference_peeking_after_every_label_is_wrong_in_at_most_5_percent() -> None:
    wrong = sum(each.decided in ("left", "right") for each in simulated(0.5, seeds=500, seed=1))
    assert wrong / TESTS <= 0.05
    exact = exactly(0.5, seeds=500)
    assert exact["left"] == pytest.approx(exact["right"])
    # At most 5 % whichever tests are drawn; and it is no rule that never says anything.
    assert 0.01 < exact["left"] + exact["right"] <= 0.05
    assert as_probable(wrong, exact["left"] + exact["right"])


def test_a_difference_is_found() -> None:
    found = simulated(0.75, seeds=300, seed=2)
    exact = exactly(0.75, seeds=300)
    assert exact["left"] > 0.95 and exact["right"] < 0.001
    assert as_probable(sum(each.decided == "left" for each in found), exact["left"])
    # The more it is, the sooner.
    assert exactly(0.9, seeds=100)["left"] > 0.95
    assert exactly(0.75, seeds=100)["left"] < exactly(0.75, seeds=200)["left"] < exact["left"]


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_the_interval_covers_at_all_looks_together(share: float) -> None:
    drawn, told = random.Random(3), cache(interval)
    missed = 0
    for _ in range(500):
        left = right = 0
        for _ in range(100):
            won = drawn.random() < share
            left, right = left + won, right + (not won)
            low, high = told(left, right)
            if not low <= share <= high:
                missed += 1
                break
    assert missed / 500 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 500)
