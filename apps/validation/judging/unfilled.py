"""What a column without any value is: from another test's rows, or from how the SQL uses it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from apps.sql.columns import table_name
from apps.sql.shape import parse
from apps.validation.values import Reading, Scalar, Table, TestCase

_RECKONED = (exp.Sum, exp.Avg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Round, exp.Abs)
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def stand_ins(reading: Reading, case: TestCase, table: str, column: str) -> list[Scalar]:
    """Values like those that a column would have; none where nothing tells.

    table, column: lower case.
    """
    given = [item for other in (case, *reading.cases) for item in other.fixtures]
    tables = [item.table for item in (*given, *reading.context) if item.table]
    found = _values(tables, {table}, column)
    if found:
        return found
    for sql in (*reading.statements, *case.use):
        tree = parse(sql, reading.dialect)
        for value in _beside(tree, tables, table, column) if tree is not None else ():
            return [value]
    return []


def _values(tables: list[Table], names: set[str], column: str) -> list[Scalar]:
    for table in tables:
        columns = [name.lower() for name in table.columns]
        if table.name.lower() in names and column in columns:
            place = columns.index(column)
            found = [row[place] for row in table.rows if row[place] is not None]
            if found:
                return found
    return []


def _beside(tree: exp.Expression, tables: list[Table], table: str, column: str) -> Iterator[Scalar]:
    """What a column is compared with, or 0 where it is reckoned with."""
    real = [item for item in tree.find_all(exp.Table) if isinstance(item.this, exp.Identifier)]
    aliases = {item.alias_or_name.lower(): table_name(item) for item in real}
    for node in tree.find_all(exp.Column):
        of = aliases.get(node.table.lower(), node.table.lower())
        if node.name.lower() != column or of not in {"", table}:
            continue
        parent = node.parent
        if isinstance(parent, _RECKONED):
            yield 0
        if not isinstance(parent, _COMPARED):
            continue
        for other in parent.iter_expressions():
            if isinstance(other, exp.Literal):
                yield other.name if other.is_string else 0
            elif isinstance(other, exp.Column) and other is not node:
                names = (
                    {aliases.get(other.table.lower(), "")} if other.table else {*aliases.values()}
                )
                yield from _values(tables, names - {table}, other.name.lower())[:1]
            elif other.find(exp.Sum, exp.Avg, exp.Count, exp.Add, exp.Sub, exp.Mul, exp.Div):
                yield 0
