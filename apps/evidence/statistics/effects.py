"""What showing an example does, from pairs whose prompts showed it and pairs whose did not.

Arrangements are drawn at random, so the difference between the two is the example's doing. What
else an arrangement shows differs as well, and its prompts share all of it: arrangements are what
was drawn, so they, not pairs, are what the interval counts.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.core.evidence import Rate
from apps.evidence.statistics.student import quantile95, two_sided

# Fewer arrangements leave nothing to tell chance by.
LEAST_FREEDOM = 2
MOST_BESIDE = 6
NOTHING = 1e-9
MOST_TURNS = 50
# An effect below so much is of no consequence: an interval within it decides as well.
NO_MATTER = 0.1
MOST_MORE = 1_000_000
FALSE_SHARE = 0.05


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


@dataclass(frozen=True, slots=True)
class Effect:
    """The outcome's share with the example less that without it, within strata.

    difference, low, high: -1 to 1, 95 %; None where too few arrangements do, or do not, show it
    (`why` says so). chance: how probable so large a difference is without any effect.
    more: about how many pairs more would decide it, 0 when it is decided, None when unknown.
    """

    shown: Rate
    not_shown: Rate
    difference: float | None = None
    low: float = -1.0
    high: float = 1.0
    chance: float = 1.0
    more: int | None = None
    why: str = ""

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


def effects(
    cells: Sequence[Cell], shows: Mapping[str, frozenset[int]], numbers: Iterable[int]
) -> dict[int, Effect]:
    """Every example's effect, by its number; `shows` says what each arrangement shows.

    Examples of a clear effect move whatever is shown with them. So the clearest of those that hold
    among all (`noticed`) is kept, and the others are estimated once more beside it, until no other
    holds; then each that is kept is estimated beside the other ones. Each costs a degree of
    freedom. That the clearest were picked makes their intervals a little narrow.
    """
    known = [cell for cell in cells if cell.whole]
    sides = {n: [n in shows[cell.arrangement] for cell in known] for n in numbers}
    columns = {n: _within(known, [float(each) for each in side]) for n, side in sides.items()}
    outcome = _within(known, [cell.part / cell.whole for cell in known])
    kept: list[int] = []

    def beside(n: int, others: Sequence[int]) -> Effect:
        apart = _apart(known, [columns[other] for other in others])
        column, left = (_without_all(known, apart, each) for each in (columns[n], outcome))
        return _estimate(known, sides[n], column, left, beside=len(others))

    while True:
        rest = {n: beside(n, kept) for n in sides if n not in kept}
        held = noticed([each.chance for each in rest.values()])
        found = [n for n, holds in zip(rest, held, strict=True) if holds]
        if not found or len(kept) == MOST_BESIDE:
            break
        kept.append(min(found, key=lambda n: rest[n].chance))
    return {n: rest.get(n) or beside(n, [k for k in kept if k != n]) for n in sides}


def effect(cells: Sequence[Cell], shown: Sequence[bool]) -> Effect:
    """The effect of one example, shown in such of the cells: the slope of the weighted regression
    of the outcome on what was shown, within strata and within blocks. Of one block it is Mantel and
    Haenszel's difference, which weighs each stratum by n₁n₀/n (W. G. Cochran, Some methods for
    strengthening the common χ² tests, Biometrics 10 (1954), 417-451).

    Its error is that of a randomised block design whose plots are the arrangements: Student's t of
    their mean residuals, with a degree of freedom less for each block and for the slope. Of one
    stratum, one block and equal arrangements it is the t test of the arrangements' means.
    """
    pairs = [(cell, side) for cell, side in zip(cells, shown, strict=True) if cell.whole]
    known, sides = [cell for cell, _ in pairs], [side for _, side in pairs]
    column = _within(known, [float(each) for each in sides])
    outcome = _within(known, [cell.part / cell.whole for cell in known])
    return _estimate(known, sides, column, outcome)


def _estimate(
    known: Sequence[Cell],
    sides: Sequence[bool],
    column: Sequence[float],
    outcome: Sequence[float],
    *,
    beside: int = 0,
) -> Effect:
    """column, outcome: within strata and blocks, and without what is kept beside (so many)."""
    rates = _rate(known, sides, shown=True), _rate(known, sides, shown=False)
    arrangements = {cell.arrangement: side for cell, side in zip(known, sides, strict=True)}
    freedom = len(arrangements) - len({cell.block for cell in known}) - 1 - beside
    if why := _why_not(arrangements, freedom):
        return Effect(*rates, why=why)
    weight = sum(cell.whole * x * x for cell, x in zip(known, column, strict=True))
    if weight < NOTHING:
        return Effect(*rates, why="no kind of statement was asked both with and without it")
    each = list(zip(known, column, outcome, strict=True))
    difference = sum(cell.whole * x * y for cell, x, y in each) / weight
    left, sizes = defaultdict[str, float](float), defaultdict[str, int](int)
    for cell, x, y in each:
        left[cell.arrangement] += cell.whole * (y - difference * x)
        sizes[cell.arrangement] += cell.whole
    spread = sum(left[name] ** 2 / sizes[name] for name in sizes) / freedom
    return _judged(rates, difference, math.sqrt(spread / weight), freedom)


def _within(known: Sequence[Cell], values: list[float]) -> list[float]:
    """The values less what their strata and their blocks have in common, by alternating
    projections (weights: pairs).
    """
    ways = [[cell.stratum for cell in known], [cell.block for cell in known]]
    ways = [names for names in ways if names is ways[0] or len(set(names)) > 1]
    for _ in range(MOST_TURNS):
        moved = 0.0
        for names in ways:
            sums, sizes = defaultdict[str, float](float), defaultdict[str, int](int)
            for name, cell, value in zip(names, known, values, strict=True):
                sums[name] += cell.whole * value
                sizes[name] += cell.whole
            means = {name: total / sizes[name] for name, total in sums.items()}
            values = [value - means[name] for name, value in zip(names, values, strict=True)]
            moved = max([moved, *map(abs, means.values())])
        if moved < NOTHING or len(ways) == 1:
            break
    return values


def _apart(known: Sequence[Cell], columns: Iterable[Sequence[float]]) -> list[Sequence[float]]:
    """What each column has of its own, without those before it."""
    apart: list[Sequence[float]] = []
    for column in columns:
        apart.append(_without_all(known, apart, column))
    return apart


def _without_all(
    known: Sequence[Cell], apart: Iterable[Sequence[float]], values: Sequence[float]
) -> Sequence[float]:
    for column in apart:
        values = _without(known, column, values)
    return values


def _without(
    known: Sequence[Cell], column: Sequence[float], values: Sequence[float]
) -> list[float]:
    """The values less their regression on the column."""
    square = sum(cell.whole * x * x for cell, x in zip(known, column, strict=True))
    if square < NOTHING:
        return list(values)
    both = zip(known, column, values, strict=True)
    slope = sum(cell.whole * x * y for cell, x, y in both) / square
    return [y - slope * x for x, y in zip(column, values, strict=True)]


def _judged(sides: tuple[Rate, Rate], difference: float, error: float, freedom: int) -> Effect:
    if error < NOTHING:
        return Effect(*sides, why="all its pairs came to the same: nothing tells chance")
    reach = quantile95(freedom) * error
    low, high = max(-1.0, difference - reach), min(1.0, difference + reach)
    pairs = sides[0].whole + sides[1].whole
    chance = two_sided(difference / error, freedom)
    return Effect(*sides, difference, low, high, chance, _more(pairs, difference, reach))


def _more(pairs: int, difference: float, reach: float) -> int:
    """Pairs that are missing until the interval leaves 0 out, or all effects of consequence,
    should the difference stay what it is: it narrows with the square root of their number.
    """
    size = abs(difference)
    needed = max(size, NO_MATTER - size)
    return 0 if reach <= needed else min(MOST_MORE, math.ceil(pairs * ((reach / needed) ** 2 - 1)))


def noticed(chances: Sequence[float]) -> list[bool]:
    """Which of many findings hold: among those that do, chance makes 5 % on average.

    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1995),
    289-300.
    """
    ranked = sorted(chances)
    limits = [c for rank, c in enumerate(ranked, 1) if c <= FALSE_SHARE * rank / len(ranked)]
    return [bool(limits) and chance <= limits[-1] for chance in chances]


def _why_not(arrangements: dict[str, bool], freedom: int) -> str:
    shown = sum(arrangements.values())
    if not arrangements:
        return "no pair yet"
    if not shown:
        return "no prompt showed it"
    if shown == len(arrangements):
        return "every prompt showed it"
    if freedom < LEAST_FREEDOM:
        return f"only {len(arrangements)} arrangements were used"
    return ""


def _rate(known: Iterable[Cell], sides: Iterable[bool], *, shown: bool) -> Rate:
    of_side = [cell for cell, side in zip(known, sides, strict=True) if side == shown]
    return Rate(sum(cell.part for cell in of_side), sum(cell.whole for cell in of_side))


def _points(share: float) -> str:
    """`+12`, `−3`: hundredths with their sign."""
    points = round(100 * share)
    return f"{points:+d}".replace("-", "−") if points else "0"
