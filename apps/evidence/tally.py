"""What came of pairs, as sums that can be added up: rates and means with their ground."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from apps.core.evidence import ENOUGH, Z95, Rate


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `count` numbers, by their sum and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of 95 %, by the normal distribution; None below 30 numbers, which it does not fit."""
        if self.count < ENOUGH:
            return None
        middle = self.total / self.count
        spread = max(0.0, self.squares / self.count - middle**2) / (self.count - 1)
        reach = Z95 * math.sqrt(spread)
        return middle - reach, middle + reach

    def told(self, digits: int) -> str:
        """`0.62 (0.58–0.66, of 210)`; the number of few."""
        if self.value is None:
            return "–"
        if self.interval is None:
            return f"too few ({self.count})"
        low, high = (f"{edge:,.{digits}f}" for edge in self.interval)
        return f"{self.value:,.{digits}f} ({low}–{high}, of {self.count:,})"


@dataclass(frozen=True, slots=True)
class Tally:
    """Pairs, and of them: validated and passed, labelled and accepted, looked at for copies of an
    example and found to be one. strengths: measured ones (0 to 1); tokens: read and written for the
    response, which what a server read for several is counted with once.
    """

    pairs: int = 0
    validated: int = 0
    passed: int = 0
    labelled: int = 0
    accepted: int = 0
    checked: int = 0
    copied: int = 0
    strengths: int = 0
    strength_total: float = 0.0
    strength_squares: float = 0.0
    token_total: float = 0.0
    token_squares: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        mine, more = asdict(self), asdict(other)
        return Tally(**{name: mine[name] + more[name] for name in mine})

    @property
    def pass_rate(self) -> Rate:
        return Rate(self.passed, self.validated)

    @property
    def acceptance(self) -> Rate:
        return Rate(self.accepted, self.labelled)

    @property
    def copies(self) -> Rate:
        """Pairs that copy an example of the prompt."""
        return Rate(self.copied, self.checked)

    @property
    def strength(self) -> str:
        return Mean(self.strengths, self.strength_total, self.strength_squares).told(2)

    @property
    def tokens(self) -> str:
        """Tokens a pair."""
        return Mean(self.pairs, self.token_total, self.token_squares).told(0)

    @property
    def tokens_per_accepted(self) -> float | None:
        """Tokens that a labelled pair cost on average, for each that was accepted."""
        if not (self.accepted and self.pairs):
            return None
        return self.token_total / self.pairs * self.labelled / self.accepted

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Tally:
        known = {field.name for field in fields(cls)}
        return cls(**{name: each for name, each in value.items() if name in known})


NAMES = tuple(field.name for field in fields(Tally))


@dataclass(frozen=True, slots=True)
class Counted:
    """Pairs of one run that share their kind of statement and all that their prompts showed.

    arrangement: its number, None of an older Winnow. shown: the examples of each stage, in order.
    """

    recipe: int
    kind: str
    arrangement: int | None
    shown: dict[str, tuple[int, ...]]
    tally: Tally

    @property
    def key(self) -> str:
        """Equal where the same was shown in the same order."""
        return "; ".join(
            f"{stage} {' '.join(map(str, numbers))}" for stage, numbers in self.shown.items()
        )
