"""The same rows stored in another order: what a query may not depend on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import parse, shape
from apps.validation.strength.mutation import is_setup
from apps.validation.strength.writing import written
from apps.validation.subject import subject_of
from apps.validation.values import Fixture, Reading

_COUNTED = re.compile(
    r"[(,]\s*[`\"]?(\w+)[`\"]?\s+(?:\w*serial\b|integer\s+primary\s+key"
    r"|[^,()]{0,60}?(?:\bauto_?increment\b|\bidentity\b))",
    re.IGNORECASE,
)


def stored_backwards(reading: Reading) -> Reading:
    """The reading with the rows of every table given last to first.

    Rows whose keys the database counts by itself stay: in another order they are other rows.
    """
    every = [item.sql for item in reading.context if item.sql]
    every += [item.sql for case in reading.cases for item in case.fixtures if item.sql]
    every += reading.statements
    counted = {found.group(1).lower() for sql in every for found in _COUNTED.finditer(sql[:20_000])}
    cases = tuple(
        replace(case, fixtures=_backwards(case.fixtures, reading.dialect, counted))
        for case in reading.cases
    )
    return replace(
        reading,
        cases=cases,
        context=_backwards(reading.context, reading.dialect, counted),
        statements=_own_backwards(reading, counted),
    )


def _own_backwards(reading: Reading, counted: set[str]) -> tuple[str, ...]:
    """The response's statements, the rows that it puts into tables of its own turned round."""
    subject = subject_of(reading.statements, reading.dialect)
    places = [
        place
        for place, item in enumerate(subject.shapes)
        if item.verb == "insert" and is_setup(item, subject)
    ]
    if len(places) == len(reading.statements):
        return reading.statements
    turned = _inserts([reading.statements[place] for place in places], reading.dialect, counted)
    statements = list(reading.statements)
    for place, sql in zip(places, turned, strict=True):
        statements[place] = sql
    return tuple(statements)


def _backwards(
    fixtures: Sequence[Fixture], dialect: Dialect, counted: set[str]
) -> tuple[Fixture, ...]:
    found = [
        Fixture(table=replace(item.table, rows=item.table.rows[::-1])) if item.table else item
        for item in fixtures
    ]
    places = [
        place
        for place, item in enumerate(found)
        if item.sql and shape(item.sql, dialect).verb == "insert"
    ]
    turned = _inserts([found[place].sql for place in places], dialect, counted)
    for place, sql in zip(places, turned, strict=True):
        found[place] = Fixture(sql=sql)
    return tuple(found)


def _inserts(statements: list[str], dialect: Dialect, counted: set[str]) -> list[str]:
    """INSERT statements with their rows last to first, the last statement of a table first."""
    by_table: dict[str, list[int]] = {}
    turned = []
    for place, sql in enumerate(statements):
        backwards = _insert(sql, dialect, counted)
        if backwards is None:
            return statements
        turned.append(backwards)
        by_table.setdefault(shape(sql, dialect).target, []).append(place)
    found = list(turned)
    for places in by_table.values():
        for place, other in zip(places, reversed(places), strict=True):
            found[place] = turned[other]
    return found


def _insert(sql: str, dialect: Dialect, counted: set[str]) -> str | None:
    tree = parse(sql, dialect)
    if not isinstance(tree, exp.Insert):
        return None
    if isinstance(tree.this, exp.Schema):
        named = {column.name.lower() for column in tree.this.expressions}
        if not counted <= named and counted:
            return None
    values = tree.expression
    if not isinstance(values, exp.Values):
        return sql
    copy = tree.copy()
    copy.expression.set("expressions", copy.expression.expressions[::-1])
    return written(copy, dialect) or None
