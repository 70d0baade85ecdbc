"""Which of an execution's results a test's expected table is of, and how it compares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from apps.sql.columns import squeezed
from apps.sql.dialects import Dialect
from apps.sql.shape import dropped_columns, result_query, shape
from apps.validation.judging.plan import Plan, Step
from apps.validation.results.comparison import Comparison, Order, compare_tables
from apps.validation.strength.embedded import embeds
from apps.validation.strength.mutation import is_setup
from apps.validation.subject import subject_of
from apps.validation.values import Execution, Reading, Table, Tag, TestCase

_ORDERS = re.compile(r"\border\s+by\b", re.IGNORECASE)
_ORDER_BY = re.compile(r"\border\s+by\b[^()]*$", re.IGNORECASE)


def distance(comparison: Comparison) -> tuple[bool, bool, int]:
    """How far apart two tables are: the least is what was meant."""
    wrong = sum(row.tag is not Tag.SAME for row in comparison.diff.rows)
    return not comparison.equal, not comparison.has_columns, wrong


def comparisons(
    reading: Reading,
    case: TestCase,
    expected: Table,
    execution: Execution,
    plan: Plan,
    *,
    asks_order: bool = False,
) -> list[Comparison]:
    """The expected table against all that it may be of: the query's result, tables afterwards.

    asks_order: rows come in the expected order also where the response's query states none.
    """
    steps = list(zip(plan.steps, execution.tables, strict=False))
    asked = asks_order and _only_asks(reading, plan)
    if case.result is not None:
        queries = [
            (sql, table)
            for (_, sql), table in steps
            if shape(sql, reading.dialect).returns_rows and table is not None
        ]
        if case.result < len(queries):
            wanted = _like_each(expected, queries[case.result][1]) if case.each else expected
            return [_compare_result(wanted, *queries[case.result], reading.dialect, asked)]
    found: list[Comparison] = []
    results = [(sql, table) for (_, sql), table in steps if table is not None and _says(table)]
    if results and not (case.expected_of and execution.probes):
        result = _meant(expected, results)
        found.append(_compare_result(expected, *result, reading.dialect, asked))
        if found[-1].is_order and steps[-1][1] is result[1]:
            return found  # a table that is looked at afterwards has no order of its own
    gone = {name for sql in reading.statements for name in dropped_columns(sql, reading.dialect)}
    for probe in execution.probes:
        if probe is not None:
            # A column that is to be dropped is none that the expected table leaves out.
            still = gone.isdisjoint(name.lower() for name in probe.columns)
            found.append(compare_tables(expected, probe, may_omit=still))
    return found


def _only_asks(reading: Reading, plan: Plan) -> bool:
    """Whether all that is run are queries, and what makes and fills tables and views for them."""
    subject = subject_of(reading.statements, reading.dialect)
    for _, sql in plan.steps:
        found = shape(sql, reading.dialect)
        views = found.creates == "view" and not states_order(sql, reading.dialect)
        if not (found.verb in {"select", "transaction"} or views or is_setup(found, subject)):
            return False
    return True


def _like_each(expected: Table, actual: Table) -> Table:
    """The one expected row as often as there are rows, with their values where it has none."""
    like = expected.rows[0]
    zipped = (zip(like, row, strict=True) for row in actual.rows)
    rows = [tuple(cell if said is None else said for said, cell in pairs) for pairs in zipped]
    return replace(expected, rows=tuple(rows) or expected.rows)


def compare_own(
    reading: Reading, case: TestCase, expected: Table, execution: Execution, plan: Plan
) -> Comparison | None:
    """The result of the response's own query, where response and test are nothing but queries.

    A test that runs another query than the response, and does not hold it, says nothing of it.
    """
    shapes = [shape(sql, reading.dialect) for sql in (*reading.statements, *case.use)]
    if not case.use or any(item.verb not in {"select", "transaction"} for item in shapes):
        return None
    if any(embeds(sql, reading.statements, reading.dialect) for sql in case.use):
        return None
    own = [
        (sql, table)
        for (step, sql), table in zip(plan.steps, execution.tables, strict=False)
        if step is Step.OWN and table is not None and _says(table)
    ]
    return _compare_result(expected, *_meant(expected, own), reading.dialect) if own else None


def _meant(expected: Table, results: list[tuple[str, Table]]) -> tuple[str, Table]:
    """Of several queries' results the last one that has the expected columns, else the last."""
    wanted = [squeezed(name) for name in expected.columns]
    named = [item for item in results if sorted(map(squeezed, item[1].columns)) == sorted(wanted)]
    return (named or results)[-1]


def _says(table: Table) -> bool:
    return bool(table.columns or table.rows)


def _compare_result(
    expected: Table, sql: str, actual: Table, dialect: Dialect, asks_order: bool = False
) -> Comparison:
    order, free = _reading_of_query(sql, actual, dialect)
    if asks_order and not order.ordered and not states_order(sql, dialect):
        order = Order(True)
    return compare_tables(expected, actual, order=order, free_names=free)


def states_order(sql: str, dialect: Dialect) -> bool:
    """Whether a query orders anything at all: its rows, a window's, those of a list."""
    tree = result_query(sql, dialect)
    if tree is None:
        return bool(_ORDERS.search(sql))
    return tree.find(exp.Order) is not None


def _reading_of_query(sql: str, actual: Table, dialect: Dialect) -> tuple[Order, frozenset[int]]:
    """How the query orders its rows, and which of its columns it gives no name."""
    unnamed = {
        index for index, name in enumerate(actual.columns) if not re.fullmatch(r"\w+", name.strip())
    }
    tree = result_query(sql, dialect)
    if tree is None:
        return Order(ordered=bool(_ORDER_BY.search(sql))), frozenset(unnamed)
    selects = tree.selects
    if len(selects) == len(actual.columns):
        unnamed |= {
            index
            for index, select in enumerate(selects)
            if not isinstance(select, exp.Alias | exp.Column | exp.Star)
        }
    ordering = tree.args.get("order")
    if ordering is None:
        return Order(), frozenset(unnamed)
    keys = [key_position(item, selects, actual) for item in ordering.expressions]
    known = tuple(key for key in keys if key is not None)
    return Order(True, known if len(known) == len(keys) else None), frozenset(unnamed)


def key_position(item: exp.Expr, selects: Sequence[exp.Expr], actual: Table) -> int | None:
    key = item.this if isinstance(item, exp.Ordered) else item
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
        position = int(key.name) - 1
        return position if 0 <= position < len(actual.columns) else None
    if len(selects) == len(actual.columns):
        for index, select in enumerate(selects):
            body = select.this if isinstance(select, exp.Alias) else select
            if key == body or (isinstance(key, exp.Column) and key.name == select.alias_or_name):
                return index
    names = [name.lower() for name in actual.columns]
    if isinstance(key, exp.Column) and names.count(key.name.lower()) == 1:
        return names.index(key.name.lower())
    return None
