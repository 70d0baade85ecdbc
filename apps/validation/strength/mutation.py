"""Altered queries: a test that passes with every one of them tests nothing.

Mutation operators as in SQL test adequacy (Tuya, Suárez-Cabal, de la Riva, "Mutating database
queries", 2007), the few that models' mistakes look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import Shape, parse, shape
from apps.validation.strength.bodies import altered_bodies
from apps.validation.strength.recursion import counts_on
from apps.validation.strength.writing import written
from apps.validation.subject import MUST_FAIL, Subject, subject_of
from apps.validation.values import Reading

MAX_MUTANTS = 12
MAX_PER_OPERATOR = 3
# Twelve copies of a larger tree take seconds.
MAX_NODES = 2_000
# Without these a condition is gone as a whole: where the result stays, it chose nothing.
FILTERS = frozenset({"filter dropped", "HAVING dropped"})
ROUTINES = frozenset({"function", "procedure", "trigger"})
Operator = Callable[[exp.Expression], Iterator[exp.Expression]]

_FLIPS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.GT: (exp.LT, exp.GTE),
    exp.GTE: (exp.LT, exp.GT),
    exp.LT: (exp.GT, exp.LTE),
    exp.LTE: (exp.GT, exp.LT),
}
_DATE = re.compile(r"(\d{4}-\d{2}-)(\d{2})")
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

    Only what was asked for is altered: rows that are put into tables, and queries that use a
    routine, beside it earn a test no strength. No more is altered than is taken.
    """
    subject = subject_of(reading.statements, reading.dialect)
    places = asked_statements(subject)
    if _only_refuses(reading):
        # Rows that are taken, beside those that must be refused, are an example of neither.
        places = [place for place in places if subject.shapes[place].creates] or places
    of = {place: _by_operator(reading.statements[place], reading.dialect) for place in places}
    operators = dict.fromkeys(name for by_name in of.values() for name in by_name)
    queues = {name: _queue(name, of) for name in operators if name != _FUNCTION}
    found = tuple(islice(_mutants(reading, queues), limit))
    of_order = {mutant.operator for mutant in found}
    if of_order & _OF_ORDER and of_order <= _OF_ORDER | {_LITERAL}:
        # One row cannot tell an order, but what is made of its columns.
        found += tuple(islice(_mutants(reading, {_FUNCTION: _queue(_FUNCTION, of)}), limit))
    return found[:limit]


def _queue(
    operator: str, of: dict[int, dict[str, Iterator[str]]]
) -> Iterator[tuple[str, int, str]]:
    """What an operator makes of each statement, the last statement first."""
    for place in sorted(of, reverse=True):
        for sql in of[place].get(operator, ()):
            yield operator, place, sql


def _mutants(
    reading: Reading, queues: dict[str, Iterator[tuple[str, int, str]]]
) -> Iterator[Mutant]:
    """One of each operator after the other, until none has any more."""
    seen = set(reading.statements)
    while queues:
        for name, queue in list(queues.items()):
            found = next((item for item in queue if item[2] not in seen), None)
            if found is None:
                del queues[name]
                continue
            operator, place, sql = found
            seen.add(sql)
            changed = (*reading.statements[:place], sql, *reading.statements[place + 1 :])
            yield Mutant(operator, sql, replace(reading, statements=changed))


def asked_statements(subject: Subject) -> list[int]:
    """Positions of the statements that are the answer itself, in the order of the text.

    Routines where there are any; else all but tables that are made and filled for the rest; where
    there is nothing else, these.
    """
    numbered = list(enumerate(subject.shapes))
    routines = [place for place, item in numbered if item.creates in ROUTINES]
    if routines:
        return routines
    asked = [place for place, item in numbered if not is_setup(item, subject)]
    return asked or [place for place, item in numbered if item.creates == "table" or item.is_dml]


def _only_refuses(reading: Reading) -> bool:
    """Whether all that is tested is that statements fail."""
    used = [sql for case in reading.cases for sql in case.use]
    only = all(case.asserts and case.expected is None for case in reading.cases)
    return only and any(sql.endswith(MUST_FAIL) for sql in used)


def is_setup(item: Shape, subject: Subject) -> bool:
    """Whether a statement only makes or fills tables, beside others that are the answer."""
    if item.verb == "insert":
        own = item.target in subject.made and item.uses <= {item.target}
        return own and not (item.returns_rows or item.upserts)
    if item.verb == "drop":
        return item.target in subject.made
    return item.creates in {"table", "schema", "type", "sequence"} or item.verb == "transaction"


def mutants(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Iterator[tuple[str, str]]:
    """Names of operators and the statement altered by each; nothing where it cannot be parsed."""
    for operator, produced in _by_operator(statement, dialect).items():
        for sql in produced:
            yield operator, sql


def _by_operator(statement: str, dialect: Dialect) -> dict[str, Iterator[str]]:
    """The altered statements by operator, each made when it is asked for."""
    kind = shape(statement, dialect)
    if kind.creates in ROUTINES:
        found: dict[str, list[str]] = {}
        for operator, sql in altered_bodies(statement, dialect):
            found.setdefault(operator, []).append(sql)
        return {operator: iter(every) for operator, every in found.items()}
    tree = parse(statement, dialect)
    if tree is None or not (
        kind.verb == "select" or kind.is_dml or kind.creates in {"view", "table", "index"}
    ):
        return {}
    if sum(1 for _ in islice(tree.walk(), MAX_NODES + 1)) > MAX_NODES:
        return {}
    original = written(tree, dialect)
    return {
        operator: _each_written(produce, tree, original, dialect)
        for operator, produce in _OPERATORS
    }


def _each_written(
    produce: Operator, tree: exp.Expression, original: str, dialect: Dialect
) -> Iterator[str]:
    """What an operator makes of a tree; one that cannot be altered or written costs only itself."""
    produced = islice(produce(tree), MAX_PER_OPERATOR)
    while True:
        try:
            altered = next(produced, None)
        except Exception:  # noqa: BLE001  trees that sqlglot's own parser would not make
            return
        if altered is None:
            return
        sql = written(altered, dialect)
        if sql and sql != original:
            yield sql


def _each(
    tree: exp.Expression,
    kinds: tuple[type[exp.Expression], ...],
    *,
    but_in: tuple[type[exp.Expression], ...] = (),
) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """A fresh copy of the tree for every node of these kinds, with the node in the copy.

    but_in: nodes inside of these are left alone: a wider type takes the same rows.
    """
    count = sum(1 for _ in _found(tree, kinds, but_in))
    # Spread over the statement: the first rows of an INSERT are not all there is to it.
    last = max(1, min(count, MAX_PER_OPERATOR) - 1)
    numbers = [turn * (count - 1) // last for turn in range(min(count, MAX_PER_OPERATOR))]
    for number in numbers:
        copy = tree.copy()
        yield copy, next(islice(_found(copy, kinds, but_in), number, None))


def _found(
    tree: exp.Expression,
    kinds: tuple[type[exp.Expression], ...],
    but_in: tuple[type[exp.Expression], ...],
) -> Iterator[exp.Expression]:
    for node in tree.find_all(*kinds):
        if not but_in or node.find_ancestor(*but_in) is None:
            yield node


def _drop(*kinds: type[exp.Expression]) -> Callable[[exp.Expression], Iterator[exp.Expression]]:
    def produce(tree: exp.Expression) -> Iterator[exp.Expression]:
        for copy, node in _each(tree, kinds):
            if not counts_on(node.parent):
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
    # In whichever order an index holds its columns, it finds and refuses the same.
    for copy, node in _each(tree, (exp.Ordered,), but_in=(exp.Index,)):
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
    for copy, node in _each(tree, (exp.Literal,), but_in=(exp.DataType, exp.DataTypeParam)):
        if node.is_string:
            node.replace(exp.Literal.string(_other_text(node.name)))
        elif node.name.isdigit():
            node.replace(exp.Literal.number(int(node.name) + 1))
        else:
            continue
        yield copy


def _other_text(text: str) -> str:
    """Another text, of a date another one, which a database takes for one, too."""
    date = _DATE.match(text)
    if date is None:
        return f"{text}x"
    return f"{date.group(1)}{'02' if date.group(2) == '01' else '01'}{text[date.end() :]}"


def _drop_column(tree: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(tree, exp.Create):
        yield from _drop(exp.ColumnDef)(tree)


_HOLDERS = (exp.ColumnConstraint, exp.Constraint, exp.ForeignKey)


def _drop_constraint(
    *kinds: type[exp.Expression],
) -> Callable[[exp.Expression], Iterator[exp.Expression]]:
    def produce(tree: exp.Expression) -> Iterator[exp.Expression]:
        for copy, node in _each(tree, kinds):
            _whole(node).pop()
            yield copy

    return produce


def _whole(node: exp.Expr) -> exp.Expr:
    """A constraint; of a column, or with a name of its own, it stands in nodes that go with it."""
    while isinstance(node.parent, _HOLDERS):
        node = node.parent
    return node


def _drop_not_null(tree: exp.Expression) -> Iterator[exp.Expression]:
    """Columns that take NULL; one of the key takes none all the same."""
    keys = [name for key in tree.find_all(exp.PrimaryKey) for name in key.find_all(exp.Identifier)]
    names = {name.name.lower() for name in keys}
    for copy, node in _each(tree, (exp.NotNullColumnConstraint,)):
        column = node.find_ancestor(exp.ColumnDef)
        is_key = column is not None and (
            column.name.lower() in names or column.find(exp.PrimaryKeyColumnConstraint) is not None
        )
        if not (is_key or node.args.get("allow_null")):
            _whole(node).pop()
            yield copy


def _drop_unique(tree: exp.Expression) -> Iterator[exp.Expression]:
    """An index that takes equal values."""
    if isinstance(tree, exp.Create) and tree.args.get("unique"):
        copy = tree.copy()
        copy.set("unique", None)
        yield copy


def _drop_function(tree: exp.Expression) -> Iterator[exp.Expression]:
    """What a function is given in the place of what it gives; aggregates are altered elsewhere."""
    kept = (exp.AggFunc, exp.Connector, exp.Case, exp.If, exp.Anonymous, exp.Cast)
    # Mixins of sqlglot's own, which are nodes all the same.
    kinds = cast("tuple[type[exp.Expression], ...]", (exp.AtTimeZone, exp.Func, exp.Binary))
    for copy, node in _each(tree, kinds):
        given = node.this
        if isinstance(node, kept) or not isinstance(given, exp.Expression):
            continue
        of = node.find_ancestor(exp.Select)
        if of is not None and given.find(exp.Column) is not None and not counts_on(of):
            node.replace(given.copy())
            yield copy


_FUNCTION = "function dropped"
_LITERAL = "literal changed"
_OF_ORDER = frozenset({"order dropped", "order reversed", "LIMIT dropped"})
_OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("filter dropped", _drop(exp.Where)),
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
    (_LITERAL, _literal),
    ("row dropped", _drop_row),
    ("column dropped", _drop_column),
    ("foreign key dropped", _drop_constraint(exp.Reference)),
    ("CHECK dropped", _drop_constraint(exp.CheckColumnConstraint)),
    ("UNIQUE dropped", _drop_constraint(exp.UniqueColumnConstraint)),
    ("key dropped", _drop_constraint(exp.PrimaryKey, exp.PrimaryKeyColumnConstraint)),
    ("unique index dropped", _drop_unique),
    ("NOT NULL dropped", _drop_not_null),
    (_FUNCTION, _drop_function),
)
