"""The CREATE TABLE statements that a dependent statement needs, from the same file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

DEPENDENT = frozenset(
    (
        "select",
        "insert",
        "update",
        "delete",
        "merge",
        "create_view",
        "create_index",
        "create_trigger",
        "alter_table",
    )
)
MOST_TABLES = 2_000  # remembered per file
MOST_NAMED = 5  # per statement
MOST_BYTES = 4_000  # of context per statement

_PART = rb"(?:[\w$\x80-\xff]+|`[^`\n]+`|\"[^\"\n]+\"|\[[^\]\n]+\])"
_NAME = _PART + rb"(?:\s*\.\s*" + _PART + rb")*"
_CREATED = re.compile(
    rb"(?i:CREATE\b[^(;]{0,60}?\bTABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)(" + _NAME + rb")"
)
_NAMED = re.compile(
    rb"(?i:\b(?:FROM|JOIN|INTO|UPDATE|ON|TABLE|USING)\s+(?:ONLY\s+|IGNORE\s+|IF\s+EXISTS\s+)?)("
    + _NAME
    + rb")"
)
_QUOTES = b'`"[] \t\r\n'


@dataclass(slots=True)
class Schema:
    """Tables created so far in one file: last part of the name, lower-cased → range of its
    CREATE TABLE.
    """

    _tables: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def learn(self, statement: bytes, start: int, end: int) -> None:
        """Remember the table that a CREATE TABLE at `content[start:end]` makes."""
        found = _CREATED.match(statement)
        if found and len(self._tables) < MOST_TABLES and end - start <= MOST_BYTES:
            self._tables[_last_part(found[1])] = (start, end)

    def context(self, statement: bytes, kind: str, text: Callable[[int, int], bytes]) -> bytes:
        """The CREATE TABLEs of the tables that `statement` names, `;`-separated, at most 4,000
        bytes.
        """
        if not self._tables or kind not in DEPENDENT:
            return b""
        spans: dict[tuple[int, int], None] = {}
        for found in _NAMED.finditer(statement, 0, 16_384):
            span = self._tables.get(_last_part(found[1]))
            if span and len(spans) < MOST_NAMED:
                spans[span] = None
        return self._joined(sorted(spans), text)

    @staticmethod
    def _joined(spans: list[tuple[int, int]], text: Callable[[int, int], bytes]) -> bytes:
        tables, size = [], 0
        for start, end in spans:
            size += end - start + 2
            if size <= MOST_BYTES:
                tables.append(text(start, end) + b";")
        return b"\n".join(tables)


def _last_part(name: bytes) -> bytes:
    return name.rpartition(b".")[2].strip(_QUOTES).lower()
