"""What a statement does and to which tables: sqlglot where it parses, plain words where not."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import sqlglot
from sqlglot import exp

from apps.sql import lexical
from apps.sql.columns import Columns, columns, plain, squeezed, table_name
from apps.sql.dialects import Dialect
from apps.sql.slips import SLIPS, within_reason
from apps.sql.tokens import Kind, blanked, first_words, without_leading_comments

# sqlglot warns of every statement that it keeps as plain text; that is no news here.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

MAX_PARSED = 20_000
_NAME = lexical.dotted_name()
_PART = re.compile(lexical.name_part())
_CREATED = re.compile(
    r"\s*create\s+(?:or\s+(?:replace|alter)\s+)?(?:(?:global|local|temp|temporary|unlogged|virtual|"
    r"materialized|recursive|unique|constraint|external)\s+"
    rf"|definer{lexical.definer()}\s+)*"
    rf"(table|view|trigger|function|procedure|index|type|sequence|schema)\s+"
    rf"(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?({_NAME})",
    re.IGNORECASE,
)
_MENTION = re.compile(
    rf"\b(?:from|join|into|update|references)\s+(?:only\s+)?({_NAME})", re.IGNORECASE
)
_TRIGGER = re.compile(
    rf"\b(insert|update|delete)\b(?:\s+of\s+[\w, ]{{1,300}}?)?(?:\s+or\s+\w+)*\s+on\s+({_NAME})",
    re.IGNORECASE,
)
_TARGETS = re.compile(
    rf"\s*(?:with\b.*?\b)?(?:insert\s+(?:or\s+\w+\s+|ignore\s+)?into|replace\s+into|update(?:\s+or\s+\w+)?|"
    rf"delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?({_NAME})",
    re.IGNORECASE | re.DOTALL,
)
_UPSERTS = re.compile(
    r"\bon\s+(?:duplicate\s+key\s+update|conflict\b[^;]{0,400}?\bdo\s+update)\b", re.IGNORECASE
)
_NOT_TABLES = {
    "select",
    "values",
    "set",
    "lateral",
    "unnest",
    "only",
    "dual",
    "where",
    "on",
    "old",
    "new",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One statement's kind and names, all lower case and without quotes.

    verb: select, insert, update, delete, merge, create, alter, drop, truncate, transaction, other.
    creates: kind of object made ("table", "view", "trigger", …), `made` its name.
    target: table that is written to or altered. uses: tables that it reads or refers to.
    events: for a trigger, what fires it. mentions: words in a routine's body that may be tables.
    upserts: an INSERT that changes the row that is there already.
    """

    verb: str
    creates: str = ""
    made: str = ""
    target: str = ""
    uses: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    returns_rows: bool = False
    mentions: frozenset[str] = frozenset()
    upserts: bool = False

    @property
    def is_dml(self) -> bool:
        return self.verb in {"insert", "update", "delete", "merge", "truncate"}

    @property
    def is_ddl(self) -> bool:
        return self.verb in {"create", "alter", "drop"}


def plain_name(name: str) -> str:
    """`"Public"."Users"` → public.users; a leading default schema is dropped."""
    return plain([_bare(part) for part in _PART.findall(name)])


def _bare(part: str) -> str:
    return part[1:-1] if part[0] in '`"[' else part


@lru_cache(maxsize=512)
def parse(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> exp.Expression | None:
    """The statement's tree, None where sqlglot cannot read it. Copy it before changing it."""
    if len(statement) > MAX_PARSED:
        return None
    try:
        trees = sqlglot.parse(within_reason(statement), read=dialect.value or None)
    except SLIPS:
        return None
    tree = trees[0] if len(trees) == 1 else None
    return tree if isinstance(tree, exp.Expression) and not isinstance(tree, exp.Command) else None


@lru_cache(maxsize=512)
def shape(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Shape:
    """Kind and names of one statement; never fails."""
    bare = without_leading_comments(statement, dialect)[: MAX_PARSED + 1]  # a cut one is not parsed
    first = next(iter(first_words(bare, dialect, count=1)), "")
    created = _CREATED.match(blanked(bare[:2000], dialect, kinds={Kind.COMMENT}))
    if created:
        return _created_shape(bare, created, dialect)
    tree = parse(statement, dialect)
    if tree is not None and not isinstance(tree, exp.Alter | exp.Drop):
        found = _tree_shape(tree, first)
    else:
        found = _word_shape(blanked(bare, dialect), first)
    upserts = found.verb == "insert" and bool(_UPSERTS.search(blanked(bare, dialect)))
    return replace(found, upserts=True) if upserts else found


# The parts of a query with which its rows are no longer those of a table.
_RECKONS = ("joins", "group", "distinct", "limit", "having", "with_")
# The words that statements begin with.
_STARTS = """
SELECT WITH INSERT UPDATE DELETE MERGE REPLACE CREATE ALTER DROP TRUNCATE BEGIN START COMMIT END
ROLLBACK SAVEPOINT RELEASE GRANT REVOKE COMMENT SET USE EXPLAIN VALUES CALL EXEC EXECUTE DO DECLARE
ANALYZE VACUUM REINDEX PRAGMA SHOW DESCRIBE TABLE COPY LOCK UNLOCK PREPARE DEALLOCATE RENAME REFRESH
CLUSTER IF RESET DELIMITER ATTACH DETACH LOAD INSTALL LISTEN NOTIFY
"""
SQL_STARTS = frozenset(_STARTS.split())


def _created_shape(bare: str, created: re.Match[str], dialect: Dialect) -> Shape:
    kind, made = created.group(1).lower(), plain_name(created.group(2))
    rest = blanked(bare, dialect)[created.end() :]
    if kind == "trigger":
        fired = list(_TRIGGER.finditer(rest[:1000]))
        target = plain_name(fired[0].group(2)) if fired else ""
        header = rest[: fired[0].end()] if fired else ""
        events = frozenset(re.findall(r"\b(insert|update|delete)\b", header.lower()))
        return Shape("create", kind, made, target, _mentions(rest) | ({target} - {""}), events)
    if kind == "index":
        on = re.search(rf"\bon\s+(?:only\s+)?({_NAME})", rest[:500], re.IGNORECASE)
        target = plain_name(on.group(1)) if on else ""
        return Shape("create", kind, made, target, frozenset({target} - {""}))
    if kind in {"function", "procedure"}:
        return Shape("create", kind, made, mentions=_mentions(bare[created.end() :]))
    tree = parse(bare, dialect)
    uses = (_tree_tables(tree) if tree is not None else _mentions(rest)) - {made}
    return Shape("create", kind, made, uses=frozenset(uses))


def _tree_shape(tree: exp.Expression, first: str) -> Shape:
    if isinstance(tree, exp.Query):
        return Shape("select", uses=_tree_tables(tree), returns_rows=True)
    verb = {
        exp.Insert: "insert",
        exp.Update: "update",
        exp.Delete: "delete",
        exp.Merge: "merge",
        exp.TruncateTable: "truncate",
        exp.Transaction: "transaction",
        exp.Commit: "transaction",
        exp.Rollback: "transaction",
    }.get(type(tree), "")
    uses = _tree_tables(tree)
    if verb in {"insert", "update", "delete", "merge"}:
        this = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        target = table_name(this) if isinstance(this, exp.Table) else ""
        returning = tree.args.get("returning") is not None
        return Shape(verb, target=target, uses=uses, returns_rows=returning)
    if verb == "truncate":
        return Shape(verb, target=min(uses, default=""), uses=uses)
    return Shape(verb or _verb_of(first), uses=uses, returns_rows=first in {"VALUES", "TABLE"})


def _word_shape(bare: str, first: str) -> Shape:
    mentioned = _mentions(bare)
    verb = _verb_of(first)
    target = ""
    if verb in {"alter", "drop"}:
        found = re.match(
            rf"\s*(?:alter|drop)\s+(table|view|index|trigger|function|sequence)\s+"
            rf"(?:if\s+exists\s+)?(?:only\s+)?({_NAME})",
            bare[:500],
            re.IGNORECASE,
        )
        if found:
            target = plain_name(found.group(2))
            kind = found.group(1).lower()
            tables = frozenset({target}) if kind in {"table", "view"} else frozenset[str]()
            return Shape(verb, kind if verb == "drop" else "", target=target, uses=tables)
        return Shape(verb)
    match = _TARGETS.match(bare)
    if match:
        target = plain_name(match.group(1))
        if verb == "select":
            verb = "other"
    return Shape(verb, target=target, uses=mentioned, returns_rows=verb == "select")


def _verb_of(first: str) -> str:
    if first in {"SELECT", "WITH", "VALUES", "TABLE"}:
        return "select"
    if first in {"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END"}:
        return "transaction"
    if first == "REPLACE":
        return "insert"
    known = {"INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE"}
    return first.lower() if first in known else "other"


def _tree_tables(tree: exp.Expression) -> frozenset[str]:
    cte_names = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    names = set()
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name:
            names.add(table_name(table))
    return frozenset(names - cte_names - {"dual"})


def _mentions(text: str) -> frozenset[str]:
    names = {plain_name(match.group(1)) for match in _MENTION.finditer(text)}
    names -= {
        plain_name(name) for name in re.findall(r"\b(\w+)\s+AS\s*\(\s*SELECT", text, re.IGNORECASE)
    }
    return frozenset(name for name in names if name not in _NOT_TABLES)


def created_columns(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """Column names of a CREATE TABLE, lower case; empty where they cannot be read."""
    tree = parse(statement, dialect)
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        return ()
    return tuple(
        column.name.lower() for column in tree.this.expressions if isinstance(column, exp.ColumnDef)
    )


def added_columns(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """Column names that an ALTER TABLE adds or renames to, lower case, as far as it is read."""
    tree = parse(statement, dialect)
    if tree is None:
        return ()
    added = [column.name for column in tree.find_all(exp.ColumnDef)]
    renamed = [column.args["to"].name for column in tree.find_all(exp.RenameColumn)]
    return tuple(name.lower() for name in (*added, *renamed))


def dropped_columns(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """Column names that an ALTER TABLE drops, lower case, as far as it is read."""
    tree = parse(statement, dialect)
    if not isinstance(tree, exp.Alter):
        return ()
    drops = [drop for drop in tree.find_all(exp.Drop) if drop.args.get("kind") == "COLUMN"]
    named = (drop.find(exp.Identifier) for drop in drops)
    return tuple(name.name.lower() for name in named if name is not None)


def result_query(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> exp.Query | None:
    """The tree of a statement that is a query, else None."""
    tree = parse(statement, dialect)
    return tree if isinstance(tree, exp.Query) else None


def table_shown(statement: str, dialect: Dialect = Dialect.UNKNOWN, *, whole: bool = False) -> str:
    """The one table whose rows a query shows as they are, "" for any other; whole: all its rows."""
    tree = result_query(statement, dialect)
    reckons = (*_RECKONS, "where") if whole else _RECKONS
    if not isinstance(tree, exp.Select) or any(tree.args.get(name) for name in reckons):
        return ""
    uses = sorted(shape(statement, dialect).uses)
    plain_columns = all(isinstance(item, exp.Column | exp.Star) for item in tree.selects)
    return uses[0] if len(uses) == 1 and plain_columns else ""


@lru_cache(maxsize=512)
def columns_of(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Columns:
    """The columns that a statement gives and reads, and how it spells names; empty where it is
    not parsed.
    """
    return columns(parse(statement, dialect))


def reads_of(statements: Iterable[str], dialect: Dialect) -> dict[str, frozenset[str]]:
    """The columns, squeezed, that several statements read of each table."""
    found: dict[str, frozenset[str]] = {}
    for statement in statements:
        for table, names in columns_of(statement, dialect).reads.items():
            found[table] = found.get(table, frozenset()) | frozenset(map(squeezed, names))
    return found
