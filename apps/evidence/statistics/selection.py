"""Which of many findings hold."""

from __future__ import annotations

from collections.abc import Sequence

FALSE_SHARE = 0.05


def noticed(chances: Sequence[float]) -> list[bool]:
    """Which of many findings hold: among those that do, chance makes 5 % on average.

    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1995),
    289-300.
    """
    ranked = sorted(chances)
    limits = [c for rank, c in enumerate(ranked, 1) if c <= FALSE_SHARE * rank / len(ranked)]
    return [bool(limits) and chance <= limits[-1] for chance in chances]
