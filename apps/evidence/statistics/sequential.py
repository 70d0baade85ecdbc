"""A test of two sides that may be looked at after every label, and stopped at any.

On each seed one side's pair is accepted and the other's is not, or both are alike and say nothing
(Q. McNemar, Psychometrika 12 (1947), 153-157). Where no side is better each has one chance in two
to be the accepted one, and `evidence` is a martingale that begins at 1: it ever reaches 20 with a
probability of 5 % at most, however often one looks (J. Ville, Étude critique de la notion de
collectif, 1939). The alternative is mixed over all shares alike (H. Robbins, Statistical methods
related to the law of the iterated logarithm, Ann. Math. Stat. 41 (1970), 1397-1409): the mixture
SPRT that R. Johari, L. Pekelis and D. Walsh give for A/B tests (Always valid inference, 2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

WRONG = 0.05
NEEDED = 1 / WRONG
# Who wins so nearly half of the seeds on which they differ is as good as the other.
EVEN = (0.4, 0.6)
MOST_LOOKED_AHEAD = 2_000
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """After some seeds: `left` and `right` count those on which only that side's pair was
    accepted, `alike` the others. peak: the most that the evidence came to on the way.
    """

    left: int = 0
    right: int = 0
    alike: int = 0
    peak: float = 1.0
    decided: str = ""

    @property
    def seeds(self) -> int:
        return self.left + self.right + self.alike

    @property
    def differing(self) -> int:
        return self.left + self.right

    @property
    def evidence(self) -> float:
        """How many times likelier what was seen is if one side is better; over 20 decides."""
        return evidence(self.left, self.right)

    @property
    def chance(self) -> float:
        """An upper bound of the probability of this much without any difference, whenever one
        looks.
        """
        return min(1.0, 1 / self.peak)

    @property
    def leader(self) -> str:
        """ "left" or "right", which has won more of the seeds that tell; "" when even."""
        if self.decided in ("left", "right"):
            return self.decided
        return "" if self.left == self.right else "left" if self.left > self.right else "right"

    @property
    def interval(self) -> tuple[float, float]:
        """Of the seeds on which they differ, the share that the left side wins: 95 % at all times
        together.
        """
        return interval(self.left, self.right)

    @property
    def seeds_more(self) -> int | None:
        """About how many seeds more decide it, should it go on as so far; None: no end in sight."""
        return seeds_more(self)


def evidence(left: int, right: int) -> float:
    """∫ p^left (1-p)^right dp / 2^-(left+right)."""
    return math.exp(min(700.0, _log_evidence(left, right, 0.5)))


def follow(outcomes: Iterable[int]) -> Standing:
    """Where a test stands after outcomes in the order in which they came: 1 where only the left
    side's pair was accepted, -1 only the right's, 0 alike.

    It is decided where the evidence first was enough, or the two were shown to be even; what comes
    later counts and does not change that.
    """
    left = right = alike = 0
    peak, decided = 1.0, ""
    for outcome in outcomes:
        left, right, alike = left + (outcome > 0), right + (outcome < 0), alike + (not outcome)
        if not outcome:
            continue  # it says nothing: the evidence is what it was
        peak = max(peak, evidence(left, right))
        if not decided:
            decided = _decision(left, right, peak)
    return Standing(left, right, alike, peak, decided)


def interval(left: int, right: int) -> tuple[float, float]:
    """The shares p of wins that what was seen does not rule out at any time: a confidence
    sequence of 95 % (Howard, Ramdas, McAuliffe, Sekhon, Ann. Stat. 49 (2021), 1055-1080).
    """
    if not left + right:
        return 0.0, 1.0
    share = left / (left + right)
    return _edge(left, right, share, 0.0), _edge(left, right, share, 1.0)


def seeds_more(standing: Standing) -> int | None:
    """See Standing.seeds_more."""
    left, right = standing.left, standing.right
    if standing.decided:
        return 0
    if not left + right:
        return None
    # As if one had been won by either side more: a first win is no proof of all to come.
    share = (left + 1) / (left + right + 2)
    told = (left + right + 1) / (standing.seeds + 2)
    for more in range(1, MOST_LOOKED_AHEAD):
        ahead = left + share * more, right + (1 - share) * more
        if _log_evidence(*ahead, 0.5) >= math.log(NEEDED) or _is_even(*ahead):
            return math.ceil(more / told)
    return None


def _decision(left: int, right: int, peak: float) -> str:
    if peak >= NEEDED:
        return "left" if left > right else "right"
    return "even" if _is_even(left, right) else ""


def _is_even(left: float, right: float) -> bool:
    """Whether the interval lies within EVEN; asked of its two ends alone."""
    low, high = EVEN
    share = left / (left + right)
    ruled_out = math.log(NEEDED)
    return (
        low < share < high
        and _log_evidence(left, right, low) >= ruled_out
        and _log_evidence(left, right, high) >= ruled_out
    )


def _log_evidence(left: float, right: float, share: float) -> float:
    """The logarithm of the mixture's likelihood over that of the share (0 < share < 1)."""
    return _mixed(left, right) - left * math.log(share) - right * math.log1p(-share)


def _mixed(left: float, right: float) -> float:
    """The logarithm of the mixture's likelihood."""
    return math.lgamma(left + 1) + math.lgamma(right + 1) - math.lgamma(left + right + 2)


def _edge(left: int, right: int, inside: float, outside: float) -> float:
    """Where between the two shares the evidence against a share becomes enough."""
    if inside == outside:
        return outside
    # Of `_log_evidence` only this much depends on the share.
    enough = _mixed(left, right) - math.log(NEEDED)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if not 0 < middle < 1 or left * math.log(middle) + right * math.log1p(-middle) <= enough:
            outside = middle
        else:
            inside = middle
    return outside
