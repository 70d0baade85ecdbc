"""Parameters that nobody bound: `?`, `:name`, `%s`, `{name}`, `$1`, `<value>`."""

from __future__ import annotations

import re

from apps.validation.reading.statements import first_words
from apps.validation.values import Dialect

# Every branch also ends at the end of the text, so that nothing is scanned twice.
_QUIET = re.compile(
    r"'(?:[^']|''|(?!))*+(?:'|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"\n]*\"|`[^`\n]*`"
    r"|\$(\w{0,30})\$(?:.*?\$\1\$|.*)",
    re.DOTALL,
)
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
# In quotes only what no value is ever written like.
_QUOTED = re.compile(
    r"'(?:%s|\{\w{1,60}\}|:\w{1,60}|\?|<[a-z_ ]{2,40}>|\$\{\w{1,60}\})'", re.IGNORECASE
)
_PATTERN_BEFORE = re.compile(r"\b(?:like|glob|similar to|regexp|rlike)\s*\(?\s*$", re.IGNORECASE)
_JSON_OPERATOR = re.compile(r"(?:\w|\)|')\s+\?[|&]?\s+(?:'|array\b)", re.IGNORECASE)


def unbound(statement: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """The placeholders of one statement in order, each once; PREPARE may have them."""
    if first_words(statement, 1) == ("PREPARE",):
        return ()
    found = [
        match.group().strip("'")
        for match in _QUOTED.finditer(statement)
        if not _PATTERN_BEFORE.search(statement[max(0, match.start() - 20) : match.start()])
    ]
    code = _QUIET.sub("''", statement)
    if dialect in {Dialect.POSTGRES, Dialect.UNKNOWN}:
        code = _JSON_OPERATOR.sub(" ", code)
    found += [match.group() for match in _PLACEHOLDER.finditer(code)]
    if dialect is Dialect.DUCKDB:
        # {key: value} is a struct there, {name} alone is not.
        found = [name for name in found if not name.startswith(":")]
    return tuple(dict.fromkeys(found))
