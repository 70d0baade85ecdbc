"""The CREATE TABLE statements that a dependent statement needs, from the same file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.sql import lexical

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

_NAME = lexical.as_bytes(lexical.dotted_name())
_CREATED = re.compile(
    rb"(?i:CREATE\b[^(;]{0,60}?\bTABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)(" + _NAME + rb")"
)
_NAMED = re.compile(
    rb"(?i:\b(?:FROM|JOIN|INTO|UPDATE|ON|TABLE|USING)\s+(?:ONLY\s+|IGNORE\s+|IF\s+EXISTS\s+)?)("
    + _NAME
    + rb")"
)
_PLAIN = re.compile(rb"[a-z_\x80-\xff][\w$\x80-\xff]*")
_QUOTES = b'`"[] \t\r\n'


@dataclass(slots=True)
class Schema:
    """Tables created so far in one file: last part of the name, lower-cased → range of its
    CREATE TABLE.
    """

    _tables: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    _has_odd_names: bool = False  # such as no token of a template can be
    _joined: dict[tuple[tuple[int, int], ...], bytes] = field(default_factory=dict)

    def learn(self, statement: bytes, start: int, end: int) -> None:
        """Remember the table that a CREATE TABLE at `content[start:end]` makes."""
        found = _CREATED.match(statement)
        if found and len(self._tables) < MOST_TABLES and end - start <= MOST_BYTES:
            name = _last_part(found[1])
            self._tables[name] = (start, end)
            self._has_odd_names |= not _PLAIN.fullmatch(name)

    def context(self, statement: bytes, kind: str, template: bytes, content: bytes) -> bytes:
        """The CREATE TABLEs of the tables that `statement` names, `;`-separated, at most 4,000
        bytes. `template` is its masked form (`Normalised.template`), `content` its file.
        """
        if not self._tables or kind not in DEPENDENT or not self._may_name(statement, template):
            return b""
        spans: dict[tuple[int, int], None] = {}
        for found in _NAMED.finditer(statement, 0, 16_384):
            span = self._tables.get(_last_part(found[1]))
            if span and len(spans) < MOST_NAMED:
                spans[span] = None
        return self._text(tuple(sorted(spans)), content)

    def _may_name(self, statement: bytes, template: bytes) -> bool:
        """A look at the tokens, many times faster than looking for names. Double quotes hide
        them.
        """
        if self._has_odd_names or b'"' in statement or b"@" in statement:
            return True
        return not self._tables.keys().isdisjoint(template.split(b" "))

    def _text(self, spans: tuple[tuple[int, int], ...], content: bytes) -> bytes:
        if spans not in self._joined:
            if len(self._joined) >= MOST_TABLES:
                self._joined.clear()
            tables, size = [], 0
            for start, end in spans:
                size += end - start + 2
                if size <= MOST_BYTES:
                    tables.append(content[start:end] + b";")
            self._joined[spans] = b"\n".join(tables)
        return self._joined[spans]


def _last_part(name: bytes) -> bytes:
    return name.rpartition(b".")[2].strip(_QUOTES).lower()
