"""Rates with their grounds: intervals that hold for small counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054  # the 97.5 % point of the normal distribution
# Below this many a percentage alone says less than it seems to.
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Rate:
    """`good` of `total`, with a 95 % interval; rates are 0 to 1, None where nothing was counted."""

    good: int
    total: int

    @property
    def share(self) -> float | None:
        return self.good / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.good, self.total)

    @property
    def is_enough(self) -> bool:
        """Whether the percentage may be shown as a figure of its own."""
        return self.total >= ENOUGH


def wilson(good: int, total: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a proportion; (0, 1) where nothing was counted.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    J. Am. Stat. Assoc. 22 (1927), 209-212.
    """
    if not total:
        return (0.0, 1.0)
    share, square = good / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    root = math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    half = z / (1 + square / total) * root
    return (max(0.0, middle - half), min(1.0, middle + half))
