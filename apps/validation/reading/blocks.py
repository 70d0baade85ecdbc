"""What a block of a response holds: SQL, a table, other code, or words."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from apps.sql import lexical, tokens
from apps.sql.detect import FENCE_NAMES, OTHER_LANGUAGES, language_of
from apps.sql.shape import SQL_STARTS
from apps.validation.reading import labels
from apps.validation.results.literals import rows_shown
from apps.validation.results.tables import (
    is_border,
    is_empty_result,
    is_footer,
    looks_like_table,
)
from apps.validation.results.told import is_scalar

_COMMENT_LINE = re.compile(lexical.COMMENT_LINE)
TABLE_NAMES = frozenset({"text", "csv", "table", "output", "markdown", "md", "txt"})
# `Table: products` is a title; TABLE products is a statement.
_TITLE = re.compile(r"\s{0,20}table\s{0,4}(?:[`\"\w]{1,60}\s{0,4})?:", re.IGNORECASE)
_SQL_IN_PROSE = re.compile(
    r"^\s*(?:SELECT\s.{1,4000}?\sFROM\s|SELECT\s+[\w'(*]|WITH\s+\w+\s+AS\s*\(|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s"
    r"|DELETE\s+FROM\s|(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:TEMP\w*\s+|UNIQUE\s+|MATERIALIZED\s+)?"
    r"(?:TABLE|VIEW|INDEX|TRIGGER|FUNCTION|PROCEDURE|DATABASE|SCHEMA|SEQUENCE)\s|MERGE\s+INTO\s|TRUNCATE\s)",
    re.DOTALL,
)


class What(StrEnum):
    SQL = "sql"
    TABLE = "table"
    CODE = "code"
    WORDS = "words"  # an expected result that is told, not shown


@lru_cache(maxsize=64)  # a block is looked at for its dialect, then read
def kind_of_block(text: str, info: str) -> What:
    """SQL, table or other code, by the fence's name and, where that says little, by the content."""
    starts_sql = starts_like_sql(text)
    if info in FENCE_NAMES:
        return What.TABLE if not starts_sql and looks_like_table(text) else What.SQL
    if info == "json" or rows_shown(text) is not None:
        return What.TABLE
    if info in OTHER_LANGUAGES and info != "console":
        return What.CODE
    if starts_sql:
        return What.SQL
    if not info and language_of(text):
        return What.CODE
    if looks_like_table(text) or info in TABLE_NAMES:
        return What.TABLE
    lines = [line for line in text.splitlines() if line.strip() and not is_footer(line)]
    lines = [line for line in lines if not (is_border(line) or labels.announces_result(line))]
    spaced = len(lines) > 1 and all(re.search(r"\S(?: {2,}|,)\S", line) for line in lines)
    single = len(lines) == 1 and is_scalar(lines[0])
    one_column = len(lines) > 1 and all(len(line.split()) == 1 for line in lines)
    return What.TABLE if spaced or single or one_column or is_empty_result(text) else What.CODE


def starts_like_sql(text: str) -> bool:
    """Whether the first word that is no comment begins a statement (a table's header does not)."""
    if tokens.first_word(text) not in SQL_STARTS or _TITLE.match(text):
        return False
    first = next(
        line for line in text.splitlines() if line.strip() and not _COMMENT_LINE.match(line)
    )
    return "|" not in first or "||" in first or "'" in first


def sql_in_prose(text: str) -> str:
    """Statements that stand in the text without a fence, "" where there are none."""
    found: list[str] = []
    taking = False
    for line in text.split("\n"):
        if not taking and _SQL_IN_PROSE.match(line + " \n") or (not taking and _opens_sql(line)):
            taking = True
        if taking:
            if not line.strip() or labels.section_of(line) is not None:
                taking = False
                continue
            found.append(line)
            taking = not line.rstrip().endswith(";")
    if found:
        return "\n".join(found)
    spans = re.findall(r"(?<!`)`([^`\n]{10,2000})`(?!`)", text)
    return next((span for span in spans if _SQL_IN_PROSE.match(span + " ")), "")


def _opens_sql(line: str) -> bool:
    """`SELECT`, `SELECT name`, `UPDATE users` alone on a line, in capitals as code is."""
    bare = line.strip()
    words = bare.split()
    opening = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "MERGE"}
    return bool(words) and words[0] in opening and not bare.endswith((".", ":")) and len(words) < 12


def has_border(text: str) -> bool:
    return bool(re.search(r"^(?=[^\n]*--)[ \t|+:-]+$", text, re.M))
