"""The table that an instruction wants made, with its columns, and tables that it names."""

from __future__ import annotations

import re

_CREATES_TABLE = re.compile(
    r"\b(?:create|creating|define|design|build|make)\b[^.\n]{0,60}\btable\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"\btable\b[^.\n`]{0,40}`(\w{1,80})`|`(\w{1,80})`\s+table\b"
    r"|\btable\s+(?:named|called)\s+[\"'`]?(\w{1,80})",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s{0,8}(?:[-*•]|\d{1,2}[.)])\s+(.{1,300})$")
_COLUMN = re.compile(r"[`\"](\w{1,80})[`\"]")
_BARE_COLUMN = re.compile(r"(?:\*\*)?(\w{1,80})(?:\*\*)?\s*(?::|\(|-|–|,)")


def named_tables(instruction: str) -> tuple[str, ...]:
    """Tables that an instruction names in backticks: "the `users` table"."""
    found = _NAMED.finditer(instruction[:4000])
    return tuple(dict.fromkeys(name.lower() for match in found for name in match.groups() if name))


def asked_of(instruction: str) -> tuple[str, tuple[str, ...]]:
    """The table that an instruction wants made and the columns that its list names.

    Only a list of at least two columns counts, so that a stray name is no demand.
    """
    if not _CREATES_TABLE.search(instruction[:4000]):
        return "", ()
    named = _NAMED.search(instruction[:4000])
    if named is None:
        return "", ()
    columns: list[str] = []
    for line in instruction.splitlines()[:200]:
        bullet = _BULLET.match(line)
        if not bullet:
            continue
        words = bullet.group(1)
        column = _BARE_COLUMN.match(words) or _COLUMN.match(words)
        if column is None and re.search(r"\b(?:column|key|field)\b", words, re.IGNORECASE):
            column = _COLUMN.search(words)
        if column is None:
            return "", ()
        columns.append(column.group(1).lower())
    table = next(group for group in named.groups() if group).lower()
    return (table, tuple(dict.fromkeys(columns))) if len(columns) > 1 else ("", ())
