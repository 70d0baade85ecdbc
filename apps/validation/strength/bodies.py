"""Altered bodies of functions, procedures and triggers, which sqlglot keeps as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.sql.dialects import Dialect
from apps.sql.tokens import Kind, blanked, body_of, tokens, without_leading_comments

MAX_BODY = 10_000
PER_OPERATOR = 3
EMPTIED = "body emptied"
_COMPARED = re.compile(r"<=|>=|<>|!=|(?<![<>=:!-])[<>](?![<>=])")
_FLIPPED = {"<": ">", ">": "<", "<=": ">", ">=": "<", "<>": "=", "!=": "="}
_REACHED = re.compile(r"(?<=[\w)\s])[+*](?=[\s\w(])|(?<=[\w)] )-(?= [\w(])")
_RECKONED = {"+": "-", "-": "+", "*": "+"}
_NUMBER = re.compile(r"(?<![\w.$(])\d{1,9}(?:\.\d{1,9})?(?![\w.$])")
_LANGUAGE = re.compile(r"\blanguage\s+'?\w+'?", re.IGNORECASE)
_RETURNS = re.compile(r"\breturns\s+(setof\b|table\b|void\b|trigger\b|\w+)", re.IGNORECASE)
_KIND = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(function|procedure)\b",
    re.IGNORECASE,
)
# A trigger's condition, in front of its body, decides as much as that.
_BEGINS = re.compile(r"\bbegin\b|\breturn\b", re.IGNORECASE)
_TRIGGERED = re.compile(
    r"\s*create\s+(?:\w+\s+){0,4}trigger\b(?:(?!\bbegin\b).){0,2000}?\bwhen\b",
    re.IGNORECASE | re.DOTALL,
)


def altered_bodies(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> Iterator[tuple[str, str]]:
    """Names of operators and the statement with its body altered by each, the emptied one first."""
    bounds = _body(statement, dialect)
    if bounds is None:
        return
    start, end = bounds
    emptied = _emptied(statement, start, end)
    if emptied:
        yield EMPTIED, emptied
    body = statement[start:end]
    code = blanked(body, dialect)  # signs and numbers in texts and comments are not altered
    for operator, rule, changed in (
        ("comparison flipped", _COMPARED, _FLIPPED.get),
        ("arithmetic changed", _REACHED, _RECKONED.get),
        ("literal changed", _NUMBER, _one_more),
    ):
        for number, found in enumerate(rule.finditer(code)):
            if number == PER_OPERATOR:
                break
            other = f"{body[: found.start()]}{changed(found.group())}{body[found.end() :]}"
            yield operator, statement[:start] + other + statement[end:]


def _one_more(number: str) -> str:
    return f"{float(number) + 1:g}" if "." in number else str(int(number) + 1)


def _body(statement: str, dialect: Dialect) -> tuple[int, int] | None:
    """Where the body stands: between dollar signs, else from BEGIN, RETURN or a trigger's WHEN to
    the end."""
    if len(statement) > MAX_BODY:
        return None
    for kind, start, end in tokens(statement, dialect):
        if kind is Kind.LITERAL and statement[start] == "$":
            return body_of(statement, start, end)
    bare = blanked(statement, dialect)
    if condition := _TRIGGERED.match(bare):
        return condition.end(), len(statement)
    found = _BEGINS.search(bare)
    return (found.start(), len(statement)) if found else None


def _emptied(statement: str, start: int, end: int) -> str:
    """The routine doing nothing, "" where it is none or cannot be written so."""
    kind = _KIND.match(without_leading_comments(statement))
    if kind is None:
        return ""
    head, tail = statement[:start], statement[end:]
    returns = _RETURNS.search(head) or _RETURNS.search(tail)
    gives = returns.group(1).lower() if returns else ""
    if not tail:
        nothing = "RETURN NULL" if kind.group(1).lower() == "function" else "BEGIN END"
        return head + nothing
    nothing = "" if gives in {"setof", "table", "void"} or not gives else " NULL"
    plain = _LANGUAGE.sub("LANGUAGE plpgsql", head), _LANGUAGE.sub("LANGUAGE plpgsql", tail)
    return f"{plain[0]} BEGIN RETURN{nothing}; END {plain[1]}"
