"""Tests that hold the response's own query within one of theirs: `(SELECT COUNT(*) …) = 2`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import parse, result_query
from apps.validation.strength.writing import written


def embeds(statement: str, queries: tuple[str, ...], dialect: Dialect) -> bool:
    """Whether a statement holds one of these queries, whatever its columns are called."""
    wanted = [unnamed(query) for sql in queries if (query := result_query(sql, dialect))]
    tree = parse(statement, dialect)
    return tree is not None and any(unnamed(part) in wanted for part in _within(tree))


def with_others(sql: str, others: Mapping[str, str], dialect: Dialect) -> str:
    """The statement with the queries that it is, or holds, replaced by others; else as it is."""
    tree = parse(sql, dialect)
    pairs = [(result_query(old, dialect), parse(new, dialect)) for old, new in others.items()]
    known = [(unnamed(old), new) for old, new in pairs if old is not None and new is not None]
    if tree is None or not known:
        return sql
    if isinstance(tree, exp.Query):
        same = next((new for old, new in known if old == unnamed(tree)), None)
        if same is not None:
            return written(same, dialect) or sql
    copy, changed = tree.copy(), False
    for part in list(_within(copy)):
        new = next((new for old, new in known if old == unnamed(part)), None)
        if new is not None:
            part.replace(new.copy())
            changed = True
    return (written(copy, dialect) or sql) if changed else sql


def _within(tree: exp.Expr) -> list[exp.Query]:
    return [part for part in tree.find_all(exp.Select, exp.SetOperation) if part is not tree]


def unnamed(tree: exp.Query) -> exp.Query:
    """A copy without its columns' names and its comments, to be compared."""
    copy = tree.copy()
    for item in copy.find_all(exp.Expression):
        item.comments = None
    if isinstance(copy, exp.Select):
        copy.set("expressions", [item.unalias() for item in copy.expressions])
    return copy
