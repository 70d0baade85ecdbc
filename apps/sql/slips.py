"""What sqlglot raises on text that it was not made for: its own error, and slips of its code."""

from __future__ import annotations

from sqlglot.errors import SqlglotError

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
