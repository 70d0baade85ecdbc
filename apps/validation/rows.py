"""Rows that are written into a statement: those of an INSERT, and those that a query brings along.

`WITH users(id, name) AS (VALUES (1, 'Ann')) SELECT name FROM users` is a test of the query behind
its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from apps.sql.columns import table_name
from apps.sql.dialects import Dialect
from apps.sql.shape import parse, result_query, shape
from apps.validation.strength.embedded import unnamed
from apps.validation.strength.writing import written
from apps.validation.values import Row, Scalar, Table

# So many of the statements before a query are looked at for what it asks, the first ones.
_MOST = 20
_TEXTS = (*exp.DataType.TEMPORAL_TYPES, *exp.DataType.TEXT_TYPES)


def inserted_table(sql: str, dialect: Dialect) -> Table | None:
    """The table, with its rows, of an INSERT that names columns and lists values; None otherwise.

    What is no literal is NULL: its column's type is told by the other rows, or by its use.
    """
    tree = parse(sql, dialect)
    if not isinstance(tree, exp.Insert) or not isinstance(tree.this, exp.Schema):
        return None
    values, into = tree.expression, tree.this.this
    if not isinstance(values, exp.Values) or not isinstance(into, exp.Table):
        return None
    columns = tuple(column.name for column in tree.this.expressions)
    rows = tuple(tuple(map(_value, row.expressions)) for row in values.expressions)
    if any(len(row) != len(columns) for row in rows):
        return None
    return Table(columns, rows, name=table_name(into))


@dataclass(frozen=True, slots=True)
class Brought:
    """tables: whose rows a query brings along. asks: the query without them."""

    tables: tuple[Table, ...]
    asks: str


def brought(sql: str, others: Sequence[str], dialect: Dialect) -> Brought | None:
    """What a query brings along of tables that queries among others read and none makes.

    Where it then asks just what one of these does, also of a table of another name (`input`), it
    asks that; None where it brings nothing of theirs.
    """
    tree = result_query(sql, dialect)
    shapes = [shape(other, dialect) for other in others[:_MOST]]
    read = {name for item in shapes if item.verb == "select" for name in item.uses}
    wanted = read - {item.made for item in shapes}
    if tree is None or not wanted:
        return None
    copy = tree.copy()
    found = [(node, table) for node in _sources(copy) if (table := _table_of(node)) is not None]
    known = [(node, table) for node, table in found if table.name in wanted]
    if not known and len(found) == len(wanted) == 1:
        [(node, table)], [name] = found, wanted
        _rename(copy, table.name, name)
        known = [(node, Table(table.columns, table.rows, name=name))]
    for node, table in known:
        _take_out(node, table.name)
    bare = unnamed(copy)
    same = next((other for other in others[:_MOST] if _asked(other, dialect) == bare), "")
    is_named = any(table.name in wanted for _, table in found)
    asks = same or (written(copy, dialect) if is_named else "")
    return Brought(tuple(table for _, table in known), asks) if known and asks else None


def _sources(tree: exp.Query) -> Iterator[exp.Expr]:
    """What a query makes up and gives a name: its common table expressions, lists of values."""
    yield from tree.ctes
    yield from [node for node in tree.find_all(exp.Values) if not node.find_ancestor(exp.CTE)]


def _table_of(node: exp.Expr) -> Table | None:
    """The rows of a common table expression, or of a list of values; None where they are none."""
    query = node.this if isinstance(node, exp.CTE) else node
    alias = node.args.get("alias")
    names = [column.name for column in alias.args.get("columns") or ()] if alias else []
    rows = list(_rows(query))
    if not names and isinstance(query, exp.Query) and rows:
        names = [item.alias for item in _first(query).selects]
    if not rows or not all(names) or any(len(row) != len(names) for row in rows):
        return None
    if not all(_is_written(item) for row in rows for item in row):
        return None
    values: tuple[Row, ...] = tuple(tuple(map(_value, row)) for row in rows)
    return Table(tuple(names), values, name=node.alias.lower())


def _first(query: exp.Query) -> exp.Query:
    while isinstance(query, exp.SetOperation):
        query = query.left
    return query


def _rows(query: exp.Expr) -> Iterator[list[exp.Expr]]:
    """The rows of VALUES, or of selects without a table and UNION ALL between them."""
    if isinstance(query, exp.Values):
        yield from (row.expressions for row in query.expressions if isinstance(row, exp.Tuple))
    elif isinstance(query, exp.Union) and not query.args.get("distinct"):
        yield from _rows(query.left)
        yield from _rows(query.right)
    elif isinstance(query, exp.Select):
        source = query.args.get("from_") or query.args.get("from")
        if source is None:
            yield [item.unalias() for item in query.selects]
        elif query.is_star and isinstance(source.this, exp.Values):
            yield from _rows(source.this)  # how a bare VALUES is parsed


def _is_written(item: exp.Expr) -> bool:
    bare = item.this if isinstance(item, exp.Cast) else item
    return isinstance(bare, exp.Null) or _value(item) is not None


def _value(item: exp.Expr) -> Scalar:
    """The value of a literal, DATE '2024-05-06' as its text; None for all else."""
    if isinstance(item, exp.Boolean):
        return bool(item.this)
    if isinstance(item, exp.Cast):
        value = _value(item.this)
        is_kept = not isinstance(value, str) or item.is_type(*_TEXTS)
        return value if is_kept else None
    if isinstance(item, exp.Neg):
        number = _value(item.this)
        return -number if isinstance(number, int | float) else None
    if not isinstance(item, exp.Literal) or item.is_string:
        return item.name if isinstance(item, exp.Literal) else None
    return int(item.name) if item.name.isdigit() else float(item.name)


def _rename(tree: exp.Query, name: str, other: str) -> None:
    """Read one table in the place of another, its columns too."""
    for table in tree.find_all(exp.Table):
        if table_name(table) == name:
            table.set("this", exp.to_identifier(other))
    for column in tree.find_all(exp.Column):
        if column.table.lower() == name:
            column.set("table", exp.to_identifier(other))


def _take_out(node: exp.Expr, name: str) -> None:
    """Take rows out of their query, which then reads the table of that name."""
    if not isinstance(node, exp.CTE):
        node.replace(exp.to_table(name))
        return
    within = node.parent
    node.pop()
    if within is not None and not within.expressions:
        within.pop()


@lru_cache(maxsize=64)
def _asked(sql: str, dialect: Dialect) -> exp.Query | None:
    """A query without its columns' names, to be compared; None for other statements."""
    query = result_query(sql, dialect)
    return None if query is None else unnamed(query)
