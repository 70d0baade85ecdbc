"""What an instruction gives to run on: table and view definitions, sample tables, asked columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from apps.sql.dialects import Dialect
from apps.sql.scripts import split_statements
from apps.sql.shape import shape
from apps.validation.reading import labels
from apps.validation.reading.blocks import What, sql_in_prose
from apps.validation.reading.labels import Role
from apps.validation.reading.markdown import clean, cut_up
from apps.validation.reading.pieces import walk
from apps.validation.values import Fixture

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
_SETUP = {"table", "view", "type", "schema", "sequence"}


@dataclass(frozen=True, slots=True)
class Context:
    """fixtures: what can be set up from the instruction. asked_*: see `Reading`."""

    fixtures: tuple[Fixture, ...] = ()
    asked_table: str = ""
    asked_columns: tuple[str, ...] = ()


def read_instruction(instruction: str, dialect: Dialect, known: frozenset[str]) -> Context:
    """Take set-up and asked columns out of an instruction; known: tables that the SQL names."""
    text, _ = clean(instruction)
    fixtures: list[Fixture] = []
    state = walk(cut_up(text))
    blocks = [piece.text for piece in state.pieces if piece.what is What.SQL]
    for block in blocks or [sql_in_prose(text)]:
        fixtures += [Fixture(sql=sql) for sql in split_statements(block, dialect) if _sets_up(sql)]
    for piece in state.pieces:
        if piece.what is What.TABLE and piece.table and piece.role is not Role.EXPECTED:
            named = labels.tables_named(piece.label, known)
            name = next(iter(named), "") or labels.table_name(piece.label)
            if name and piece.table.columns:
                fixtures.append(Fixture(table=replace(piece.table, name=name)))
    asked_table, asked_columns = asked_of(text)
    return Context(tuple(fixtures), asked_table, asked_columns)


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


def _sets_up(statement: str) -> bool:
    found = shape(statement)
    return found.creates in _SETUP or found.verb == "insert"
