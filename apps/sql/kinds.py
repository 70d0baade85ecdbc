"""What a statement does, read from its first words."""

from __future__ import annotations

import re
from itertools import islice

# The kinds of seeds, and two real kinds that have no name among them.
KINDS: tuple[str, ...] = (
    "create_table", "create_function", "alter_table", "drop_table", "insert", "update", "delete",
    "select", "comment", "set", "reset", "transaction", "alter_index", "create_index", "drop_index",
    "create_trigger", "alter_sequence", "drop_sequence", "create_extension", "drop_extension",
    "create_view", "drop_view", "merge", "create_procedure",
)  # fmt: skip
OTHER = "other"

_KNOWN = frozenset(KINDS)
_BY_FIRST_WORD = {
    b"SELECT": "select",
    b"INSERT": "insert",
    b"REPLACE": "insert",
    b"UPDATE": "update",
    b"DELETE": "delete",
    b"MERGE": "merge",
    b"COMMENT": "comment",
    b"SET": "set",
    b"RESET": "reset",
    b"COMMIT": "transaction",
    b"ROLLBACK": "transaction",
    b"SAVEPOINT": "transaction",
    b"RELEASE": "transaction",
    b"BEGIN": "transaction",
    b"END": "transaction",
    b"ABORT": "transaction",
}
_DEFINITIONS = frozenset((b"CREATE", b"ALTER", b"DROP"))
_SECOND_WORD = {b"START": ("transaction", b"TRANSACTION"), b"COMMENT": ("comment", b"ON")}
_NOUNS = frozenset(
    b"TABLE INDEX VIEW FUNCTION PROCEDURE PROC TRIGGER SEQUENCE EXTENSION "
    b"DATABASE SCHEMA TYPE RULE USER ROLE DOMAIN OPERATOR CAST "
    b"AGGREGATE EVENT LANGUAGE SERVER POLICY SYNONYM PACKAGE TABLESPACE LOGIN "
    b"COLLATION CONVERSION TRANSFORM PUBLICATION SUBSCRIPTION STATISTICS CLUSTER DIRECTORY PROFILE "
    b"ASSEMBLY CERTIFICATE QUEUE SERVICE DEFAULT SESSION SYSTEM ACCESS FOREIGN "
    b"TEXT GROUP ".split()
)
_WORDS = re.compile(rb"[A-Za-z_]+")
# MySQL executes /*! … */: that is no comment. An account after DEFINER is no noun.
_COMMENT = re.compile(rb"--[^\n]*+|/\*(?!!)(?:[^*]++|\*(?!/)|(?!))*+\*/")
_ACCOUNT = rb"(?:`[^`]*`|'[^']*'|\"[^\"]*\"|[\w.%$-]+)"
_DEFINER = re.compile(rb"(?i:\bDEFINER)\s*=\s*" + _ACCOUNT + rb"(?:\s*@\s*" + _ACCOUNT + rb")?")
_HEAD = 400
_SCAN = 65536
_OUTSIDE = re.compile(
    rb"'[^']*+'|\"[^\"]*+\"|`[^`]*+`|--[^\n]*+|/\*(?:[^*]++|\*(?!/)|(?!))*+\*/|[()]"
    rb"|(?<![\w.])(?i:SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES)\b"
)


def kind_of(statement: bytes) -> str:
    """The kind of a statement; "other" for what is no kind of seed.

    `WITH … SELECT` is a select, `WITH … INSERT` an insert: the verb outside of
    all parentheses decides.
    """
    found = _WORDS.search(statement, 0, _HEAD)
    if not found:
        return OTHER
    first = found[0].upper()
    if first in _DEFINITIONS:
        return _definition(first, statement)
    if first == b"WITH":
        return _main_verb(statement)
    if first in _SECOND_WORD:
        kind, wanted = _SECOND_WORD[first]
        following = _WORDS.search(statement, found.end(), _HEAD)
        return kind if following and following[0].upper() == wanted else OTHER
    return _BY_FIRST_WORD.get(first, OTHER)


def _definition(verb: bytes, statement: bytes) -> str:
    head = statement[:_HEAD]
    if b"--" in head or b"/*" in head:
        head = _COMMENT.sub(b" ", head)
    if b"DEFINER" in head or b"definer" in head:
        head = _DEFINER.sub(b" ", head)
    for found in islice(_WORDS.finditer(head), 1, 16):
        noun = found[0].upper()
        if noun in _NOUNS:
            noun = b"PROCEDURE" if noun == b"PROC" else noun
            kind = (verb + b"_" + noun).decode().lower()
            return kind if kind in _KNOWN else OTHER
    return OTHER


def _main_verb(statement: bytes) -> str:
    depth = 0
    for token in _OUTSIDE.finditer(statement, 4, _SCAN):
        text = token.group()
        if text == b"(":
            depth += 1
        elif text == b")":
            depth -= 1
        elif not depth and text[:1].isalpha():
            return _BY_FIRST_WORD.get(text.upper(), OTHER)
    return OTHER
