"""Writing a tree as SQL again."""

from __future__ import annotations

import re

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from apps.sql.dialects import Dialect

# Where a table is stored, and where NULL stands when nothing is said of it, changes no rows.
_HARMLESS = re.compile(r"Unsupported property (?:engine|char|coll|comment|auto|row)|'NULLS ")


def translated(tree: exp.Expr, dialect: Dialect) -> str:
    """The tree as SQL of another dialect, "" where sqlglot cannot write all that matters there."""
    try:
        return tree.sql(dialect=dialect.value or None, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        lost = [line for line in str(error).splitlines() if line.strip()]
        return written(tree, dialect) if all(map(_HARMLESS.match, lost)) else ""
    except Exception:  # noqa: BLE001  see `written`
        return ""


def written(tree: exp.Expr, dialect: Dialect) -> str:
    """The tree as SQL of a dialect, "" where sqlglot cannot write it.

    Its generators raise whatever a tree that no parser made lets them run into (TypeError,
    KeyError, …), and none of it says anything of the SQL that was read.
    """
    try:
        return tree.sql(dialect=dialect.value or None, unsupported_level=ErrorLevel.IGNORE)
    except Exception:  # noqa: BLE001
        return ""
