"""Parameters that nobody bound: `?`, `:name`, `%s`, `{name}`, `$1`, `<value>`."""

from __future__ import annotations

import re

from apps.sql.dialects import Dialect
from apps.sql.tokens import Kind, emptied, first_word, tokens

_QUOTED_OR_SAID = (Kind.LITERAL, Kind.NAME, Kind.COMMENT)
_PLACEHOLDER = re.compile(
    r"""
    (?<![\w?@&|-])\?(?![?|&@\w])          # ? but not the JSON operators
  | (?<![:\w\]\[])(?<!\\):(?!new\b|old\b)[a-z_]\w{0,60}(?!\s*:)
  | (?<![\w%)])%(?:s\b|d\b|\(\w{1,60}\)s)
  | \{\{?\s*\w{1,60}\s*\}?\}
  | (?<![\w$])\$\d{1,3}\b
  | (?<=[\s(,=])<[a-z_][a-z_ ]{1,40}>
    """,
    re.VERBOSE | re.IGNORECASE,
)
# In quotes only a whole text counts, and only where a value stands that a program would fill in:
# formats ('%s'), arrays ('{red}') and question marks are arguments and texts like any other.
_QUOTED = re.compile(r"'(?:%s|\{\w{1,60}\}|:\w{1,60}|\?|<[a-z_ ]{2,40}>|\$\{\w{1,60}\})'", re.I)
_COMPARED = re.compile(r"(?<![@<>=!&|#*~?-])(?:=|<>|!=|<=|>=|<|>)\s*$")
_JSON_OPERATOR = re.compile(r"(?:\w|\)|')\s+\?[|&]?\s+(?:'|array\b)", re.IGNORECASE)


def unbound(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """The placeholders of one statement in order, each once; PREPARE may have them."""
    if first_word(statement, dialect) == "PREPARE":
        return ()
    found = [text for text, sure in _in_value_place(statement, dialect) if sure]
    code = emptied(statement, dialect, kinds=_QUOTED_OR_SAID)
    if dialect in {Dialect.POSTGRES, Dialect.UNKNOWN}:
        code = _JSON_OPERATOR.sub(" ", code)
    found += [match.group() for match in _PLACEHOLDER.finditer(code)]
    if dialect is Dialect.DUCKDB:
        # {key: value} is a struct there, {name} alone is not.
        found = [name for name in found if not name.startswith(":")]
    return tuple(dict.fromkeys(found))


def doubtful(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """Texts that may be placeholders or arrays: they are run as they are."""
    return tuple(text for text, sure in _in_value_place(statement, dialect) if not sure)


def _in_value_place(statement: str, dialect: Dialect) -> list[tuple[str, bool]]:
    """Texts like placeholders that are compared, assigned or inserted, and whether they are some.

    `'{red}'` is an array on PostgreSQL, which inserts show that name no dialect.
    """
    found = []
    in_values, depth = False, 0
    for kind, start, end in tokens(statement, dialect):
        text = statement[start:end]
        if kind is Kind.SYMBOL and text in "()":
            depth += 1 if text == "(" else -1
        elif kind is Kind.WORD and text.lower() == "values":
            in_values, depth = True, 0
        elif kind is Kind.LITERAL and _QUOTED.fullmatch(text):
            compared = _COMPARED.search(statement[max(0, start - 20) : start])
            # A value of a row by itself is no argument of a function.
            if compared or (in_values and depth == 1):
                sure = not text.startswith("'{") or bool(
                    compared and dialect is not Dialect.POSTGRES
                )
                found.append((text.strip("'"), sure))
    return found
