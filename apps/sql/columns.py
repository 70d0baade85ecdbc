"""Which columns a statement's tree gives, which it reads of each table, and how it spells names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

Reads = dict[str, frozenset[str]]

_SCOPES = (exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge)
_AFTER_SELECT = (exp.Order, exp.Having, exp.Group, exp.Qualify, exp.Where)
_DEFAULT_SCHEMAS = frozenset({"public", "main", "dbo"})


def table_name(table: exp.Table) -> str:
    """`"Public"."Users"` → users: lower case, without a default schema."""
    return plain([part.name for part in table.parts])


def plain(parts: list[str]) -> str:
    """The parts of a name as one, lower case; a leading default schema is dropped."""
    if len(parts) > 1 and parts[0].lower() in _DEFAULT_SCHEMAS:
        parts = parts[1:]
    return ".".join(parts).lower()


def without_default_schemas(tree: exp.Expression) -> exp.Expression:
    """A copy in which no table says the schema that it is in anyway: dbo, public, main."""
    copy = tree.copy()
    for table in copy.find_all(exp.Table):
        if table.db.lower() in _DEFAULT_SCHEMAS:
            table.set("db", None)
    return copy


def selected(tree: exp.Expression) -> tuple[str, ...]:
    """Names of the columns that a query, a view or RETURNING gives, lower case, in order.

    "" where the database chooses the name, "*" and "t.*" for all columns.
    """
    returning = tree.args.get("returning")
    if isinstance(returning, exp.Returning):
        return tuple(map(_given_name, returning.expressions))
    query = tree.expression if isinstance(tree, exp.Create) else tree
    return tuple(map(_given_name, query.selects)) if isinstance(query, exp.Query) else ()


def _given_name(item: exp.Expr) -> str:
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        return f"{item.table.lower()}.*"
    if isinstance(item, exp.Star):
        return "*"
    return item.alias_or_name.lower() if isinstance(item, exp.Alias | exp.Column) else ""


def read(tree: exp.Expression) -> Reads:
    """Columns, lower case, that are read or written of each table; "" has those of unsure tables.

    Nothing is said of what subqueries and common table expressions give.
    """
    names = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    made = tree.find(exp.Table) if isinstance(tree, exp.Create) else None
    real = [table for table in tables if table is not made and table_name(table) not in names]
    aliases = {table.alias_or_name.lower(): table_name(table) for table in real}
    found: dict[str, set[str]] = {table_name(table): set() for table in real}
    for name, column in (*_columns(tree, aliases, names), *_inserted(tree)):
        found.setdefault(name, set()).add(column)
    return {name: frozenset(columns) for name, columns in found.items()}


def _columns(
    tree: exp.Expression, aliases: dict[str, str], ctes: set[str]
) -> Iterator[tuple[str, str]]:
    """Tables with a column of theirs, "" for one that may be of several."""
    sources: dict[int, tuple[str, ...]] = {}
    for column in tree.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            continue
        name, of = column.name.lower(), column.table.lower()
        if of:
            if of in aliases:
                yield aliases[of], name
            continue
        scope = column.find_ancestor(*_SCOPES)
        if scope is None or _is_own_alias(column, name, scope):
            continue
        if id(scope) not in sources:
            sources[id(scope)] = tuple(_sources(scope, ctes))
        if len(sources[id(scope)]) == 1:
            if sources[id(scope)][0]:
                yield sources[id(scope)][0], name
        elif all(sources[id(scope)]):
            yield "", name


def _is_own_alias(column: exp.Column, name: str, scope: exp.Expression) -> bool:
    """Whether ORDER BY and its like mean a column of the result; SQLite lets WHERE do so, too."""
    if not isinstance(scope, exp.Select) or column.find_ancestor(*_AFTER_SELECT) is None:
        return False
    return any(isinstance(item, exp.Alias) and item.alias.lower() == name for item in scope.selects)


def _sources(scope: exp.Expression, ctes: set[str]) -> Iterator[str]:
    """The tables that a query or a change itself reads, "" for one that it makes up."""
    begins = scope.args.get("from_") or scope.args.get("from")
    items = [scope.this] if isinstance(scope, exp.Update | exp.Delete | exp.Insert) else []
    items += [begins.this] if isinstance(begins, exp.From) else []
    items += [join.this for join in scope.args.get("joins") or ()]
    for item in items:
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            name = table_name(item)
            yield "" if name in ctes else name
            # A join in an UPDATE hangs on the table.
            for join in item.args.get("joins") or ():
                yield table_name(join.this) if isinstance(join.this, exp.Table) else ""
        elif not isinstance(item, exp.Schema):
            yield ""


def _inserted(tree: exp.Expression) -> Iterator[tuple[str, str]]:
    for insert in tree.find_all(exp.Insert):
        if isinstance(insert.this, exp.Schema) and isinstance(insert.this.this, exp.Table):
            for column in insert.this.expressions:
                yield table_name(insert.this.this), column.name.lower()


def spellings(tree: exp.Expression, *, only_quoted: bool) -> dict[str, str]:
    """How names of tables and columns are spelt that have capitals, by their lower case."""
    found: dict[str, str] = {}
    for item in tree.find_all(exp.Identifier):
        name = item.name
        if name != name.lower() and (item.quoted or (not only_quoted and _is_table(item))):
            found.setdefault(name.lower(), name)
    return found


def _is_table(item: exp.Identifier) -> bool:
    return isinstance(item.parent, exp.Table)


@dataclass(frozen=True, slots=True)
class Columns:
    """gives: see `selected`; reads: see `read`; quoted, spelt: see `spellings`."""

    gives: tuple[str, ...] = ()
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    quoted: Mapping[str, str] = field(default_factory=dict)
    spelt: Mapping[str, str] = field(default_factory=dict)


def columns(tree: exp.Expression | None) -> Columns:
    """What a tree says of columns; nothing where there is none."""
    if tree is None:
        return Columns()
    return Columns(
        selected(tree),
        read(tree),
        spellings(tree, only_quoted=True),
        spellings(tree, only_quoted=False),
    )


def squeezed(name: str) -> str:
    """Names are compared without case, quotes, blanks and table: `u.First_Name` → firstname."""
    bare = name.strip().strip('`"[]').lower()
    if re.fullmatch(r"\w+\.\w+", bare):
        bare = bare.partition(".")[2]
    return re.sub(r"[\s_`\"]", "", bare) or bare


def gives(query: Columns, names: Sequence[str], known: Mapping[str, Sequence[str]]) -> bool | None:
    """Whether a query gives just these columns, squeezed; None where that cannot be told.

    known: columns of tables, for what `*` stands for.
    """
    given: list[str] = []
    for name in query.gives:
        if not name.endswith("*"):
            given.append(squeezed(name))
            continue
        tables = [table for table in query.reads if table]
        if len(tables) != 1 or tables[0] not in known:
            return None
        given += map(squeezed, known[tables[0]])
    if not given:
        return None
    named = Counter(name for name in given if name)
    left = Counter(names)
    left.subtract(named)
    return len(given) == len(names) and min(left.values(), default=0) >= 0


def takes(table: str, names: Iterable[str], reads: Mapping[str, frozenset[str]]) -> bool | None:
    """Whether a table with these columns has all that is read of `table`; None: nothing is."""
    wanted = reads.get(table, frozenset())
    return wanted <= set(names) if wanted else None


def best(tables: Sequence[str], names: Iterable[str], reads: Mapping[str, frozenset[str]]) -> str:
    """Of tables the one whose columns these most likely are, "" where all are others'."""
    have = set(names)
    unsure = reads.get("", frozenset())
    found = [
        (len(reads.get(table, ())), len(unsure & have), -place, table)
        for place, table in enumerate(tables)
        if takes(table, have, reads) is not False
    ]
    return max(found)[3] if found else ""
