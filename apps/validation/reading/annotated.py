"""Results that stand in a comment beside their query: `SELECT twice(2); -- 4`, `-- returns 4`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from apps.sql import lexical
from apps.sql.dialects import Dialect
from apps.sql.shape import columns_of, shape
from apps.sql.splitting import statements
from apps.sql.tokens import Kind, tokens
from apps.validation.reading.labels import Role, role_of
from apps.validation.results.tables import NotATable, parse_table
from apps.validation.results.told import Given, is_scalar, said_after, says_none, told_rows, word
from apps.validation.values import Table

_OPENS = re.compile(lexical.COMMENT_OPENS)
_CLOSES = re.compile(lexical.COMMENT_CLOSES)
_ARROW = re.compile(r"(?:[-=]?>|→|=)")


def annotated(script: str, dialect: Dialect, given: Given) -> Iterator[tuple[str, Table, str]]:
    """Queries with the rows that a comment beside each tells, and that comment.

    On the query's own line a value says enough; on the next line, or the one before where the
    script begins so, it needs a word that announces it.
    """
    found = list(statements(script, dialect))
    bounds = [(0, 0, ""), *found, (len(script), len(script), "")]
    above = bool(found) and any(_told(text, given) for _, text in _comments(script[: found[0][0]]))
    for (_, end, sql), (following, _, after) in pairwise(bounds):
        gap = script[end:following]
        rows = [_words(text) for _, text in _comments(gap.partition("\n\n")[0])]
        if (drawn := _drawn(rows)) and sql and shape(sql, dialect).returns_rows:
            yield sql, drawn, "\n".join(rows)
        for on_line, text in _comments(gap):
            beside = on_line and bool(sql)
            query = sql if beside or not above else after
            table = _told(text, given, bare=beside)
            if table is None and beside:
                table = _of_call(text, given, sql, dialect)
            if table is not None and query and shape(query, dialect).returns_rows:
                yield query, table, text


def _drawn(rows: list[str]) -> Table | None:
    """Rows between bars, and nothing else."""
    try:
        bare = rows and all("|" in row for row in rows)
        return parse_table("\n".join(rows), headerless=True, plain=len(rows) == 1) if bare else None
    except NotATable:
        return None


def _comments(gap: str) -> Iterator[tuple[bool, str]]:
    """The comments of what stands between two statements: beside the first one, and its text."""
    for token in tokens(gap):
        if token.kind is Kind.COMMENT:
            text = gap[token.start : token.end]
            if "\n" not in text.strip():
                yield "\n" not in gap[: token.start], text.strip()


def _told(comment: str, given: Given, *, bare: bool = False) -> Table | None:
    words = _words(comment)
    if bare and says_none(words):
        return Table((), ())
    if (bare or _ARROW.match(_OPENS.sub("", comment))) and (
        is_scalar(words) or words.startswith(("(", "[", "{"))
    ):
        return told_rows(words, given)
    said = said_after(words) or said_after(f"it {words}")
    if said is None or role_of(said.before) is not Role.EXPECTED:
        return None
    if says_none(said.words):
        return Table((), ())
    return told_rows(said.words, given) or (word(said.words, given) if said.is_label else None)


def _of_call(comment: str, given: Given, sql: str, dialect: Dialect) -> Table | None:
    """The one word beside a query: `SELECT grade(95); -- A`.

    It is a value where the response's SQL has that text, of a query that reads tables elsewhere;
    or, where none is read, it has no letters: `-- 2024-01-01`. Any other may be a remark.
    """
    words = _words(comment)
    is_text = words.lower() in given.texts
    if not shape(sql, dialect).uses:
        is_text = is_text or not any(map(str.isalpha, words))
    elif len(columns_of(sql, dialect).gives) != 1 or f"'{words}'".lower() in sql.lower():
        return None  # a word of its own may say what it is asked for
    return told_rows(f"'{words}'") if is_text and re.fullmatch(r"[\w.:/+-]{1,40}", words) else None


def _words(comment: str) -> str:
    return _CLOSES.sub("", _OPENS.sub("", comment)).lstrip(" \t=>→:-").rstrip()
