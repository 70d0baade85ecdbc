"""Can a statement be read? By tree-sitter-sql first, then by sqlglot in the file's dialect.

Both parsers get one statement of bounded size. tree-sitter is five times faster, sqlglot reads
what that
grammar has no rules for (MySQL's table options, T-SQL's brackets and TOP, SQLite's upsert).
"""

from __future__ import annotations

import logging
import re
from enum import StrEnum

import sqlglot
import tree_sitter_sql
from sqlglot import exp
from tree_sitter import Language, Node, Parser

from apps.sql.dialects import Dialect
from apps.sql.members import at_hand
from apps.sql.parsing.forms import ROUTINES, read_form
from apps.sql.parsing.rewriting import rewritten
from apps.sql.parsing.words import is_cut_off
from apps.sql.slips import SLIPS, within_reason

MOST_TREE_SITTER_BYTES = 256 * 1024
MOST_SQLGLOT_BYTES = 20 * 1024
DEEPEST_SQLGLOT = 40  # its parser is recursive; deeper nesting would exhaust the stack

_parser = Parser(Language(tree_sitter_sql.language()))
_PARENTHESES = re.compile(rb"[()]")
_WRAPPER = re.compile(rb"/\*!\d*+|\*/")
_STRICT = ROUTINES | frozenset(("create_type", "create_sequence", "alter_sequence"))
# Of these sqlglot reads few, and is slow to say no.
_BY_RULE_FIRST = _STRICT | frozenset(("alter_table", "comment"))
_WAREHOUSES = frozenset((Dialect.BIGQUERY, Dialect.SNOWFLAKE, Dialect.SPARK, Dialect.DUCKDB))

_EXPECTED: dict[str, tuple[type[exp.Expression], ...]] = {
    "select": (exp.Select, exp.SetOperation, exp.Subquery),
    "insert": (exp.Insert,),
    "update": (exp.Update,),
    "delete": (exp.Delete,),
    "merge": (exp.Merge,),
    "comment": (exp.Comment,),
    "set": (exp.Set,),
    "transaction": (exp.Transaction, exp.Commit, exp.Rollback),
}
_BY_VERB: dict[str, type[exp.Expression]] = {
    "create": exp.Create,
    "alter": exp.Alter,
    "drop": exp.Drop,
}

# sqlglot warns about every statement that it takes as an opaque command; those are rejected here
# anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@at_hand
class Reader(StrEnum):
    """Who read a statement; NOBODY means that it is no SQL that Winnow can vouch for."""

    __hash__ = str.__hash__  # that of Enum is a function in Python

    TREE_SITTER = "tree-sitter"
    REWRITTEN = "tree-sitter, rewritten"
    SQLGLOT = "sqlglot"
    BLOCK = "block"
    FORM = "form"
    NOBODY = ""


def parse(statement: bytes, kind: str, dialect: Dialect) -> Reader:
    """Who can read `statement` (UTF-8, one statement, no delimiter) as a statement of this kind."""
    return parse_quickly(statement, kind, dialect) or parse_otherwise(statement, kind, dialect)


def parse_quickly(statement: bytes, kind: str, dialect: Dialect) -> Reader:
    """Whether tree-sitter can read it; NOBODY when somebody else must be asked.

    What the grammar has no rules for costs it ten times as much as what it reads. So where that
    is the common case, statements come to it in its own words at once.
    """
    if kind == "do":
        return Reader.NOBODY  # it has no rule for it
    if _is_spelled_first(kind, dialect):
        if dialect is Dialect.TSQL and kind in ROUTINES:
            return Reader.NOBODY
        plainer = rewritten(statement, kind, dialect)
        if plainer is not statement:
            return Reader.REWRITTEN if reads_with_tree_sitter(plainer) else Reader.NOBODY
    return Reader.TREE_SITTER if reads_with_tree_sitter(statement) else Reader.NOBODY


def _is_spelled_first(kind: str, dialect: Dialect) -> bool:
    return dialect is Dialect.TSQL or (dialect.is_mysql and kind == "create_table")


def parse_otherwise(statement: bytes, kind: str, dialect: Dialect) -> Reader:
    """Who can read what tree-sitter could not."""
    if statement.startswith(b"/*!"):  # code that only MySQL reads, and comments for all others
        return parse(_WRAPPER.sub(b" ", statement).strip(), kind, dialect)
    if not _is_spelled_first(kind, dialect):
        plainer = rewritten(statement, kind, dialect)
        if plainer is not statement and reads_with_tree_sitter(plainer):
            return Reader.REWRITTEN
    if kind in _BY_RULE_FIRST and read_form(statement, kind, dialect, reads_statement):
        return Reader.BLOCK if kind in ROUTINES else Reader.FORM
    if _may_ask_sqlglot(kind, dialect) and reads_with_sqlglot(statement, kind, dialect):
        return Reader.SQLGLOT
    if kind not in _BY_RULE_FIRST and read_form(statement, kind, dialect, reads_statement):
        return Reader.FORM
    return Reader.NOBODY


def _may_ask_sqlglot(kind: str, dialect: Dialect) -> bool:
    """It takes half of a routine for a whole one; but of the warehouses' it alone has a grammar."""
    return kind not in _STRICT or dialect in _WAREHOUSES


def reads_with_tree_sitter(statement: bytes) -> bool:
    """Whether tree-sitter-sql reads it without an error, as exactly one `statement` (or
    transaction).
    """
    if len(statement) > MOST_TREE_SITTER_BYTES:
        return False
    root: Node = _parser.parse(statement).root_node
    if root.has_error:
        return False
    children = root.children
    if len(children) == 1:
        return children[0].type in ("statement", "transaction")
    found = 0
    for child in children:
        if child.type in ("statement", "transaction"):
            found += 1
        elif child.type not in ("comment", "marginalia", ";"):
            return False
    return found == 1


def bare_parse(statement: bytes) -> bool:
    """Parse with tree-sitter-sql and nothing else: what the benchmark compares the chain with."""
    return not _parser.parse(statement).root_node.has_error


def reads_with_sqlglot(statement: bytes, kind: str, dialect: Dialect) -> bool:
    """Whether sqlglot reads it in `dialect` as one statement of `kind`, not as an opaque
    command.
    """
    if len(statement) > MOST_SQLGLOT_BYTES or nesting(statement) > DEEPEST_SQLGLOT:
        return False
    try:
        read = sqlglot.parse(
            within_reason(statement.decode(errors="replace")), dialect=dialect.sqlglot
        )
    except SLIPS:
        return False
    if len(read) != 1 or read[0] is None:
        return False
    return isinstance(read[0], _expected(kind)) and not is_cut_off(statement, dialect)


def reads_statement(statement: bytes, kind: str, dialect: Dialect) -> bool:
    """Whether a statement inside a routine's body can be read."""
    if parse_quickly(statement, kind, dialect):
        return True
    plainer = rewritten(statement, kind, dialect)
    if plainer is not statement and reads_with_tree_sitter(plainer):
        return True
    return reads_with_sqlglot(statement, kind, dialect)


def nesting(statement: bytes) -> int:
    """The deepest nesting of parentheses, literals not left out (an upper bound is what is
    needed).
    """
    depth = deepest = 0
    for mark in _PARENTHESES.findall(statement):
        depth += 1 if mark == b"(" else -1
        deepest = max(deepest, depth)
    return deepest


def _expected(kind: str) -> tuple[type[exp.Expression], ...]:
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    expected = _BY_VERB.get(kind.partition("_")[0])
    return (expected,) if expected else ()
