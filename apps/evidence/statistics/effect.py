"""An example's effect as it is stored and shown; apps.evidence.statistics.effects estimates it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from apps.core.evidence import Z95, Rate

# An effect below so much is of no consequence: an interval within it decides as well.
NO_MATTER = 0.1


@dataclass(frozen=True, slots=True)
class Cell:
    """Pairs that share their stratum (statement kind and recipe) and their arrangement: `part` of
    `whole` had the outcome. block: arrangements that together show each example equally often, so
    that what one of them shows the others do not.
    """

    stratum: str
    arrangement: str
    part: int
    whole: int
    block: str = ""


def labels_planned(shown: int, whole: int) -> int | None:
    """About how many labels find an effect of consequence (NO_MATTER), or rule it out, where none
    is given yet: so many that the interval of the difference reaches no further, half of the pairs
    accepted and `shown` of `whole` showing the example. None where all or none do. Pairs of one
    arrangement share its luck, so that some more may be needed.
    """
    share = shown / whole if whole else 0.0
    if not 0 < share < 1:
        return None
    return math.ceil((Z95 / NO_MATTER) ** 2 / 4 / (share * (1 - share)))


@dataclass(frozen=True, slots=True)
class Effect:
    """The outcome's share with the example less that without it, within strata.

    difference, low, high: -1 to 1; None where too few arrangements do, or do not, show it (`why`
    says so). The interval is of 95 % as if nothing else were looked at; see `together`. error:
    the difference's standard error, with so many degrees of freedom. chance: how probable so
    large a difference is without any effect. more: about how many pairs more would decide it, 0
    when it is decided, None when unknown.
    """

    shown: Rate
    not_shown: Rate
    difference: float | None = None
    low: float = -1.0
    high: float = 1.0
    chance: float = 1.0
    more: int | None = None
    why: str = ""
    error: float = 0.0
    freedom: int = 0

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.difference is not None and (self.low > 0 or self.high < 0)

    @property
    def is_slight(self) -> bool:
        """Whether the interval leaves only effects of no consequence."""
        return self.difference is not None and -NO_MATTER <= self.low <= self.high <= NO_MATTER

    def __str__(self) -> str:
        """`+12 points (+3 to +21)`."""
        if self.difference is None:
            return "–"
        low, high = _points(self.low), _points(self.high)
        return f"{_points(self.difference)} points ({low} to {high})"


def _points(share: float) -> str:
    """`+12`, `−3`: hundredths with their sign."""
    points = round(100 * share)
    return f"{points:+d}".replace("-", "−") if points else "0"
