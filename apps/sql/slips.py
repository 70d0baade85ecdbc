"""What sqlglot raises on text that it was not made for: its own error, and slips of its code."""

from __future__ import annotations

import re

from sqlglot.errors import SqlglotError

# Of so many subscripts in a row it looks at the types of all before each: quadratic, and worse.
_SUBSCRIPTS = re.compile(r"(?:\[[^\[\]]*+\]\s*+){64}")

# Seen in this order: too deep, `int("x")`, a failed assert, an attribute of None, a missing key,
# and None where its compiled part wants a node.
SLIPS = (
    SqlglotError,
    RecursionError,
    ValueError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
)


class EndlessError(SqlglotError):
    """A text that sqlglot would take minutes over, and nobody writes."""


def within_reason(sql: str) -> str:
    """The text as it is, for sqlglot. Raises EndlessError, one of SLIPS."""
    if _SUBSCRIPTS.search(sql):
        raise EndlessError("more than 64 subscripts in a row")
    return sql
