"""Tests that prove nothing, as far as the response and its test alone tell."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from apps.sql.shape import result_query
from apps.validation.judging.plan import Plan
from apps.validation.strength.mutation import ROUTINES, is_setup
from apps.validation.subject import Subject, subject_of
from apps.validation.values import Reading, Row, Table, TestCase

# What a query says of no rows, too.
_NOTHING = frozenset({None, 0, "", "0"})


def proves_nothing(reading: Reading, case: TestCase, expected: Table, plan: Plan) -> str:
    """Why a test that passes proves nothing, a sentence; "" where it may prove something."""
    subject = subject_of(reading.statements, reading.dialect)
    if not expected.rows and _empty_says_nothing(subject, case):
        return "The expected result is empty, which proves nothing."
    if not subject.only_reads:
        return _reads_nothing_made(subject, case, plan)
    if not plan.puts_rows:
        given = any(item.table or item.sql for item in (*case.fixtures, *reading.context))
        return "The tables of the test have no rows, which proves nothing." if given else ""
    if not any(item.uses for item in subject.shapes) and not _reads_elsewhere(reading):
        return "The query reads none of the test's tables: its answer is written into it."
    return ""


def _empty_says_nothing(subject: Subject, case: TestCase) -> bool:
    """An empty result proves something only where rows were there before, or columns are made."""
    if any(item.verb in {"delete", "truncate"} for item in subject.shapes):
        given = [item for item in case.fixtures if item.sql or (item.table and item.table.rows)]
        return not given
    made = {item.made for item in subject.shapes if item.creates == "table"}
    compares_made = bool(made) and case.expected_of in {"", *made}
    expected = case.expected
    named = bool(expected and expected.columns)
    return not (compares_made and named and not subject.only_reads and not case.use)


def _reads_nothing_made(subject: Subject, case: TestCase, plan: Plan) -> str:
    """A script that makes and fills tables, and then asks something that reads none of them."""
    queries = [item for item in subject.shapes if item.verb == "select"]
    others = [item for item in subject.shapes if item.verb != "select"]
    filled = plan.puts_rows or any(item.verb == "insert" for item in others)
    if not queries or case.use or case.expected_of or not filled:
        return ""
    if any(item.uses for item in queries) or not all(is_setup(item, subject) for item in others):
        return ""
    return "The query reads none of the test's tables: its answer is written into it."


def _reads_elsewhere(reading: Reading) -> bool:
    """Whether a query may read by means that are no table: a function, a statement not parsed."""
    trees = [result_query(sql, reading.dialect) for sql in reading.statements]
    return any(tree is None or tree.find(exp.Anonymous) is not None for tree in trees)


def is_nothing(rows: Iterable[Row]) -> bool:
    """Whether a result is what a query also gives that finds nothing: no rows, 0, NULL."""
    return all(cell in _NOTHING for row in rows for cell in row)


def is_fixed(reading: Reading) -> bool:
    """Whether the response's query gives only what is written into it, however many times.

    Its columns hold neither a table's column nor a count, and nothing chooses among its rows.
    """
    subject = subject_of(reading.statements, reading.dialect)
    trees = [result_query(sql, reading.dialect) for sql in reading.statements]
    if not subject.only_reads or len(trees) != 1 or not isinstance(trees[0], exp.Select):
        return False
    tree = trees[0]
    given = (exp.Column, exp.Star, exp.AggFunc, exp.Window, exp.Subquery, exp.Anonymous)
    conditions = [tree.args[name] for name in ("where", "having") if tree.args.get(name)]
    chooses = any(item.find(*given) is not None for item in conditions)
    chooses = chooses or any(tree.args.get(name) for name in ("joins", "group"))
    return not chooses and all(item.find(*given) is None for item in tree.selects)


def depends_on_rows(reading: Reading) -> bool:
    """Whether the response is one query that plainly gives nothing when its table has no rows.

    It reads a table itself, and gives rows of it, groups of it, or bare aggregates.
    """
    trees = [result_query(sql, reading.dialect) for sql in reading.statements]
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select):
        return False
    source = tree.args.get("from_") or tree.args.get("from")
    table = source.this if source is not None else None
    named = {cte.alias for cte in tree.ctes}
    if not isinstance(table, exp.Table) or table.name in named:
        return False
    if any(join.side in {"RIGHT", "FULL"} for join in tree.args.get("joins") or ()):
        return False
    bare = [item.unalias() for item in tree.selects]
    if tree.args.get("group") or not any(item.find(exp.AggFunc) for item in bare):
        return True
    return all(isinstance(item, exp.AggFunc) for item in bare)


def left_out(reading: Reading) -> frozenset[int]:
    """Positions of the statements without which nothing of the answer is left, empty for queries.

    Routines and what calls them; else changes of tables that the response does not make; else
    views; else what it fills and makes.
    """
    subject = subject_of(reading.statements, reading.dialect)
    numbered = list(enumerate(subject.shapes))
    routines = {place for place, item in numbered if item.creates in ROUTINES}
    if routines:
        calls = {place for place, item in numbered if item.verb == "other"}
        return frozenset(routines | calls)
    changes = {
        place
        for place, item in numbered
        if item.verb != "select" and item.creates != "view" and not is_setup(item, subject)
    }
    views = {place for place, item in numbered if item.creates == "view"}
    filled = {place for place, item in numbered if item.verb == "insert"}
    made = {place for place, item in numbered if item.verb == "create"}
    if not changes and any(item.verb == "select" for item in subject.shapes) and not views:
        return frozenset()
    return frozenset(changes or views or filled or made)
