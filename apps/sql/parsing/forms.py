"""What tree-sitter-sql and sqlglot have no rules for, read by grammars of our own: routines with
their bodies, packages, and the statements and clauses that only one server knows.

The rules stand in rules/*.peg. They are read only where the others failed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from apps.sql.dialects import Dialect
from apps.sql.kinds import kind_of
from apps.sql.parsing import inner
from apps.sql.parsing.grammar import MISS, Grammar, Match, Reading, ReadsStatement, TooMuch
from apps.sql.parsing.notation import Lead
from apps.sql.parsing.words import MARK, NAME, NUMBER, TEXT, WORD, Words, words_of

MOST_BYTES = 64 * 1024
MOST_WORDS = 12_000
_RULES = Path(__file__).parent / "rules"
_FILES = ("expressions", "queries", "tables", "objects", "routines")

RESERVED = frozenset(
    b"SELECT FROM WHERE GROUP HAVING ORDER UNION EXCEPT INTERSECT THEN ELSE ELSIF ELSEIF END"
    b" WHEN CASE AND OR NOT IN IS NULL LIKE BETWEEN AS ON USING INTO SET VALUES INSERT DELETE"
    b" UPDATE MERGE CREATE ALTER DROP BEGIN LOOP DO IF WHILE DECLARE RETURN EXISTS FOR WITH BY"
    b" DISTINCT DEFAULT PRIMARY FOREIGN REFERENCES CONSTRAINT UNIQUE CHECK TABLE REPEAT UNTIL"
    b" RAISE PERFORM EXECUTE COLLATE".split()
)  # fmt: skip
# Words that end what they stand behind: no alias without AS.
_CLAUSES = RESERVED | frozenset(
    b"LIMIT OFFSET FETCH WINDOW LEFT RIGHT INNER OUTER JOIN CROSS NATURAL FULL QUALIFY MINUS"
    b" OPTION OUTPUT PIVOT UNPIVOT TABLESAMPLE CONNECT START RETURNING OVERRIDING VALUE"
    b" STRAIGHT_JOIN APPLY LOCK PARTITION FORCE USE IGNORE INDEXED LATERAL ASOF BULK ROWS".split()
)
# Words that begin a T-SQL statement, of which no mark tells that it begins.
_TSQL_RESERVED = RESERVED | inner.TSQL_STARTS
_SIGNS = frozenset((b"+", b"-", b"~", b"!", b"@", b"|/", b"||/", b"!!", b"@-@"))
_NO_OPERATORS = frozenset(b", ; . ( ) [ ] { } : :: := .. ? \\".split())

_ROUTINES = ("pg_routine", "psm_routine", "ora_routine")
_DROP = ("drop",)
RULES: dict[str, tuple[str, ...]] = {
    "create_table": ("create_table",),
    "alter_table": ("alter_table",),
    "create_index": ("create_index",),
    "alter_index": ("alter_index",),
    "create_view": ("create_view",),
    "create_sequence": ("create_sequence",),
    "alter_sequence": ("alter_sequence",),
    "create_type": ("create_type",),
    "create_extension": ("create_extension",),
    "create_package": ("ora_package",),
    "create_event": ("psm_event",),
    "create_function": ("create_aggregate", *_ROUTINES, "ts_function"),
    "create_procedure": (*_ROUTINES, "ts_procedure"),
    "create_trigger": ("pg_trigger", "psm_trigger", "ora_trigger", "ts_trigger"),
    "drop_table": _DROP,
    "drop_index": _DROP,
    "drop_sequence": _DROP,
    "drop_view": _DROP,
    "drop_extension": _DROP,
    "do": ("pg_do",),
    "comment": ("comment",),
    "set": ("set",),
    "reset": ("reset",),
    "transaction": ("transaction",),
    "insert": ("insert_form",),
    "select": ("select_form", "ora_with"),
    "update": ("update_form",),
    "delete": ("delete_form",),
    "merge": ("merge_form",),
}


# What a view or table may say of its rows behind the query.
_ROW_RULES = [
    rule.split()
    for rule in (
        b"WITH CHECK OPTION", b"WITH CASCADED CHECK OPTION", b"WITH LOCAL CHECK OPTION",
        b"WITH READ ONLY", b"WITH DATA", b"WITH NO DATA", b"WITH NO SCHEMA BINDING",
    )
]  # fmt: skip
ROUTINES = frozenset(
    (
        "create_function",
        "create_procedure",
        "create_trigger",
        "create_package",
        "create_event",
        "do",
    )
)


def read_form(statement: bytes, kind: str, dialect: Dialect, reads: ReadsStatement) -> bool:
    """Whether a rule for this kind fits the whole statement; `reads` reads the SQL within it."""
    rules = RULES.get(kind, ())
    if not rules or len(statement) > MOST_BYTES:
        return False
    words = words_of(statement, dialect, most=MOST_WORDS)
    if not words:
        return False
    try:
        for rule in rules:
            if grammar().reads(rule, words, reads):
                return not rule.startswith("pg_") or _reads_bodies(rule, words, reads)
    except (RecursionError, TooMuch):
        return False  # nested or entangled beyond what a person would write
    return False


def _reads_bodies(rule: str, words: Words, reads: ReadsStatement) -> bool:
    """PostgreSQL keeps a routine's body as a text: whether it is one in its language."""
    language, body = _body_of(rule, words)
    if body is None or language not in ("PLPGSQL", "SQL"):
        return True
    inside = words_of(body, words.dialect, most=MOST_WORDS)
    if not inside:
        return False
    return grammar().reads("pl_body" if language == "PLPGSQL" else "sql_body", inside, reads)


def _body_of(rule: str, words: Words) -> tuple[str, bytes | None]:
    language = "PLPGSQL" if rule == "pg_do" else ""
    body = None
    for number in range(1, len(words)):
        if words.kinds[number - 1] == WORD and words.spelt[number - 1] == b"LANGUAGE":
            language = words.spelt[number].decode(errors="replace").strip("'\"").upper()
        is_behind = rule == "pg_do" or words.spelt[number - 1] == b"AS"
        if body is None and is_behind and inner.is_text(words, number):
            body = _unquoted(words.spelt[number])
    return language, body


def _unquoted(text: bytes) -> bytes:
    if text[:1] == b"$":
        tag = text[: text.index(b"$", 1) + 1]
        body = text[len(tag) : -len(tag)]
    else:
        start = text.index(b"'") + 1
        body = text[start:-1].replace(b"''", b"'")
        if text[:1] in b"eE":
            body = body.replace(b"\\'", b"'").replace(b"\\\\", b"\\").replace(b"\\n", b"\n")
    while body.lstrip().startswith(b"#"):  # #variable_conflict use_column
        body = body.lstrip().partition(b"\n")[2]
    return body


@cache
def grammar() -> Grammar:
    """All rules, read at the first use."""
    text = "\n".join((_RULES / f"{name}.peg").read_text() for name in _FILES)
    return Grammar(text, _BUILTINS, _LEADS)


def _identifier(reading: Reading, at: int) -> int:
    words = reading.words
    if at >= len(words.kinds):
        return MISS
    if words.kinds[at] == NAME:
        return at + 1
    reserved = _TSQL_RESERVED if words.dialect is Dialect.TSQL else RESERVED
    return at + 1 if words.kinds[at] == WORD and words.spelt[at] not in reserved else MISS


def _alias(reading: Reading, at: int) -> int:
    words = reading.words
    if at < len(words.kinds) and words.kinds[at] == WORD and words.spelt[at] in _CLAUSES:
        return MISS
    return _identifier(reading, at)


def _trailing_comma(reading: Reading, at: int) -> int:
    """SQL Server lets a comma stand behind the last column."""
    words = reading.words
    fits = words.dialect is Dialect.TSQL and at < len(words.kinds) and words.spelt[at] == b","
    return at + 1 if fits else MISS


def _of_kinds(*kinds: str) -> Match:
    def match(reading: Reading, at: int) -> int:
        words = reading.words
        return at + 1 if at < len(words.kinds) and words.kinds[at] in kinds else MISS

    return match


def _beginning(*starts: bytes) -> Match:
    def match(reading: Reading, at: int) -> int:
        words = reading.words
        fits = (
            at < len(words.kinds) and words.kinds[at] == WORD and words.spelt[at].startswith(starts)
        )
        return at + 1 if fits else MISS

    return match


def _text(reading: Reading, at: int) -> int:
    return at + 1 if inner.is_text(reading.words, at) else MISS


def _sign(reading: Reading, at: int) -> int:
    words = reading.words
    fits = at < len(words.kinds) and words.kinds[at] == MARK and words.spelt[at] in _SIGNS
    return at + 1 if fits else MISS


def _operator(reading: Reading, at: int) -> int:
    words = reading.words
    fits = at < len(words.kinds) and words.kinds[at] == MARK
    return at + 1 if fits and words.spelt[at] not in _NO_OPERATORS else MISS


def _end(reading: Reading, at: int) -> int:
    return at if at == len(reading.words) else MISS


def _balanced(reading: Reading, at: int) -> int:
    words = reading.words
    if at >= len(words) or words.spelt[at] != b"(":
        return MISS
    end = inner.extent(reading, at + 1, frozenset())
    return end + 1 if end < len(words) and words.spelt[end] == b")" else MISS


def _statement(reading: Reading, at: int, end: int) -> int:
    """`end` when the words from `at` up to it are one statement: by the usual way, or by a rule."""
    if inner.statement(reading, at, end) != MISS:
        return end
    words = reading.words
    first = words.spelt[at] if at < end else b""
    if first in inner.BY_RULE or first == b"(":
        rules = inner.BY_RULE.get(first, inner.QUERIES)
        return end if any(grammar().match(rule, reading, at) == end for rule in rules) else MISS
    kind = kind_of(words.between(at, end))
    if first not in inner.COMMANDS or kind not in RULES:
        return MISS
    if kind in ROUTINES:
        text = words.between(at, end)
        return end if read_form(text, kind, words.dialect, reading.reads) else MISS
    part = words.part(at, end)
    return end if any(grammar().reads(rule, part, reading.reads) for rule in RULES[kind]) else MISS


def _query(reading: Reading, at: int) -> int:
    """A query up to the parenthesis that closes what it stands in."""
    words = reading.words
    if at >= len(words) or words.spelt[at] not in inner.QUERY_WORDS or words.kinds[at] != WORD:
        return MISS
    return _statement(reading, at, inner.extent(reading, at, frozenset()))


def _up_to(*stops: bytes) -> Match:
    marks = frozenset(stops)

    def match(reading: Reading, at: int) -> int:
        if at >= len(reading.words):
            return MISS
        return _statement(reading, at, inner.extent(reading, at, marks))

    return match


def _pl_tail(reading: Reading, at: int) -> int:
    """What PL/pgSQL puts behind SELECT: an expression and whatever else a query can have."""
    words = reading.words
    end = inner.extent(reading, at, frozenset((b";", b"THEN", b"LOOP")))
    if at >= end:
        return MISS
    text = b"SELECT " + inner.plain(reading, at, end)
    return end if reading.reads(text, "select", words.dialect) else MISS


def _ts_sql(reading: Reading, at: int) -> int:
    words = reading.words
    if at >= len(words) or words.kinds[at] != WORD:
        return MISS
    return _statement(reading, at, inner.tsql_extent(reading, at))


def _rest_query(reading: Reading, at: int) -> int:
    """A query up to the end, without what a view or table may say of its rows."""
    words = reading.words
    end = len(words)
    while end > at and words.spelt[end - 1] == b";":
        end -= 1
    for tail in _ROW_RULES:
        if words.spelt[max(0, end - len(tail)) : end] == tail:
            end -= len(tail)
            break
    first = words.spelt[at] if at < end else b""
    if first not in inner.QUERY_WORDS and first != b"(":
        return MISS
    return len(words) if _statement(reading, at, end) != MISS else MISS


def _sql_body(reading: Reading, at: int) -> int:
    """The statements of a SQL function, one after the other."""
    words = reading.words
    while at < len(words):
        if words.spelt[at] == b";":
            at += 1
            continue
        at = _statement(reading, at, inner.extent(reading, at, frozenset((b";",))))
        if at == MISS:
            return MISS
    return at


_BUILTINS: dict[str, Match] = {
    "identifier": _identifier,
    "alias": _alias,
    "trailing_comma": _trailing_comma,
    "label": _of_kinds(WORD, NAME),
    "any_word": _of_kinds(WORD),
    "number": _of_kinds(NUMBER),
    "variable": _beginning(b"@"),
    "at_host": _beginning(b"@"),
    "bind": _beginning(b":"),
    "text": _text,
    "sign": _sign,
    "operator": _operator,
    "end": _end,
    "balanced": _balanced,
    "query": _query,
    "rest_query": _rest_query,
    "sql": _up_to(b";"),
    "sql_to_loop": _up_to(b"LOOP"),
    "sql_body": _sql_body,
    "pl_tail": _pl_tail,
    "ts_sql": _ts_sql,
}
# With what the built-ins begin, where that can be said.
_NAMES = Lead(kinds=frozenset((WORD, NAME)))
_WORDS = Lead(kinds=frozenset((WORD,)))
_LEADS: dict[str, Lead] = {
    "identifier": _NAMES,
    "alias": _NAMES,
    "label": _NAMES,
    "any_word": _WORDS,
    "variable": _WORDS,
    "at_host": _WORDS,
    "bind": _WORDS,
    "ts_sql": _WORDS,
    "number": Lead(kinds=frozenset((NUMBER,))),
    "text": Lead(kinds=frozenset((TEXT, NAME))),
    "operator": Lead(kinds=frozenset((MARK,))),
    "trailing_comma": Lead(frozenset((b",",))),
    "sign": Lead(_SIGNS),
    "balanced": Lead(frozenset((b"(",))),
    "query": Lead(inner.QUERY_WORDS),
}
