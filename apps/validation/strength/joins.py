"""What a join is on, left out: where a table has one row, every row of the other may fit it."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import result_query
from apps.validation.strength.writing import written
from apps.validation.values import Reading


def unjoined(reading: Reading) -> Reading | None:
    """The reading with the condition of a join left out, None where that is not worth a run.

    It is only where every test has at most one row in one of the joined tables: else hardly every
    row of the one fits every row of the other. Of the inner joins of the response's last query.
    """
    for place in reversed(range(len(reading.statements))):
        tree = result_query(reading.statements[place], reading.dialect)
        if tree is None:
            continue
        sql = _crossed(tree, _single(reading), reading.dialect)
        if not sql:
            return None
        changed = (*reading.statements[:place], sql, *reading.statements[place + 1 :])
        return replace(reading, statements=changed)
    return None


def _single(reading: Reading) -> set[str]:
    """Names of the tables that have at most one row in every test."""
    found: set[str] | None = None
    for case in reading.cases:
        tables = [item.table for item in (*case.fixtures, *reading.context) if item.table]
        single = {table.name.lower() for table in tables if len(table.rows) <= 1}
        found = single if found is None else found & single
    return found or set()


def _crossed(tree: exp.Query, single: set[str], dialect: Dialect) -> str:
    """The query with the first such join as a cross join, "" where there is none."""
    source = tree.args.get("from_") or tree.args.get("from")
    first = source.this if source is not None else None
    for number, join in enumerate(tree.args.get("joins") or ()):
        is_inner = not join.side and join.kind in {"", "INNER"} and not join.method
        tables = [table for table in (first, join.this) if isinstance(table, exp.Table)]
        if is_inner and join.args.get("on") and any(t.name.lower() in single for t in tables):
            copy = tree.copy()
            crossed = copy.args["joins"][number]
            crossed.set("on", None)
            crossed.set("kind", "CROSS")
            return written(copy, dialect)
    return ""
