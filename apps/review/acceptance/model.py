"""The acceptance model as it is stored: numbers of a calibrated logistic regression.

Whoever asks it needs no library; only fitting it does (apps.review.acceptance.fitting).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import exp
from typing import Any


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose probability was foretold to be in one tenth: how many, the mean of what was
    foretold, and how many were accepted.
    """

    pairs: int
    foretold: float
    good: int


@dataclass(frozen=True, slots=True)
class Model:
    """names: of the numbers that it takes, in order. A number is scaled by mean and deviation,
    weighted, and the sum calibrated: 1 / (1 + exp(slope · sum + shift)) (Platt 1999).

    bins, brier: of pairs that it was not fitted on (five folds); brier_base: of a model that
    always says the share of the accepted ones. uncertainty: quantiles of |p - 1/2| of the pairs
    that it was asked of, in hundredths.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    slope: float
    shift: float
    bins: tuple[Bin, ...]
    brier: float
    brier_base: float
    uncertainty: tuple[float, ...] = ()

    def probability(self, numbers: Sequence[float]) -> float:
        """That a pair with these numbers is accepted, 0 to 1."""
        scaled = zip(self.weights, numbers, self.means, self.deviations, strict=True)
        total = self.bias + sum(w * (x - mean) / wide for w, x, mean, wide in scaled)
        power = max(-700.0, min(700.0, self.slope * total + self.shift))
        return 1 / (1 + exp(power))

    def rank(self, probability: float) -> float:
        """Which share of the pairs is less certain than one of this probability, 0 to 1."""
        if not self.uncertainty:
            return abs(probability - 0.5) * 2
        place = bisect_left(self.uncertainty, abs(probability - 0.5))
        return min(1.0, place / max(1, len(self.uncertainty) - 1))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Model:
        """What `as_json` gave."""
        lists = {k: tuple(v) for k, v in stored.items() if isinstance(v, list) and k != "bins"}
        bins = tuple(Bin(**each) for each in stored["bins"])
        return cls(**{**stored, **lists, "bins": bins})


def quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """The hundredths of some values, the smallest first; () of none."""
    if not values:
        return ()
    ordered = sorted(values)
    return tuple(ordered[place * (len(ordered) - 1) // 100] for place in range(101))
