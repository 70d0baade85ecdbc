"""Writing a tree as SQL again."""

from __future__ import annotations

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import parse


def written(tree: exp.Expr, dialect: Dialect) -> str:
    """The tree as SQL of a dialect, "" where sqlglot cannot write it.

    Its generators raise whatever a tree that no parser made lets them run into (TypeError,
    KeyError, …), and none of it says anything of the SQL that was read.
    """
    try:
        return tree.sql(dialect=dialect.value or None)
    except Exception:  # noqa: BLE001
        return ""


def spread(sql: str, dialect: Dialect) -> str:
    """A statement over several lines, as people write it; as it is where it cannot be read."""
    tree = parse(sql, dialect)
    try:
        return tree.sql(dialect=dialect.value or None, pretty=True) if tree else sql
    except Exception:  # noqa: BLE001  as above
        return sql
