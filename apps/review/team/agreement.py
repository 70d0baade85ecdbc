"""How far people agree beyond chance. Pure functions over votes; nothing here asks the database.

A vote is True (good) or False (bad). A pair that one person judged says nothing of agreement.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

T = TypeVar("T")
Votes = Mapping[int, bool]  # reviewer → what they said of one pair
BOOTSTRAPS = 400
EM_ROUNDS = 100
EM_ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % bootstrap interval, and how many pairs it rests on. The value is
    None where it is not defined: nothing to compare, or no variation at all."""

    value: float | None
    low: float | None
    high: float | None
    pairs: int


def cohen_kappa(both: Sequence[tuple[bool, bool]]) -> float | None:
    """Agreement of two people beyond chance; 1 when both always say the same one thing.

    J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960), 37-46.
    """
    total = len(both)
    if not total:
        return None
    observed = sum(one == other for one, other in both) / total
    first = sum(one for one, _ in both) / total
    second = sum(other for _, other in both) / total
    chance = first * second + (1 - first) * (1 - second)
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def krippendorff_alpha(votes: Iterable[Votes]) -> float | None:
    """Agreement of any number of people with gaps, nominal; None without variation.

    K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), by counts per pair.
    """
    units = [Counter(each.values()) for each in votes if len(each) > 1]
    values = Counter[bool]()
    for unit in units:
        values.update(unit)
    total = values.total()
    if len(values) < 2:
        return None
    observed = sum(
        (unit.total() ** 2 - sum(count * count for count in unit.values())) / (unit.total() - 1)
        for unit in units
    )
    expected = (total * total - sum(count * count for count in values.values())) / (total - 1)
    return 1 - observed / expected


def estimated(
    rows: Sequence[T], statistic: Callable[[Sequence[T]], float | None], seed: int = 0
) -> Estimate:
    """A statistic with its percentile bootstrap interval: pairs are drawn anew, with their votes.

    B. Efron, Better bootstrap confidence intervals, J. Am. Stat. Assoc. 82 (1987), 171-185.
    """
    chance = random.Random(seed)  # noqa: S311  the same rows give the same interval
    drawn = sorted(
        value
        for _ in range(BOOTSTRAPS if len(rows) > 1 else 0)
        if (value := statistic(chance.choices(rows, k=len(rows)))) is not None
    )
    low, high = (_at(drawn, 0.025), _at(drawn, 0.975)) if len(drawn) > 1 else (None, None)
    return Estimate(statistic(rows), low, high, len(rows))


def _at(values: Sequence[float], share: float) -> float:
    return values[round(share * (len(values) - 1))]


def in_twos(votes: Iterable[Votes]) -> dict[tuple[int, int], list[tuple[bool, bool]]]:
    """What each two people said of the pairs that both judged; the lower number first."""
    found: dict[tuple[int, int], list[tuple[bool, bool]]] = {}
    for each in votes:
        for one, other in combinations(sorted(each), 2):
            found.setdefault((one, other), []).append((each[one], each[other]))
    return found


def with_majority(votes: Iterable[Votes]) -> dict[int, tuple[int, int]]:
    """Per person (agreed, judged): how often they say what most of the others say. Pairs whose
    others are split, or that nobody else judged, count in neither."""
    found: dict[int, tuple[int, int]] = {}
    for each in votes:
        for person, said in each.items():
            others = Counter(value for other, value in each.items() if other != person)
            if others[True] != others[False]:
                agreed, judged = found.get(person, (0, 0))
                most = others[True] > others[False]
                found[person] = (agreed + (said == most), judged + 1)
    return found


@dataclass(frozen=True, slots=True)
class Consensus:
    """good: probability per pair, in the order given. sensitivity, specificity: per person, the
    share of good (bad) pairs that they call so. prevalence: share of good pairs."""

    good: list[float]
    sensitivity: dict[int, float]
    specificity: dict[int, float]
    prevalence: float


def dawid_skene(votes: Sequence[Votes]) -> Consensus:
    """What is most likely true where people err each in their own way, by expectation and
    maximisation from the majority on; every rate has one pseudo-count on each side.

    A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM
    algorithm, J. R. Stat. Soc. C 28 (1979), 20-28.
    """
    good = [sum(each.values()) / len(each) if each else 0.5 for each in votes]
    people = sorted({person for each in votes for person in each})
    for _ in range(EM_ROUNDS):
        prevalence = (sum(good) + 1) / (len(good) + 2)
        right = {person: [1.0, 2.0, 1.0, 2.0] for person in people}  # good said/all, bad said/all
        for each, share in zip(votes, good, strict=True):
            for person, said in each.items():
                counts = right[person]
                counts[0] += share * said
                counts[1] += share
                counts[2] += (1 - share) * (not said)
                counts[3] += 1 - share
        sensitivity = {person: counts[0] / counts[1] for person, counts in right.items()}
        specificity = {person: counts[2] / counts[3] for person, counts in right.items()}
        again = [_posterior(each, prevalence, sensitivity, specificity) for each in votes]
        moved = max((abs(a - b) for a, b in zip(again, good, strict=True)), default=0.0)
        good = again
        if moved < EM_ENOUGH:
            break
    return Consensus(good, sensitivity, specificity, prevalence)


def _posterior(
    each: Votes,
    prevalence: float,
    sensitivity: Mapping[int, float],
    specificity: Mapping[int, float],
) -> float:
    yes, no = prevalence, 1 - prevalence
    for person, said in each.items():
        yes *= sensitivity[person] if said else 1 - sensitivity[person]
        no *= 1 - specificity[person] if said else specificity[person]
    return yes / (yes + no)
