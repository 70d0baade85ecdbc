"""Multi-row INSERTs: a few representative rows say as much about SQL as ten thousand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.sql import lexical
from apps.sql.dialects import SYNTAX, Dialect

# What is done with more rows than are kept.
TRIM, REJECT = "trim", "reject"
MOST_SCANNED_ROWS = 200
MOST_SCANNED_BYTES = 64 * 1024

_VALUES = re.compile(rb"(?i:\bVALUES?)\s*(?=\()")
_COMMA = re.compile(rb"\s*+,\s*+(?=\()")


@lru_cache(maxsize=len(Dialect))
def _row_pattern(dialect: Dialect) -> re.Pattern[bytes]:
    """One parenthesised row, with calls nested three deep inside."""
    texts = map(lexical.as_bytes, lexical.literals_from_quote(SYNTAX[dialect]))
    inside = b"|".join((rb"[^()'\"]++", *texts))
    row = rb"\((?:" + inside + rb"|(?!))*+\)"
    for _ in range(3):
        row = rb"\((?:" + inside + rb"|" + row + rb"|(?!))*+\)"
    return re.compile(row, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """`text` holds fewer rows; `rows` is how many were seen (at least)."""

    text: bytes
    rows: int


def trim_rows(statement: bytes, dialect: Dialect, *, keep: int) -> Trimmed | None:
    """Cut an INSERT … VALUES with more than `keep` rows down to `keep` of them; None when it has
    no more.

    Kept are the first, the last that was looked at, and those of middling length between them, in
    their
    order. What follows the rows (ON CONFLICT …) stays when all rows were seen. At most 64 KB are
    read.
    """
    head = _VALUES.search(statement, 0, 4096)
    if not head:
        return None
    rows, end = _rows(statement[:MOST_SCANNED_BYTES], head.end(), dialect)
    if len(rows) <= keep:
        return None
    seen_all = len(statement) < MOST_SCANNED_BYTES and not _COMMA.match(statement, end)
    chosen = b",\n".join(statement[start:stop] for start, stop in _representative(rows, keep))
    tail = statement[end:] if seen_all else b""
    return Trimmed(statement[: head.end()] + chosen + tail, len(rows))


def _rows(head: bytes, pos: int, dialect: Dialect) -> tuple[list[tuple[int, int]], int]:
    pattern = _row_pattern(dialect)
    rows: list[tuple[int, int]] = []
    end = pos
    while len(rows) < MOST_SCANNED_ROWS:
        row = pattern.match(head, pos)
        if not row:
            break
        rows.append(row.span())
        end = row.end()
        comma = _COMMA.match(head, end)
        if not comma:
            break
        pos = comma.end()
    return rows, end


def _representative(rows: list[tuple[int, int]], keep: int) -> list[tuple[int, int]]:
    if keep < 3:
        return rows[:keep]
    inner = sorted(rows[1:-1], key=lambda row: row[1] - row[0])
    step = len(inner) / (keep - 1)
    middle = sorted(inner[int(step * (i + 1)) - (step == 1)] for i in range(keep - 2))
    return [rows[0], *middle, rows[-1]]
