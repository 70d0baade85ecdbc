"""What showing an example does, from pairs whose prompts showed it and pairs whose did not.

Arrangements are drawn at random, so the difference between the two is the example's doing. What
else an arrangement shows differs as well, and its prompts share all of it: arrangements are what
was drawn, so they, not pairs, are what the interval counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from apps.core.evidence import Rate
from apps.evidence.statistics.effect import NO_MATTER, Cell, Effect
from apps.evidence.statistics.selection import FALSE_SHARE, noticed
from apps.evidence.statistics.student import quantile, two_sided

# Fewer arrangements leave nothing to tell chance by.
LEAST_FREEDOM = 2
MOST_BESIDE = 6
NOTHING = 1e-9
MOST_TURNS = 50
MOST_MORE = 1_000_000
# What an interval misses that is looked at alone.
ALONE = 0.05

Columns = NDArray[np.float64]  # cells × columns
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups of cells. of: the group of each cell; order: the cells, group by group; starts: where
    in that order each group begins; pairs: of each group.
    """

    of: Places
    order: Places
    starts: Places
    pairs: Columns

    @classmethod
    def by(cls, names: Iterable[str], weight: Columns) -> _Groups:
        places: dict[str, int] = {}
        numbers = [places.setdefault(name, len(places)) for name in names]
        of = np.array(numbers, dtype=np.intp)
        sizes = np.bincount(of, minlength=len(places))
        order, starts = np.argsort(of, kind="stable"), np.cumsum(sizes) - sizes
        return cls(of, order, starts, np.add.reduceat(weight[order], starts))

    def sums(self, weighted: Columns) -> Columns:
        """Of each group, of columns that are weighted."""
        return np.add.reduceat(weighted[self.order], self.starts)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Cells with pairs, as columns. weight: their pairs; ways: strata, and blocks if several."""

    cells: tuple[Cell, ...]
    weight: Columns
    ways: tuple[_Groups, ...]
    arrangement: _Groups
    blocks: int

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> _Plan:
        known = tuple(cell for cell in cells if cell.whole)
        blocks = {cell.block for cell in known}
        weight = np.array([[float(cell.whole)] for cell in known]).reshape(-1, 1)
        ways = [_Groups.by((cell.stratum for cell in known), weight)]
        if len(blocks) > 1:
            ways.append(_Groups.by((cell.block for cell in known), weight))
        return cls(
            cells=known,
            weight=weight,
            ways=tuple(ways),
            arrangement=_Groups.by((cell.arrangement for cell in known), weight),
            blocks=len(blocks),
        )

    def within(self, values: Columns) -> Columns:
        """The columns less what strata and blocks have in common, by alternating projections."""
        for _ in range(MOST_TURNS):
            moved = 0.0
            for groups in self.ways:
                means = groups.sums(self.weight * values) / groups.pairs
                values = values - means[groups.of]
                moved = max(moved, float(np.abs(means).max(initial=0)))
            if moved < NOTHING or len(self.ways) == 1:
                break
        return values

    def dot(self, one: Columns, other: Columns) -> float:
        return float(np.sum(self.weight * one * other))

    def without(self, columns: Columns, values: Columns) -> Columns:
        """The values less their regression on the columns."""
        if not columns.shape[1]:
            return values
        root = np.sqrt(self.weight)
        found, *_ = np.linalg.lstsq(root * columns, root * values, rcond=None)
        return values - columns @ found


@dataclass(frozen=True, slots=True)
class _Sides:
    """Of an example: the outcome's rate with it and without it, and so many arrangements in all, of
    which `showing` show it.
    """

    rates: tuple[Rate, Rate]
    arrangements: int
    showing: int

    @classmethod
    def of(cls, plan: _Plan, sides: Sequence[bool]) -> _Sides:
        """sides: of each cell, whether it shows the example."""
        known = zip(plan.cells, sides, strict=True)
        arrangements = {cell.arrangement: side for cell, side in known}
        rates = _rate(plan.cells, sides, shown=True), _rate(plan.cells, sides, shown=False)
        return cls(rates, len(arrangements), sum(arrangements.values()))


def effects(
    cells: Sequence[Cell], shows: Mapping[str, frozenset[int]], numbers: Iterable[int]
) -> dict[int, Effect]:
    """Every example's effect, by its number; `shows` says what each arrangement shows.

    Examples of a clear effect move whatever is shown with them. So the clearest of those that hold
    among all (`noticed`) is kept, and the others are estimated once more beside it, until no other
    holds; then each that is kept is estimated beside the other ones. Each costs a degree of
    freedom.
    """
    plan, numbers = _Plan.of(cells), tuple(numbers)
    sides = {n: [n in shows[cell.arrangement] for cell in plan.cells] for n in numbers}
    known = {n: _Sides.of(plan, sides[n]) for n in numbers}
    shown = np.array([sides[n] for n in numbers], dtype=float).reshape(len(numbers), -1).T
    columns = dict(zip(numbers, plan.within(shown).T[:, :, None], strict=True))
    outcome = plan.within(_outcome(plan))
    kept: list[int] = []

    def beside(some: Sequence[int], others: Sequence[int]) -> dict[int, Effect]:
        apart = np.hstack([outcome[:, :0], *(columns[other] for other in others)])
        left = plan.without(apart, np.hstack([outcome, *(columns[n] for n in some)]))
        return {
            n: _estimate(plan, known[n], left[:, [place]], left[:, [0]], beside=len(others))
            for place, n in enumerate(some, 1)
        }

    while True:
        rest = beside([n for n in numbers if n not in kept], kept)
        held = noticed([each.chance for each in rest.values()])
        found = [n for n, holds in zip(rest, held, strict=True) if holds]
        if not found or len(kept) == MOST_BESIDE:
            break
        kept.append(min(found, key=lambda n: rest[n].chance))
    for n in kept:
        rest |= beside([n], [k for k in kept if k != n])
    return {n: rest[n] for n in numbers}


def effect(cells: Sequence[Cell], shown: Sequence[bool]) -> Effect:
    """The effect of one example, shown in such of the cells: the slope of the weighted regression
    of the outcome on what was shown, within strata and within blocks. Of one block it is Mantel and
    Haenszel's difference, which weighs each stratum by n₁n₀/n (W. G. Cochran, Some methods for
    strengthening the common χ² tests, Biometrics 10 (1954), 417-451).

    Its error is that of a randomised block design whose plots are the arrangements: Student's t of
    their mean residuals, with a degree of freedom less for each block and for the slope. Of one
    stratum, one block and equal arrangements it is the t test of the arrangements' means.
    """
    plan = _Plan.of(cells)
    sides = [side for cell, side in zip(cells, shown, strict=True) if cell.whole]
    column = np.array(sides, dtype=float).reshape(-1, 1)
    return _estimate(plan, _Sides.of(plan, sides), plan.within(column), plan.within(_outcome(plan)))


def at_level(found: Effect, beyond: float) -> Effect:
    """The effect with an interval that misses the truth with a probability of `beyond`."""
    if found.difference is None:
        return found
    reach = quantile(found.freedom, beyond) * found.error
    return replace(
        found,
        low=max(-1.0, found.difference - reach),
        high=min(1.0, found.difference + reach),
        more=_more(found.shown.whole + found.not_shown.whole, found.difference, reach),
    )


def together(found: Sequence[Effect]) -> list[Effect]:
    """The same effects, with intervals for people who look at all of them and pick some.

    Those that hold among all that were estimated (`noticed`: R of m) have intervals that miss with
    a probability of R/m of 5 %: of the intervals that are picked so, 5 % miss on average (Y.
    Benjamini, D. Yekutieli, False discovery rate-adjusted multiple confidence intervals for
    selected parameters, J. Am. Stat. Assoc. 100 (2005), 71-81). The others have the level at which
    one more would hold, R + 1 of m. So an interval leaves 0 out exactly where its finding holds,
    and each covers 95 % or more.
    """
    tested = [each.chance for each in found if each.difference is not None]
    held = sum(noticed(tested))
    step = FALSE_SHARE / max(len(tested), 1)
    return [
        at_level(each, step * (held if each.chance <= step * held else held + 1)) for each in found
    ]


def _outcome(plan: _Plan) -> Columns:
    return np.array([cell.part / cell.whole for cell in plan.cells]).reshape(-1, 1)


def _estimate(
    plan: _Plan, sides: _Sides, column: Columns, outcome: Columns, *, beside: int = 0
) -> Effect:
    """column, outcome: within strata and blocks, and without what is kept beside (so many)."""
    rates, freedom = sides.rates, sides.arrangements - plan.blocks - 1 - beside
    if why := _why_not(sides, freedom):
        return Effect(*rates, why=why)
    weight = plan.dot(column, column)
    if weight < NOTHING:
        return Effect(*rates, why="no kind of statement was asked both with and without it")
    difference = plan.dot(column, outcome) / weight
    left = plan.arrangement.sums(plan.weight * (outcome - difference * column))
    error = math.sqrt(float(np.sum(left**2 / plan.arrangement.pairs)) / freedom / weight)
    if error < NOTHING:
        return Effect(*rates, why="all its pairs came to the same: nothing tells chance")
    chance = two_sided(difference / error, freedom)
    found = Effect(*rates, difference, chance=chance, error=error, freedom=freedom)
    return at_level(found, ALONE)


def _more(pairs: int, difference: float, reach: float) -> int:
    """Pairs that are missing until the interval leaves 0 out, or all effects of consequence,
    should the difference stay what it is: it narrows with the square root of their number.
    """
    size = abs(difference)
    needed = max(size, NO_MATTER - size)
    return 0 if reach <= needed else min(MOST_MORE, math.ceil(pairs * ((reach / needed) ** 2 - 1)))


def _why_not(sides: _Sides, freedom: int) -> str:
    if not sides.arrangements:
        return "none of its pairs is judged yet"
    if not sides.showing:
        return "no prompt showed it"
    if sides.showing == sides.arrangements:
        return "every prompt showed it"
    if freedom < LEAST_FREEDOM:
        return f"only {sides.arrangements} arrangements were used"
    return ""


def _rate(known: Iterable[Cell], sides: Iterable[bool], *, shown: bool) -> Rate:
    of_side = [cell for cell, side in zip(known, sides, strict=True) if side == shown]
    return Rate(sum(cell.part for cell in of_side), sum(cell.whole for cell in of_side))
