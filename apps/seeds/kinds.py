"""What a statement does, read from its first words."""

from __future__ import annotations

import re

# FORMATS.md's kinds, and two real kinds that it leaves without a name.
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
_NOUNS = frozenset(
    b"TABLE INDEX VIEW FUNCTION PROCEDURE PROC TRIGGER SEQUENCE EXTENSION "
    b"DATABASE SCHEMA TYPE RULE USER ROLE DOMAIN OPERATOR CAST "
    b"AGGREGATE EVENT LANGUAGE SERVER POLICY SYNONYM PACKAGE TABLESPACE LOGIN "
    b"COLLATION CONVERSION TRANSFORM PUBLICATION SUBSCRIPTION STATISTICS CLUSTER DIRECTORY PROFILE "
    b"ASSEMBLY CERTIFICATE QUEUE SERVICE DEFAULT SESSION SYSTEM ACCESS FOREIGN "
    b"TEXT GROUP ".split()
)
_WORDS = re.compile(rb"[A-Za-z_]+")
_COMMENT = re.compile(rb"--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/")
_HEAD = 400
_SCAN = 65536
_OUTSIDE = re.compile(
    rb"'[^']*+'|\"[^\"]*+\"|`[^`]*+`|--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/|[()]"
    rb"|(?<![\w.])(?i:SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES)\b"
)


def kind_of(statement: bytes) -> str:
    """The kind of a statement; "other" for what is no kind of seed.

    `WITH … SELECT` is a select, `WITH … INSERT` an insert: the verb outside of
    all parentheses decides.
    """
    words = _WORDS.findall(statement, 0, _HEAD)
    if not words:
        return OTHER
    first = words[0].upper()
    if first in (b"CREATE", b"ALTER", b"DROP"):
        return _definition(first, statement)
    if first == b"WITH":
        return _main_verb(statement)
    if first == b"START":
        return "transaction" if words[1:2] and words[1].upper() == b"TRANSACTION" else OTHER
    if first == b"COMMENT":
        return "comment" if words[1:2] and words[1].upper() == b"ON" else OTHER
    return _BY_FIRST_WORD.get(first, OTHER)


def _definition(verb: bytes, statement: bytes) -> str:
    head = _COMMENT.sub(b" ", statement[:_HEAD])
    for word in _WORDS.findall(head)[1:16]:
        noun = word.upper()
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
