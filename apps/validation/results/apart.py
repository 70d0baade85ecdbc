"""Whether two databases gave something else for one response, by what is kept of their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.validation.results.cells import same_value
from apps.validation.values import MAX_DIFF_ROWS, Row, Tag

TaggedRow = tuple[str, Row]


@dataclass(frozen=True, slots=True)
class CameOut:
    """The rows of a diff as they were stored; cut: there were more."""

    rows: tuple[TaggedRow, ...]
    cut: bool

    def given(self) -> list[Row]:
        """The rows that the database gave."""
        return [cells for tag, cells in self.rows if tag != Tag.MISSING]

    def wanted(self) -> list[Row]:
        """The rows that the test expects."""
        return [cells for tag, cells in self.rows if tag != Tag.UNEXPECTED]

    def count(self, tag: Tag) -> int:
        return sum(each == tag for each, _ in self.rows)


def came_out(diff: Mapping[str, Any]) -> CameOut:
    """Of a `comparison.Diff` as JSON."""
    rows = ((str(row["tag"]), tuple(row["cells"])) for row in diff["rows"])
    return CameOut(tuple(rows), bool(diff.get("cut")))


def rows_differ(one: CameOut, other: CameOut) -> bool:
    """Whether the databases gave other rows, or the same ones in another order where that is what
    is wrong with both. What databases only write otherwise (1 and true, 2.5 and 2.50) is no
    difference; nor is what cannot be told, since rows that are needed for it were not kept.
    """
    if one == other:
        return False
    if one.cut or other.cut:
        return one.cut != other.cut or _count_otherwise(one, other)
    if not _same(one.given(), other.given()):
        return True
    in_order = all(_same(each.given(), each.wanted()) for each in (one, other))
    pairs = zip(one.given(), other.given(), strict=True)
    return in_order and not all(_same([row], [theirs]) for row, theirs in pairs)


def _count_otherwise(one: CameOut, other: CameOut) -> bool:
    """What differs from the test is kept first: where that is all of it, its number tells."""
    numbers = [(each.count(Tag.MISSING), each.count(Tag.UNEXPECTED)) for each in (one, other)]
    return max(map(sum, numbers)) < MAX_DIFF_ROWS and numbers[0] != numbers[1]


def _same(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether they are the same rows, in any order."""
    left = list(others)
    for row in rows:
        place = next((at for at, other in enumerate(left) if _same_row(row, other)), None)
        if place is None:
            return False
        del left[place]
    return not left


def _same_row(row: Row, other: Row) -> bool:
    """Values are held against each other both ways: which is written more exactly is not known."""
    pairs = zip(row, other, strict=False)
    return len(row) == len(other) and all(same_value(a, b) or same_value(b, a) for a, b in pairs)
