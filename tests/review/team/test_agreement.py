"""Agreement against known implementations, published tables, and by simulation."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.review.team.agreement import (
    cohen_kappa,
    dawid_skene,
    estimated,
    in_twos,
    krippendorff_alpha,
    with_majority,
)

VOTES = st.lists(
    st.dictionaries(st.integers(0, 4), st.booleans(), min_size=1), min_size=1, max_size=40
)


def test_kappa_of_the_textbook_table() -> None:
    # 20 both yes, 5 first only, 10 second only, 15 both no: 0.7 observed, 0.5 by chance.
    both = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert cohen_kappa(both) == pytest.approx(0.4)
    assert cohen_kappa([(True, True)] * 3) == 1
    assert cohen_kappa([]) is None
    assert cohen_kappa([(True, False), (False, True)]) == pytest.approx(-1)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_kappa_is_what_the_known_implementation_says(both: list[tuple[bool, bool]]) -> None:
    # The libraries take seconds to import, and every worker of pytest-xdist collects this file.
    from sklearn.metrics import cohen_kappa_score

    one, other = zip(*both, strict=True)
    if len(set(one) | set(other)) < 2:
        assert cohen_kappa(both) == 1, "it has no number for two who always say the same one thing"
    else:
        assert cohen_kappa(both) == pytest.approx(cohen_kappa_score(one, other))


@given(VOTES)
def test_alpha_is_what_the_known_implementation_says(votes: list[dict[int, bool]]) -> None:
    import krippendorff
    import numpy as np

    table = np.full((5, len(votes)), np.nan)
    for column, each in enumerate(votes):
        for person, said in each.items():
            table[person, column] = said
    ours = krippendorff_alpha(votes)
    shared = [value for each in votes if len(each) > 1 for value in each.values()]
    if len(set(shared)) < 2:
        assert ours is None
    else:
        theirs = krippendorff.alpha(
            reliability_data=table, level_of_measurement="nominal", value_domain=[0, 1]
        )
        assert ours == pytest.approx(theirs)


def test_the_interval_of_kappa_covers_the_truth_in_nineteen_of_twenty_tries() -> None:
    # Two people who each say the truth 9 times of 10, half of it good: kappa 0.64.
    chance = random.Random(7)

    def say(truth: bool) -> bool:
        return truth if chance.random() < 0.9 else not truth

    covered = 0
    for attempt in range(200):
        truths = [chance.random() < 0.5 for _ in range(150)]
        found = estimated([(say(t), say(t)) for t in truths], cohen_kappa, seed=attempt)
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.64 <= found.high
    assert 180 <= covered <= 199


def test_an_interval_of_nothing_is_none() -> None:
    found = estimated([], cohen_kappa)
    assert (found.value, found.low, found.high, found.pairs) == (None, None, None, 0)


def test_each_two_are_compared_on_what_both_judged() -> None:
    votes = [{1: True, 2: False}, {1: True, 3: True}, {2: False}]
    assert in_twos(votes) == {(1, 2): [(True, False)], (1, 3): [(True, True)]}


def test_the_majority_is_that_of_the_others() -> None:
    votes = [{1: True, 2: True, 3: False}, {1: True, 2: False}, {1: True}]
    # Of the first, 1's others are split; 3 is against both; of the second each is the other's.
    assert with_majority(votes) == {3: (0, 1), 1: (0, 1), 2: (0, 1)}


def test_dawid_skene_finds_who_errs_and_what_is_true() -> None:
    chance = random.Random(3)
    truths = [chance.random() < 0.6 for _ in range(800)]
    right = {1: (0.95, 0.9), 2: (0.8, 0.85), 3: (0.55, 0.6)}
    votes = []
    for truth in truths:
        each = {}
        for person, (if_good, if_bad) in right.items():
            is_right = chance.random() < (if_good if truth else if_bad)
            each[person] = truth if is_right else not truth
        votes.append(each)
    found = dawid_skene(votes)
    for person, (if_good, if_bad) in right.items():
        assert found.sensitivity[person] == pytest.approx(if_good, abs=0.07)
        assert found.specificity[person] == pytest.approx(if_bad, abs=0.08)
    assert found.prevalence == pytest.approx(0.6, abs=0.05)
    wrong = sum((share > 0.5) != truth for share, truth in zip(found.good, truths, strict=True))
    majority = sum((sum(e.values()) > 1) != t for e, t in zip(votes, truths, strict=True))
    assert wrong < majority


@given(VOTES)
def test_dawid_skene_gives_probabilities_whatever_was_voted(votes: list[dict[int, bool]]) -> None:
    found = dawid_skene(votes)
    assert all(0 <= share <= 1 for share in found.good)
    assert len(found.good) == len(votes)
