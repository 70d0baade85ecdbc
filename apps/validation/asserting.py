"""What a test asserts by itself: a block that raises, a query that answers PASS or FAIL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import parse
from apps.sql.tokens import emptied, first_word
from apps.validation.values import Scalar, Table

# A notice ends nothing: a test that only gives one says nothing that can be judged.
_RAISES = re.compile(r"\b(?:ASSERT\b|RAISE\s+(?:EXCEPTION\b|')|SIGNAL\b)", re.IGNORECASE)
_HOLDS = re.compile(r"\W{0,9}(?:pass|ok\b|success|correct|true\b|yes\b|✓|✔|✅)", re.IGNORECASE)
_FAILS = re.compile(
    r"\W{0,9}(?:fail|not ok|error|incorrect|wrong|false\b|no\b|mismatch|✗|✘|❌)", re.IGNORECASE
)
# A statement that the database does not understand is no test of the response.
_UNWRITTEN = re.compile(
    r"syntax|no such|does not exist|doesn't exist|not found|unknown|ambiguous", re.IGNORECASE
)

_REFUSED_ROWS = (
    "constraint",
    "unique",
    "duplicate",
    "not null",
    "not-null",
    "cannot be null",
    "foreign key",
    "check",
    "out of range",
    "too long",
)


def is_verdict(word: str) -> bool:
    """Whether a word says that a test holds, or that something fails."""
    return bool(_HOLDS.match(word) or _FAILS.match(word))


def is_unwritten(message: str) -> bool:
    """Whether a database's message tells of SQL that it does not understand."""
    return bool(_UNWRITTEN.search(message))


def refuses_rows(message: str) -> bool:
    """Whether a database's message tells of a constraint that rows broke."""
    # So MariaDB ends what it says of a syntax error.
    said = message.lower().replace("check the manual", "")
    return any(words in said for words in _REFUSED_ROWS)


def raises(statement: str, dialect: Dialect) -> bool:
    """Whether a statement does nothing but raise an error where something does not hold."""
    if first_word(statement, dialect) != "DO":
        return False
    return bool(_RAISES.search(emptied(statement, dialect, keeps_bodies=True)))


class Asserted(NamedTuple):
    """The rows of a query when all that it asserts holds. each: every row that it gives must be
    like the one row, None there for any value."""

    table: Table
    each: bool = False


def asserted(statement: str, dialect: Dialect, own: Sequence[str] = ()) -> Asserted | None:
    """What a query asserts of its rows; None where it asserts nothing.

    Its columns are texts written down and `CASE … THEN 'PASS' ELSE 'FAIL' END`. own: the answer's
    statements: where they have that text it may be what was asked for.
    """
    tree = parse(statement, dialect)
    parts: list[exp.Select] = _parts(tree) if isinstance(tree, exp.Query) else []
    if not parts and isinstance(tree, exp.Select):
        return _of_each(tree, "\n".join(own).lower())
    rows = [_row(part) for part in parts]
    if not rows or any(row is None for row in rows) or len({len(row or ()) for row in rows}) != 1:
        return None
    return Asserted(Table((), tuple(row for row in rows if row is not None)))


def _parts(tree: exp.Query) -> list[exp.Select]:
    """The queries of a UNION ALL, each of which gives one row; none where one may give more."""
    if isinstance(tree, exp.Union) and not tree.args.get("distinct"):
        left, right = (_parts(part) for part in (tree.left, tree.right))
        return [*left, *right] if left and right else []
    if not isinstance(tree, exp.Select) or tree.args.get("group") or tree.args.get("having"):
        return []
    reads = tree.args.get("from_") or tree.args.get("from")
    counts = any(item.find(exp.AggFunc) and not item.find(exp.Subquery) for item in tree.selects)
    return [tree] if counts or not reads else []


def _of_each(tree: exp.Select, own: str) -> Asserted | None:
    """What a query asserts of each row that it reads: `SELECT name, CASE WHEN total = 3 …`."""
    items = [item.unalias() for item in tree.selects]
    cells = [_cell(item) if isinstance(item, exp.Case | exp.If) else None for item in items]
    said = [cell for cell in cells if cell is not None]
    if not said or tree.is_star or any(f"'{cell.lower()}'" in own for cell in said):
        return None
    return Asserted(Table((), (tuple(cells),)), each=True)


def _row(tree: exp.Select) -> tuple[Scalar, ...] | None:
    """The values of the one row when it holds; None where it asserts nothing."""
    cells = [_cell(item.unalias()) for item in tree.selects]
    asserts = any(item.find(exp.Case, exp.If) for item in tree.selects)
    return tuple(cells) if asserts and None not in cells else None


def _cell(item: exp.Expr) -> str | None:
    if isinstance(item, exp.Literal):
        return item.name
    if isinstance(item, exp.Case):
        said = [branch.args["true"] for branch in item.args["ifs"]]
        said += [item.args["default"]] if item.args.get("default") else []
    elif isinstance(item, exp.If):
        said = [item.args["true"], item.args.get("false")]
    else:
        return None
    texts = [one.name for one in said if isinstance(one, exp.Literal) and one.is_string]
    good = [text for text in texts if _HOLDS.match(text) and not _FAILS.match(text)]
    bad = [text for text in texts if _FAILS.match(text)]
    whole = len(texts) == len(said) and len(good) == 1 and len(good) + len(bad) == len(texts)
    return good[0] if whole and bad else None
