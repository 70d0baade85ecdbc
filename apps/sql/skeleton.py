"""A statement's skeleton: its tree with names and literals masked. Equal skeletons ask the same.

Aliases, quotes, letter case, the order of what AND and OR join, the values of literals and how
many of them stand in a list do not matter. Names are numbered as they come, so that it matters
where the same name comes again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import sqlglot
from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.slips import SLIPS, within_reason

MOST_CHARACTERS = 20_000
MOST_NODES = 5_000
DEEPEST = 40  # parentheses; sqlglot's parser is recursive
_UNSAID = frozenset(("nulls_first", "comments", "alias", "quoted"))  # what does not matter
_DEFAULTS = frozenset(("INNER", "ASC"))
_LITERAL = "?"


@dataclass(frozen=True)
class Skeleton:
    """`text` is the same for the same skeleton in every run; `nodes` counts edges of its tree,
    parent and child.
    """

    text: str
    nodes: Counter[tuple[str, str]] = field(compare=False, repr=False)

    @cached_property
    def hash(self) -> bytes:
        """16 bytes."""
        return sha256(self.text.encode()).digest()[:16]


def skeleton(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Skeleton | None:
    """The skeleton of one statement; None where sqlglot cannot read it or it is too large."""
    tree = _parsed(statement, dialect)
    if tree is None:
        return None
    try:
        root = _Builder().build(tree)
        names = _Names()
        names.number(root)
        text = names.text(root)
    except (_TooLarge, RecursionError):
        return None
    return Skeleton(text, Counter(names.edges(root)))


def difference(one: Skeleton, other: Skeleton) -> int:
    """How many nodes of the larger tree are not in the other: 0 for equal skeletons.

    Nodes are compared with their parents, as bags: a lower bound of the edits between the trees,
    in linear time (after the pq-grams of Augsten, Böhlen and Gamper, VLDB 2005).
    """
    gone, come = one.nodes - other.nodes, other.nodes - one.nodes
    return max(gone.total(), come.total())


def _parsed(statement: str, dialect: Dialect) -> exp.Expression | None:
    if len(statement) > MOST_CHARACTERS or _nesting(statement) > DEEPEST:
        return None
    try:
        read = sqlglot.parse(within_reason(statement), dialect=dialect.sqlglot)
    except SLIPS:
        return None
    statements = [one for one in read if one is not None]
    # A bare expression is what sqlglot makes of prose.
    if len(statements) != 1 or isinstance(statements[0], exp.Command | exp.Condition | exp.Alias):
        return None
    tree = statements[0]
    return tree if isinstance(tree, exp.Expression) else None


def _nesting(statement: str) -> int:
    depth = deepest = 0
    for character in statement:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


class _TooLarge(Exception):
    pass


@dataclass(slots=True)
class _Node:
    """A name has `name`, which `label` says the kind of; parts of AND and OR have no order."""

    label: str
    parts: list[_Node] = field(default_factory=list)
    name: str = ""
    is_free: bool = False


class _Builder:
    """sqlglot's tree to ours."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def build(self, tree: exp.Expr, only: str = "") -> _Node:
        """`only` is the one source of the query around: its name before a column says nothing."""
        self._left -= 1
        if self._left < 0:
            raise _TooLarge
        if isinstance(tree, exp.Paren | exp.Alias):
            return self.build(tree.this, only)
        if isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal):
            return _Node(_LITERAL)
        if isinstance(
            tree, exp.Literal | exp.Boolean | exp.National | exp.HexString | exp.BitString
        ):
            return _Node(_LITERAL)
        if isinstance(tree, exp.Identifier):
            return _Node("name", name=tree.name.lower())
        if isinstance(tree, exp.Column) and isinstance(tree.this, exp.Identifier):
            return self._column(tree, only)
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            return self._table(tree, only)
        if isinstance(tree, exp.And | exp.Or):
            return self._joined(tree, only)
        if isinstance(tree, exp.Select):
            only = _only_source(tree)
        return self._general(tree, only)

    def _column(self, tree: exp.Column, only: str) -> _Node:
        column = _Node("name", name=tree.name.lower())
        source = tree.table.lower()
        if not source or source == only:
            return column
        return _Node("of", [column, _Node("source", name=source)])

    def _table(self, tree: exp.Table, only: str) -> _Node:
        full = ".".join(part.name.lower() for part in tree.parts)
        parts = [_Node("table", name=full), _Node("source", name=tree.alias_or_name.lower())]
        rest = [
            self._argument(key, tree.args.get(key), only) for key in ("joins", "sample", "pivots")
        ]
        return _Node("Table", parts + [one for one in rest if one])

    def _joined(self, tree: exp.And | exp.Or, only: str) -> _Node:
        operands = [self.build(one, only) for one in tree.flatten()]
        return _Node(type(tree).__name__, operands, is_free=True)

    def _general(self, tree: exp.Expr, only: str) -> _Node:
        label = type(tree).__name__
        if isinstance(tree, exp.Anonymous):
            label += " " + str(tree.this).lower()
        parts = [
            self._argument(key, value, only)
            for key, value in sorted(tree.args.items())
            if key not in _UNSAID and not (isinstance(tree, exp.Anonymous) and key == "this")
        ]
        aliased = tree.args.get("alias")
        if isinstance(aliased, exp.TableAlias) and aliased.name:
            label_of = "table" if isinstance(tree, exp.CTE) else "source"
            parts.append(_Node(label_of, name=aliased.name.lower()))
            parts += [_Node("name", name=one.name.lower()) for one in aliased.columns]
        return _Node(label, [one for one in parts if one])

    def _argument(self, key: str, value: object, only: str) -> _Node | None:
        if isinstance(value, list):
            parts = [one for item in value if (one := self._argument("", item, only))]
            return _Node(key, _without_repeats(parts)) if parts else None
        if isinstance(value, exp.Expr):
            part = self.build(value, only)
            return _Node(key, [part]) if key else part
        if (
            value is None
            or value is False
            or (isinstance(value, str) and value.upper() in _DEFAULTS)
        ):
            return None
        return _Node(f"{key} {str(value).upper()[:100]}")


def _only_source(tree: exp.Select) -> str:
    """The name of a query's source when it has one only."""
    begins = tree.args.get("from_") or tree.args.get("from")
    if tree.args.get("joins") or not isinstance(begins, exp.From):
        return ""
    return str(begins.this.alias_or_name).lower()


def _without_repeats(parts: list[_Node]) -> list[_Node]:
    """Lists and rows of literals ask the same, whatever their number."""
    kept: list[_Node] = []
    for part in parts:
        if not (kept and _is_literal(part) and _is_literal(kept[-1]) and part == kept[-1]):
            kept.append(part)
    return kept


def _is_literal(node: _Node) -> bool:
    if node.label == _LITERAL:
        return True
    return node.label in ("Tuple", "expressions") and all(map(_is_literal, node.parts))


class _Names:
    """Numbers for names, as they come; those outside of AND and OR first, whose parts are then
    put in order by what they are and by the numbers that are known.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, node: _Node) -> None:
        waiting: list[_Node] = []
        stack = [node]
        while stack:
            one = stack.pop()
            if one.is_free:
                waiting.append(one)
                continue
            if one.name:
                self._numbers.setdefault((one.label, one.name), len(self._numbers) + 1)
            stack += reversed(one.parts)
        for one in waiting:
            one.parts.sort(key=lambda part: (self.text(part, is_masked=True), self.text(part)))
            for part in one.parts:
                self.number(part)

    def text(self, node: _Node, *, is_masked: bool = False) -> str:
        label = self._label(node, is_masked)
        if not node.parts:
            return label
        parts = [self.text(part, is_masked=is_masked) for part in node.parts]
        return f"({label} {' '.join(sorted(parts) if node.is_free and is_masked else parts)})"

    def edges(self, node: _Node, parent: str = "") -> Iterator[tuple[str, str]]:
        label = self._label(node, False)
        yield parent, label
        for part in node.parts:
            yield from self.edges(part, label)

    def _label(self, node: _Node, is_masked: bool) -> str:
        if not node.name:
            return node.label
        number = "" if is_masked else self._numbers.get((node.label, node.name), "")
        return f"{node.label}{number}"
