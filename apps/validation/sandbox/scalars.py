"""What a database returns, turned into bounded values that JSON can carry.

The rules, the same for every database:

- NULL, booleans, text as they are; text that is cut to `cell_bytes` marks its table truncated;
- integers that fit in 64 bits as int, larger ones as text;
- exact decimals: as int when they are written without a fraction, as float when a float holds them
  exactly to their last digit, else as text;
- NaN and the infinities as the texts "NaN", "Infinity" and "-Infinity";
- bytes as lower-case hexadecimal text without a prefix;
- dates and times in ISO 8601 with a blank between date and time;
- lists, maps and structs as JSON text; anything else as its text.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

from apps.validation.values import Limits, Row, Scalar, Table

_BIGINT = 2**63
MAX_COLUMNS = 2_000
MAX_NAME = 200


def plain(value: object) -> Scalar:
    """One value by the rules above, not yet bounded in size."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -_BIGINT <= value < _BIGINT else str(value)
        case float():
            return _plain_float(value)
        case Decimal():
            return _plain_decimal(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return _as_json([plain_inside(item) for item in value])
        case dict():
            return _as_json(plain_inside(value))
    return str(value)


def plain_inside(value: object) -> object:
    """A value inside a list or a map: containers stay containers, the rest becomes plain."""
    if isinstance(value, dict):
        return {str(key): plain_inside(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_inside(item) for item in value]
    return plain(value)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain_float(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _plain_decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return "NaN" if value.is_nan() else _plain_float(float(value))
    exponent = value.as_tuple().exponent
    if exponent == 0:
        return int(value) if abs(value) < _BIGINT else str(value)
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else format(value, "f")


class Budget:
    """How much one execution may still answer: `output_bytes` over all its tables."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.output_bytes

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
        """A table of at most `rows` rows, `cell_bytes` a cell and what the budget has left.

        Stops to read from `rows` as soon as a bound is reached, so `rows` may be endless.
        """
        names = tuple(str(name)[:MAX_NAME] for name in columns[:MAX_COLUMNS])
        self._left -= sum(len(name) for name in names)
        kept: list[Row] = []
        truncated = len(columns) > MAX_COLUMNS
        for row in rows:
            if len(kept) >= self._limits.rows or self._left <= 0:
                return Table(names, tuple(kept), truncated=True)
            cells = tuple(plain(value) for value in row[:MAX_COLUMNS])
            bounded = tuple(self._bounded(cell) for cell in cells)
            truncated = truncated or bounded != cells
            kept.append(bounded)
        return Table(names, tuple(kept), truncated=truncated)

    def _bounded(self, cell: Scalar) -> Scalar:
        if isinstance(cell, str):
            cell = cut(cell, min(self._limits.cell_bytes, max(self._left, 0)))
            self._left -= len(cell.encode("utf-8", "replace"))
        self._left -= 8
        return cell


def cut(text: str, size: int) -> str:
    """The longest beginning of `text` that is at most `size` bytes of UTF-8."""
    if len(text) * 4 <= size:
        return text
    encoded = text[:size].encode("utf-8", "replace")
    if len(encoded) <= size and len(text) <= size:
        return text
    return encoded[:size].decode("utf-8", "ignore")
