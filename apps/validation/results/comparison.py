"""Compare an expected table with the actual one, and say row by row what is the same."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from dataclasses import dataclass

from apps.sql.columns import squeezed
from apps.validation.results.cells import same_value
from apps.validation.results.tables import BLANKS
from apps.validation.values import MAX_DIFF_ROWS, Row, Scalar, Table, Tag

MAX_DIFF_CELL = 200


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row with its tag; cells are cut at 200 characters."""

    tag: Tag
    cells: Row


@dataclass(frozen=True, slots=True)
class Diff:
    """Actual against expected, bounded to 50 rows; `cut` says that there were more.

    columns: of the expected table where it names them, else of the actual one.
    """

    columns: tuple[str, ...]
    rows: tuple[DiffRow, ...]
    expected_columns: tuple[str, ...] = ()
    actual_columns: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """equal: whether they agree; message: one sentence that says why not, "" when equal.

    has_columns: whether the expected columns are there, so that rows could be compared.
    is_order: whether only the order of the rows differs.
    """

    equal: bool
    message: str
    diff: Diff
    has_columns: bool = True
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """How the rows are ordered: not at all, or by these positions of the result's columns.

    keys: None where the keys are no columns of the result; then every row has its place.
    """

    ordered: bool = False
    keys: tuple[int, ...] | None = None


def compare_tables(
    expected: Table,
    actual: Table,
    *,
    order: Order = Order(),  # noqa: B008 — frozen
    free_names: frozenset[int] = frozenset(),
    may_omit: bool = False,
) -> Comparison:
    """Compare two tables.

    free_names: positions of the actual columns whose name the query leaves to the database.
    may_omit: whether the expected table may leave out columns of the actual one.
    """
    positions, problem = _align(expected, actual, free_names, may_omit)
    if positions is None:
        return Comparison(False, problem, _whole_diff(expected, actual), has_columns=False)
    rows = [tuple(row[position] for position in positions) for row in actual.rows]
    keys = order.keys
    if keys is not None:
        keys = tuple(positions.index(key) for key in keys if key in positions)
        keys = keys if len(keys) == len(order.keys or ()) else None
    rows = _as_blank(rows, expected.blanks)
    tagged = _match_rows(list(expected.rows), rows, expected.decimals)
    columns = expected.columns or tuple(actual.columns[position] for position in positions)
    equal = all(row.tag is Tag.SAME for row in tagged)
    message = "" if equal else _row_message(tagged, actual)
    if equal and order.ordered and not _in_order(expected, rows, keys):
        tagged = _sequence_rows(list(expected.rows), rows)
        message = "The rows are right but not in the expected order."
        return Comparison(False, message, _diff(columns, tagged, expected, actual), is_order=True)
    if equal and actual.truncated and not may_omit:
        message, equal = f"The result is longer: it was {_cut_after(actual)}.", False
    return Comparison(equal, message, _diff(columns, tagged, expected, actual))


def _align(
    expected: Table, actual: Table, free_names: frozenset[int], may_omit: bool
) -> tuple[list[int] | None, str]:
    """Positions of the actual columns in the expected order, or None and why not."""
    width = len(expected.columns) or (len(expected.rows[0]) if expected.rows else 0)
    actual_names = [squeezed(name) for name in actual.columns]
    if not expected.columns:
        if width and width != len(actual_names):
            return None, f"The result has {len(actual_names)} columns, {width} are expected."
        return list(range(len(actual_names))), ""
    names = [squeezed(name) for name in expected.columns]
    if len(set(actual_names)) == len(actual_names) and set(names) == set(actual_names):
        return [actual_names.index(name) for name in names], ""
    if may_omit and len(set(names)) == len(names) and set(names) < set(actual_names):
        return [actual_names.index(name) for name in names], ""
    if len(names) != len(actual_names):
        return None, _columns_message(expected, actual)
    wrong = [
        index
        for index, (left, right) in enumerate(zip(names, actual_names, strict=True))
        if left != right and index not in free_names
    ]
    if wrong:
        return None, (
            f"Column {wrong[0] + 1} is named {actual.columns[wrong[0]]}, "
            f"{expected.columns[wrong[0]]} is expected."
        )
    return list(range(len(names))), ""


def _columns_message(expected: Table, actual: Table) -> str:
    have = {squeezed(name) for name in actual.columns}
    lacking = [name for name in expected.columns if squeezed(name) not in have]
    if lacking:
        return f"The result has no column {', '.join(lacking[:5])}."
    return f"The result has {len(actual.columns)} columns, {len(expected.columns)} are expected."


def _as_blank(rows: list[Row], columns: tuple[int, ...]) -> list[Row]:
    """Where the expected table has blanks, an empty text (None, nil) is NULL too."""
    if not columns:
        return rows
    return [
        tuple(
            None if index in columns and isinstance(cell, str) and cell.lower() in BLANKS else cell
            for index, cell in enumerate(row)
        )
        for row in rows
    ]


def _match_rows(expected: list[Row], actual: list[Row], decimals: tuple[int, ...]) -> list[DiffRow]:
    """A multiset comparison: exact rows first by hash, the rest one by one with tolerance."""
    places: dict[Row, list[int]] = defaultdict(list)
    for index, row in enumerate(actual):
        places[_key(row)].append(index)
    taken: set[int] = set()
    partner: dict[int, int] = {}
    for index, row in enumerate(expected):
        if places[_key(row)]:
            partner[index] = places[_key(row)].pop(0)
            taken.add(partner[index])
    for index, row in enumerate(expected):
        if index in partner:
            continue
        for other, candidate in enumerate(actual):
            if other not in taken and _same_row(row, candidate, decimals):
                partner[index] = other
                taken.add(other)
                break
    spare = [row for index, row in enumerate(actual) if index not in taken]
    tagged: list[DiffRow] = []
    for index, row in enumerate(expected):
        tagged.append(DiffRow(Tag.SAME if index in partner else Tag.MISSING, row))
        near = None if index in partner else _nearest(row, spare)
        if near is not None:
            spare.remove(near)
            tagged.append(DiffRow(Tag.UNEXPECTED, near))
    return tagged + [DiffRow(Tag.UNEXPECTED, row) for row in spare]


def _nearest(row: Row, spare: list[Row]) -> Row | None:
    """The unexpected row that was meant: it shares most values, and at least one, with `row`."""
    scores = [sum(map(same_value, row, other)) for other in spare[:MAX_DIFF_ROWS]]
    best = max(scores, default=0)
    return spare[scores.index(best)] if best else None


def _sequence_rows(expected: list[Row], actual: list[Row]) -> list[DiffRow]:
    matcher = difflib.SequenceMatcher(
        a=[_key(row) for row in expected], b=[_key(row) for row in actual], autojunk=False
    )
    tagged: list[DiffRow] = []
    for kind, left, left_end, right, right_end in matcher.get_opcodes():
        if kind == "equal":
            tagged += [DiffRow(Tag.SAME, row) for row in expected[left:left_end]]
            continue
        tagged += [DiffRow(Tag.MISSING, row) for row in expected[left:left_end]]
        tagged += [DiffRow(Tag.UNEXPECTED, row) for row in actual[right:right_end]]
    return tagged


def _in_order(expected: Table, actual: list[Row], keys: tuple[int, ...] | None) -> bool:
    """Rows that tie in every key may stand in any order among themselves."""
    pairs = list(zip(expected.rows, actual, strict=True))
    if keys is None:
        return all(_same_row(left, right, expected.decimals) for left, right in pairs)
    return all(
        same_value(left[key], right[key], _at(expected.decimals, key))
        for left, right in pairs
        for key in keys
    )


def _same_row(left: Row, right: Row, decimals: tuple[int, ...]) -> bool:
    return len(left) == len(right) and all(
        same_value(expected, actual, _at(decimals, index))
        for index, (expected, actual) in enumerate(zip(left, right, strict=True))
    )


def _at(decimals: tuple[int, ...], index: int) -> int:
    return decimals[index] if index < len(decimals) else -1


def _key(row: Row) -> Row:
    return tuple(
        int(value) if isinstance(value, bool | float) and _is_whole(value) else value
        for value in row
    )


def _is_whole(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e15 and value == int(value)


def _row_message(tagged: list[DiffRow], actual: Table) -> str:
    missing = sum(row.tag is Tag.MISSING for row in tagged)
    unexpected = sum(row.tag is Tag.UNEXPECTED for row in tagged)
    parts = []
    if missing:
        parts.append(f"{missing} expected row{'s are' if missing > 1 else ' is'} missing")
    if unexpected:
        more = "at least " if actual.truncated else ""
        parts.append(f"{more}{unexpected} row{'s are' if unexpected > 1 else ' is'} unexpected")
    cut = f" (it was {_cut_after(actual)})" if actual.truncated and missing else ""
    return f"{' and '.join(parts)}{cut}.".capitalize()


def _cut_after(actual: Table) -> str:
    count = len(actual.rows)
    return f"cut after {count} row{'s' if count != 1 else ''}"


def _diff(columns: tuple[str, ...], rows: list[DiffRow], expected: Table, actual: Table) -> Diff:
    # What differs is what a reviewer looks for: it survives the cut.
    shown = rows
    if len(rows) > MAX_DIFF_ROWS:
        differing = [row for row in rows if row.tag is not Tag.SAME]
        shown = (differing + [row for row in rows if row.tag is Tag.SAME])[:MAX_DIFF_ROWS]
    bounded = tuple(DiffRow(row.tag, tuple(_short(cell) for cell in row.cells)) for row in shown)
    cut = len(rows) > len(bounded) or actual.truncated
    return Diff(columns, bounded, expected.columns, actual.columns, cut)


def _whole_diff(expected: Table, actual: Table) -> Diff:
    rows = [DiffRow(Tag.MISSING, row) for row in expected.rows[: MAX_DIFF_ROWS // 2]]
    rows += [DiffRow(Tag.UNEXPECTED, row) for row in actual.rows[: MAX_DIFF_ROWS // 2]]
    diff = _diff(expected.columns or actual.columns, rows, expected, actual)
    cut = diff.cut or len(expected.rows) + len(actual.rows) > len(rows)
    return Diff(diff.columns, diff.rows, expected.columns, actual.columns, cut)


def _short(cell: Scalar) -> Scalar:
    if isinstance(cell, str) and len(cell) > MAX_DIFF_CELL:
        return cell[: MAX_DIFF_CELL - 1] + "…"
    # JSON has neither infinity nor NaN.
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell
