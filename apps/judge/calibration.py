"""How far a judge is to be believed: its scores against people's labels of a random sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

from apps.core.evidence import Z95, Rate


@dataclass(frozen=True, slots=True)
class Corrected:
    """The share of good pairs that people would have found, with its interval; all 0 to 1."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.0f} % ({100 * self.low:.0f}–{100 * self.high:.0f} %)"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Pairs of the sample by label and judge: both good; the judge alone; the label alone;
    neither.
    """

    both: int = 0
    judge_only: int = 0
    label_only: int = 0
    neither: int = 0

    @property
    def total(self) -> int:
        return self.both + self.judge_only + self.label_only + self.neither

    @property
    def agreement(self) -> Rate:
        return Rate(self.both + self.neither, self.total)

    @property
    def sensitivity(self) -> Rate:
        """Of the pairs that people call good, those that the judge does."""
        return Rate(self.both, self.both + self.label_only)

    @property
    def specificity(self) -> Rate:
        """Of the pairs that people call bad, those that the judge does."""
        return Rate(self.neither, self.neither + self.judge_only)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa (1960); None where there is nothing, or chance alone agrees always."""
        if not self.total:
            return None
        judge, label = self.both + self.judge_only, self.both + self.label_only
        by_chance = (judge * label + (self.total - judge) * (self.total - label)) / self.total**2
        if by_chance == 1:
            return None
        return ((self.both + self.neither) / self.total - by_chance) / (1 - by_chance)


def corrected(apparent: Rate, sample: Confusion) -> Corrected | None:
    """The share of good pairs behind a judge's share (`apparent`), by its sensitivity and
    specificity in the sample (Rogan and Gladen 1978), with the interval of Lang and Reiczigel
    (2014), 95 %. None where one of the three has no pair, or the judge is no better than chance.
    """
    sensitive, specific = sample.sensitivity, sample.specificity
    share, se, sp = apparent.value, sensitive.value, specific.value
    if share is None or se is None or sp is None or se + sp <= 1:
        return None
    value = min(1.0, max(0.0, (share + sp - 1) / (se + sp - 1)))
    low, high = _interval(apparent, sensitive, specific)
    return Corrected(value, min(low, value), max(high, value))


def _interval(apparent: Rate, sensitive: Rate, specific: Rate) -> tuple[float, float]:
    z2 = Z95**2
    share, n = (apparent.part + z2 / 2) / (apparent.whole + z2), apparent.whole + z2
    se, n_se = (sensitive.part + 1) / (sensitive.whole + 2), sensitive.whole + 2
    sp, n_sp = (specific.part + 1) / (specific.whole + 2), specific.whole + 2
    youden = se + sp - 1
    if youden <= 0:
        return 0.0, 1.0
    value = (share + sp - 1) / youden
    by_se, by_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * z2 * (value * by_se - (1 - value) * by_sp)
    variance = share * (1 - share) / n + value**2 * by_se + (1 - value) ** 2 * by_sp
    spread = Z95 * math.sqrt(variance) / youden
    return max(0.0, value + shift - spread), min(1.0, value + shift + spread)
