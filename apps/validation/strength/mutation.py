"""Altered queries: a test that passes with every one of them tests nothing.

Mutation operators as in SQL test adequacy (Tuya, Suárez-Cabal, de la Riva, "Mutating database
queries", 2007), the few that models' mistakes look like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.validation.reading.syntax import parse, shape
from apps.validation.values import Reading

MAX_MUTANTS = 12
MAX_PER_OPERATOR = 3

_FLIPS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.GT: (exp.LT, exp.GTE),
    exp.GTE: (exp.LT, exp.GT),
    exp.LT: (exp.GT, exp.LTE),
    exp.LTE: (exp.GT, exp.LT),
}
_AGGREGATES: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.Sum: exp.Avg,
    exp.Avg: exp.Sum,
    exp.Min: exp.Max,
    exp.Max: exp.Min,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A reading with one statement altered. operator: what was done, for the reviewer."""

    operator: str
    sql: str
    reading: Reading


def altered_readings(reading: Reading, *, limit: int = MAX_MUTANTS) -> tuple[Mutant, ...]:
    """At most `limit` altered readings, operators taken in turns so that each has its chance.

    Only statements that the result depends on are altered: queries, changes, views and tables.
    """
    found: list[Mutant] = []
    seen = set(reading.statements)
    for index in reversed(range(len(reading.statements))):
        for operator, sql in mutants(reading.statements[index], reading.dialect):
            if sql in seen:
                continue
            seen.add(sql)
            changed = (*reading.statements[:index], sql, *reading.statements[index + 1 :])
            found.append(Mutant(operator, sql, replace(reading, statements=changed)))
    return _in_turns(found, limit)


def mutants(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Iterator[tuple[str, str]]:
    """Names of operators and the statement altered by each; nothing where it cannot be parsed."""
    tree = parse(statement, dialect)
    kind = shape(statement, dialect)
    if tree is None or not (
        kind.verb == "select" or kind.is_dml or kind.creates in {"view", "table"}
    ):
        return
    original = _sql(tree, dialect)
    for operator, produce in _OPERATORS:
        for altered in islice(produce(tree), MAX_PER_OPERATOR):
            sql = _sql(altered, dialect)
            if sql and sql != original:
                yield operator, sql


def _sql(tree: exp.Expression, dialect: Dialect) -> str:
    try:
        return tree.sql(dialect=dialect.value or None)
    except (RecursionError, ValueError, AttributeError):
        return ""


def _in_turns(found: list[Mutant], limit: int) -> tuple[Mutant, ...]:
    rounds: dict[str, int] = {}
    ranked = []
    for position, mutant in enumerate(found):
        turn = rounds.get(mutant.operator, 0)
        rounds[mutant.operator] = turn + 1
        ranked.append((turn, position, mutant))
    return tuple(mutant for _, _, mutant in sorted(ranked, key=lambda item: item[:2])[:limit])


def _each(
    tree: exp.Expression, kinds: tuple[type[exp.Expression], ...]
) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """A fresh copy of the tree for every node of these kinds, with the node in the copy."""
    count = sum(1 for _ in tree.find_all(*kinds))
    # Spread over the statement: the first rows of an INSERT are not all there is to it.
    last = max(1, min(count, MAX_PER_OPERATOR) - 1)
    numbers = [turn * (count - 1) // last for turn in range(min(count, MAX_PER_OPERATOR))]
    for number in numbers:
        copy = tree.copy()
        yield copy, next(islice(copy.find_all(*kinds), number, None))


def _drop(*kinds: type[exp.Expression]) -> Callable[[exp.Expression], Iterator[exp.Expression]]:
    def produce(tree: exp.Expression) -> Iterator[exp.Expression]:
        for copy, node in _each(tree, kinds):
            node.pop()
            yield copy

    return produce


def _drop_predicate(tree: exp.Expression) -> Iterator[exp.Expression]:
    for side in ("this", "expression"):
        for copy, node in _each(tree, (exp.And, exp.Or)):
            node.replace(node.args[side].copy())
            yield copy


def _negate(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (exp.Where,)):
        node.set("this", exp.not_(exp.paren(node.this.copy())))
        yield copy


def _drop_row(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (exp.Tuple,)):
        if isinstance(node.parent, exp.Values) and len(node.parent.expressions) > 1:
            node.pop()
            yield copy


def _never(tree: exp.Expression) -> Iterator[exp.Expression]:
    """A change that changes nothing: shows whether the expected table is just the input."""
    if not isinstance(tree, exp.Update | exp.Delete):
        return
    copy = tree.copy()
    copy.set(
        "where",
        exp.Where(this=exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0))),
    )
    yield copy


def _flip(tree: exp.Expression) -> Iterator[exp.Expression]:
    for turn in (0, 1):
        for copy, node in _each(tree, tuple(_FLIPS)):
            others = _FLIPS[type(node)]
            # `SET a = 1` is an assignment, no comparison.
            if turn >= len(others) or (
                isinstance(node.parent, exp.Update) and node.arg_key == "expressions"
            ):
                continue
            node.replace(others[turn](this=node.this.copy(), expression=node.expression.copy()))
            yield copy


def _aggregate(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (*_AGGREGATES, exp.Count)):
        if isinstance(node, exp.Count):
            # A window belongs to the function: the sum must not come between them.
            whole = node.parent if isinstance(node.parent, exp.Window) else node
            whole.replace(exp.Add(this=whole.copy(), expression=exp.Literal.number(1)))
        else:
            node.replace(_AGGREGATES[type(node)](this=node.this.copy()))
        yield copy


def _reverse(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (exp.Ordered,)):
        node.set("desc", not node.args.get("desc"))
        node.set("nulls_first", not node.args.get("nulls_first"))
        yield copy


def _swap_join(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (exp.Join,)):
        if not node.args.get("on") and not node.args.get("using"):
            continue
        if node.args.get("side"):
            node.set("side", None)
            node.set("kind", "INNER")
        else:
            node.set("kind", None)
            node.set("side", "LEFT")
        yield copy


def _literal(tree: exp.Expression) -> Iterator[exp.Expression]:
    for copy, node in _each(tree, (exp.Literal,)):
        if node.is_string:
            node.replace(exp.Literal.string(f"{node.name}x"))
        elif node.name.isdigit():
            node.replace(exp.Literal.number(int(node.name) + 1))
        else:
            continue
        yield copy


def _drop_column(tree: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(tree, exp.Create):
        yield from _drop(exp.ColumnDef)(tree)


_OPERATORS: tuple[tuple[str, Callable[[exp.Expression], Iterator[exp.Expression]]], ...] = (
    ("filter dropped", _drop(exp.Where)),
    ("never applied", _never),
    ("comparison flipped", _flip),
    ("condition dropped", _drop_predicate),
    ("filter negated", _negate),
    ("aggregate changed", _aggregate),
    ("HAVING dropped", _drop(exp.Having)),
    ("order dropped", _drop(exp.Order)),
    ("order reversed", _reverse),
    ("LIMIT dropped", _drop(exp.Limit)),
    ("DISTINCT dropped", _drop(exp.Distinct)),
    ("join swapped", _swap_join),
    ("literal changed", _literal),
    ("row dropped", _drop_row),
    ("column dropped", _drop_column),
)
