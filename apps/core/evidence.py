"""Rates with their ground: counts and an interval, never a bare percentage."""

from __future__ import annotations

import math
from dataclasses import dataclass

# The normal distribution's quantile of a two-sided interval of 95 %.
Z95 = 1.959963984540054
# Below this many a percentage alone says less than it seems to.
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole`, both counts."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95 %, without continuity correction; 0 to 1 where there is nothing
        to count.

        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        J. Am. Stat. Assoc. 22 (1927), 209-212.
        """
        if not self.whole:
            return 0.0, 1.0
        share, z2 = self.part / self.whole, Z95**2
        middle = share + z2 / (2 * self.whole)
        spread = Z95 * math.sqrt(share * (1 - share) / self.whole + z2 / (4 * self.whole**2))
        scale = 1 + z2 / self.whole
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    @property
    def low(self) -> float:
        return self.interval[0]

    @property
    def high(self) -> float:
        return self.interval[1]

    @property
    def width(self) -> float:
        """How wide the interval is, 0 to 1."""
        low, high = self.interval
        return high - low

    @property
    def is_enough(self) -> bool:
        """Whether the percentage may be shown as a figure of its own."""
        return self.whole >= ENOUGH

    def __str__(self) -> str:
        """`61 % (20 of 33, 44–75 %)`; counts and interval alone where they are few."""
        if self.value is None:
            return "– (0 of 0)"
        low, high = self.interval
        counts = f"{self.part:,} of {self.whole:,}"
        span = f"{100 * low:.0f}–{100 * high:.0f} %"
        return (
            f"{percent(self.value)} ({counts}, {span})" if self.is_enough else f"{counts} ({span})"
        )


def percent(share: float) -> str:
    """A share as people read it: `61 %`."""
    return f"{100 * share:.0f} %"


def share(part: float | None, whole: float | None) -> str:
    """part / whole in percent, "–" where there is no whole."""
    if part is None or not whole:
        return "–"
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"
