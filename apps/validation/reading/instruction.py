"""What an instruction gives to run on: table and view definitions, sample tables, asked columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from apps.sql.dialects import Dialect
from apps.sql.scripts import split_statements
from apps.sql.shape import shape
from apps.validation.asked_table import asked_of
from apps.validation.reading import labels
from apps.validation.reading.blocks import What, sql_in_prose
from apps.validation.reading.labels import Role
from apps.validation.reading.markdown import clean, cut_up
from apps.validation.reading.pieces import walk
from apps.validation.values import Fixture

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


def _sets_up(statement: str) -> bool:
    found = shape(statement)
    return found.creates in _SETUP or found.verb == "insert"
