"""What a statement does, read from its first words."""

from __future__ import annotations

import re
from itertools import islice

from apps.sql.lexical import BRACKETED, any_quoted, as_bytes, definer, plain_comments

# The kinds of seeds, in the order in which people see them.
KINDS: tuple[str, ...] = (
    "create_table", "create_function", "alter_table", "drop_table", "insert", "update", "delete",
    "select", "comment", "set", "reset", "transaction", "alter_index", "create_index", "drop_index",
    "create_trigger", "alter_sequence", "drop_sequence", "create_extension", "drop_extension",
    "create_view", "drop_view", "merge", "create_procedure", "create_package", "create_type",
    "create_sequence", "create_event", "do",
)  # fmt: skip
OTHER = "other"

_BY_FIRST_WORD = {
    b"SELECT": "select",
    b"VALUES": "select",
    b"TABLE": "select",  # all rows of a table
    b"FROM": "select",  # DuckDB and Hive begin with it
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
    b"ABORT": "transaction",
}
_DEFINITIONS = frozenset((b"CREATE", b"ALTER", b"DROP"))
# A first word that is of its kind only before certain others; None stands for the end.
_SECOND_WORD: dict[bytes, tuple[str, frozenset[bytes | None]]] = {
    b"START": ("transaction", frozenset((b"TRANSACTION",))),
    b"SAVE": ("transaction", frozenset((b"TRAN", b"TRANSACTION"))),
    b"COMMENT": ("comment", frozenset((b"ON",))),
    b"END": (
        "transaction",
        frozenset((None, b"WORK", b"TRAN", b"TRANSACTION", b"AND")),
    ),
    # Every other BEGIN opens a block.
    b"BEGIN": (
        "transaction",
        frozenset(
            (
                None,
                *b"WORK TRAN TRANSACTION DISTRIBUTED DEFERRED IMMEDIATE EXCLUSIVE CONCURRENT"
                b" ISOLATION READ NOT DEFERRABLE".split(),
            )
        ),
    ),
}
_NOUNS = frozenset(
    b"TABLE INDEX VIEW FUNCTION PROCEDURE PROC TRIGGER SEQUENCE EXTENSION "
    b"DATABASE SCHEMA TYPE RULE USER ROLE DOMAIN OPERATOR CAST "
    b"AGGREGATE EVENT LANGUAGE SERVER POLICY SYNONYM PACKAGE TABLESPACE LOGIN "
    b"COLLATION CONVERSION TRANSFORM PUBLICATION SUBSCRIPTION STATISTICS CLUSTER DIRECTORY PROFILE "
    b"ASSEMBLY CERTIFICATE QUEUE SERVICE DEFAULT SESSION SYSTEM ACCESS FOREIGN "
    b"TEXT GROUP STREAM STAGE WAREHOUSE TASK PIPE INTEGRATION MACRO ".split()
)
_PLAIN_NOUNS = _NOUNS - {b"EVENT"}  # what follows EVENT decides
_VERB_FIRST = frozenset((b"C", b"c", b"A", b"a", b"D", b"d"))
_KIND_OF = {
    (verb, noun): kind
    for verb in _DEFINITIONS
    for noun in _NOUNS
    if (kind := f"{verb.decode()}_{noun.decode()}".lower()) in KINDS
}
_KIND_NOUNS = {b"PROC": b"PROCEDURE", b"AGGREGATE": b"FUNCTION"}


def _word_of(words: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w@#$.])(?i:" + words + rb")(?![\w@#$.])")


# ALTER with a whole body is a definition anew, as CREATE OR ALTER is; without, it changes an owner
# or a name.
_WHOLE = {
    b"PROCEDURE": _word_of(b"AS|IS"),
    b"FUNCTION": _word_of(b"AS|IS|RETURNS"),
    b"TRIGGER": _word_of(b"AS"),
    b"VIEW": _word_of(b"AS"),
    b"EVENT": _word_of(b"DO"),
    b"PACKAGE": _word_of(b"AS|IS"),
}
# Teradata's way to write CREATE OR REPLACE; anything else is MySQL's INSERT.
_REPLACED = re.compile(
    rb"(?i:REPLACE\s++(?:(?:RECURSIVE\s++)?VIEW|PROCEDURE|FUNCTION|TRIGGER|MACRO)\b)"
)
_TABLE = re.compile(rb"(?i:\s++TABLE\b)")
_NOT_ATOMIC = re.compile(rb"(?i:BEGIN\s++NOT\s++ATOMIC\b)")  # MariaDB's block
_TABLE_FUNCTION = re.compile(rb"(?i:\s++FUNCTION\s++(?!AS\b|LIKE\b|USING\b|CLONE\b)[\w`\"\[])")
_QUERY_IN_PARENTHESES = re.compile(rb"\)\s*+(?:\(\s*+|(?!))++(?i:SELECT|VALUES|TABLE|FROM)\b")
_WORDS = re.compile(rb"[A-Za-z_]+")
_SOON = re.compile(rb"\s++(?:(?i:OR\s++REPLACE)\s++)?([A-Za-z_]++)")
_SIGNIFICANT = re.compile(rb"[A-Za-z_]+|;")
# MySQL executes /*! … */: that is no comment. An account after DEFINER is no noun.
_COMMENT = re.compile(as_bytes(plain_comments()))
_DEFINER = re.compile(rb"(?i:\bDEFINER)" + as_bytes(definer()))
_HEAD = 400
_SCAN = 65536
_QUOTED = as_bytes(any_quoted()) + rb"|[()]"
_OUTSIDE = re.compile(
    _QUOTED + rb"|(?<![\w.])(?i:SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE|FROM)\b"
)
_WORDS_OUTSIDE = re.compile(_QUOTED + b"|" + as_bytes(BRACKETED) + rb"|[\w@#$.]++")


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
    if first == b"REPLACE" and _REPLACED.match(statement, found.start()):
        return _definition_by_words(b"CREATE", statement)
    if first == b"WITH":
        return _main_verb(statement)
    if first == b"DO":
        return "do"
    if first == b"BEGIN" and _NOT_ATOMIC.match(statement, found.start()):
        return OTHER
    if first in _SECOND_WORD:
        kind, wanted = _SECOND_WORD[first]
        return kind if _following(statement, found.end()) in wanted else OTHER
    return _BY_FIRST_WORD.get(first, OTHER)


def _following(statement: bytes, start: int) -> bytes | None:
    """The next word behind comments; None where the statement ends before one."""
    rest = _COMMENT.sub(b" ", statement[start : start + _HEAD])
    found = _SIGNIFICANT.search(rest)
    return found[0].upper() if found and found[0] != b";" else None


def _definition(verb: bytes, statement: bytes) -> str:
    soon = _SOON.match(statement, len(verb), _HEAD) if statement[:1] in _VERB_FIRST else None
    if soon and (noun := soon[1].upper()) in _PLAIN_NOUNS:
        if noun == b"FOREIGN" and _TABLE.match(statement, soon.end()):
            noun = b"TABLE"
        if noun == b"TABLE" and _TABLE_FUNCTION.match(statement, soon.end()):
            noun = b"FUNCTION"  # BigQuery's, whose result is a table
        return _kind_of_noun(verb, _KIND_NOUNS.get(noun, noun), statement)
    return _definition_by_words(verb, statement)


def _definition_by_words(verb: bytes, statement: bytes) -> str:
    """Whatever stands between the verb and the noun."""
    head = statement[:_HEAD]
    if b"--" in head or b"/*" in head:
        head = _COMMENT.sub(b" ", head)
    if b"DEFINER" in head or b"definer" in head:
        head = _DEFINER.sub(b" ", head)
    words = islice(_WORDS.finditer(head), 1, 16)
    for found in words:
        noun = found[0].upper()
        if noun == b"EVENT":
            following = _WORDS.match(head, found.end() + 1)
            if following and following[0].upper() == b"TRIGGER":
                noun = b"TRIGGER"  # PostgreSQL's event triggers
            elif following and following[0].upper() in (b"SESSION", b"NOTIFICATION"):
                return OTHER  # SQL Server's own events
        if noun in _NOUNS:
            return _kind_of_noun(verb, _KIND_NOUNS.get(noun, noun), statement)
    return OTHER


def _kind_of_noun(verb: bytes, noun: bytes, statement: bytes) -> str:
    if verb == b"ALTER" and noun in _WHOLE:
        verb = b"CREATE" if _has_outside(_WHOLE[noun], statement) else verb
    return _KIND_OF.get((verb, noun), OTHER)


def _has_outside(word: re.Pattern[bytes], statement: bytes) -> bool:
    """Whether such a word stands outside of literals, comments and parentheses."""
    if not word.search(statement, 0, _SCAN):
        return False
    depth = 0
    for token in _WORDS_OUTSIDE.finditer(statement, 0, _SCAN):
        text = token.group()
        depth += (text == b"(") - (text == b")")
        if not depth and word.fullmatch(text):
            return True
    return False


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
    return "select" if _QUERY_IN_PARENTHESES.search(statement, 4, _SCAN) else OTHER
