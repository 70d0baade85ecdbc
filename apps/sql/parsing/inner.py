"""The SQL within a routine: how far it reaches, and what others can read of it."""

from __future__ import annotations

from apps.sql.dialects import Dialect
from apps.sql.kinds import OTHER, kind_of
from apps.sql.parsing.grammar import MISS, Reading
from apps.sql.parsing.words import MARK, NAME, TEXT, WORD, Words

QUERY_WORDS = frozenset((b"SELECT", b"WITH", b"VALUES", b"TABLE", b"FROM"))
VERBS = QUERY_WORDS | frozenset(
    b"INSERT UPDATE DELETE MERGE REPLACE CREATE ALTER DROP TRUNCATE GRANT REVOKE LOCK UNLOCK"
    b" ANALYZE ANALYSE VACUUM REINDEX CLUSTER COPY NOTIFY LISTEN UNLISTEN SET RESET COMMENT"
    b" REFRESH CALL DO EXPLAIN SHOW DISCARD IMPORT SECURITY OPTIMIZE FLUSH KILL RENAME USE LOAD"
    b" HANDLER CHECKSUM DENY BULK DBCC KILL BACKUP RESTORE ENABLE DISABLE".split()
)
# Statements of a word and its objects, which nobody has a grammar for.
COMMANDS = VERBS - QUERY_WORDS - frozenset((b"INSERT", b"UPDATE", b"DELETE", b"MERGE", b"REPLACE"))
QUERIES = ("select_statement",)
_CHANGES = ("insert_statement", "update_statement", "delete_statement", "merge_statement")
# Which rules of the grammar can read a statement that begins with this word.
BY_RULE: dict[bytes, tuple[str, ...]] = {
    b"SELECT": QUERIES,
    b"VALUES": QUERIES,
    b"TABLE": QUERIES,
    b"WITH": (*QUERIES, *_CHANGES),
    b"INSERT": ("insert_statement",),
    b"REPLACE": ("insert_statement",),
    b"UPDATE": ("update_statement",),
    b"DELETE": ("delete_statement",),
    b"MERGE": ("merge_statement",),
}
MOST_ASKED = 512 * 1024  # bytes of one statement's inside that others are asked about, in all
_TRUE = b"1 = 1"
# T-SQL: what begins a statement when nothing before it goes on with it.
TSQL_STARTS = frozenset(
    b"SELECT INSERT UPDATE DELETE MERGE WITH DECLARE SET IF WHILE BEGIN RETURN PRINT RAISERROR"
    b" THROW EXEC EXECUTE OPEN FETCH CLOSE DEALLOCATE BREAK CONTINUE GOTO TRUNCATE WAITFOR"
    b" COMMIT ROLLBACK SAVE CREATE ALTER DROP GRANT REVOKE DENY USE END ELSE".split()
)
_GOES_ON = frozenset(
    b"AS FROM JOIN ON AND OR NOT IN SELECT WHERE BY THEN WHEN INTO TOP DISTINCT UNION ALL"
    b" EXCEPT INTERSECT FOR OF LIKE BETWEEN APPLY HAVING CASE EXISTS OUTPUT CREATE ALTER DROP"
    b" TABLE PERCENT ROWS ROW OFFSET".split()
)
_CONTINUED_BY: dict[bytes, frozenset[bytes]] = {
    b"INSERT": frozenset((b"SELECT", b"EXEC", b"EXECUTE", b"WITH")),
    b"UPDATE": frozenset((b"SET",)),
    b"WITH": frozenset((b"SELECT", b"INSERT", b"UPDATE", b"DELETE", b"MERGE")),
    b"CREATE": frozenset((b"SELECT", b"WITH")),
    b"GRANT": frozenset(TSQL_STARTS),
    b"ALTER": frozenset((b"SET",)),
}


def extent(reading: Reading, at: int, stops: frozenset[bytes]) -> int:
    """The first word from `at` on that is one of `stops` outside of all parentheses, or the end."""
    words = reading.words
    depth = 0
    for number in range(at, len(words)):
        reading.step()
        spelt = words.spelt[number]
        if words.kinds[number] == MARK:
            depth += (spelt == b"(") - (spelt == b")")
            if depth < 0:
                return number
        if not depth and spelt in stops and words.kinds[number] in (MARK, WORD):
            return number
    return len(words)


def statement(reading: Reading, at: int, end: int) -> int:
    """`end` when the words from `at` up to it are one statement that somebody can read."""
    words = reading.words
    if at >= end or words.kinds[at] not in (WORD, MARK):
        return MISS
    first = words.spelt[at]
    if first not in VERBS and first != b"(":
        return MISS
    text = plain(reading, at, end)
    kind = kind_of(text)
    if kind == OTHER or (first in COMMANDS and kind in ("do", "set")):
        is_command = first in COMMANDS and end - at > 1
        return end if is_command and _is_command(reading, at, end) else MISS
    reading.asked += len(text)
    if reading.asked > MOST_ASKED:
        return MISS
    return end if reading.reads(text, kind, words.dialect) else MISS


def _is_command(reading: Reading, at: int, end: int) -> bool:
    """Words, names, literals and balanced parentheses; no two marks that cannot stand together."""
    words = reading.words
    depth = 0
    for number in range(at, end):
        if words.kinds[number] == MARK:
            depth += (words.spelt[number] == b"(") - (words.spelt[number] == b")")
            if depth < 0 or words.spelt[number] == b";":
                return False
    return depth == 0 and words.spelt[end - 1] not in (b",", b".", b"=")


def plain(reading: Reading, at: int, end: int) -> bytes:
    """The text of a statement as it would stand outside of a routine: without the variables that
    it fills, the colons of bind variables and the cursor that it stands at.
    """
    words = reading.words
    pieces: list[bytes] = []
    start, number = words.starts[at], at
    can_fill = words.spelt[at] in QUERY_WORDS or words.spelt[at] in (
        b"INSERT",
        b"UPDATE",
        b"DELETE",
    )
    while number < end:
        spelt, kind = words.spelt[number], words.kinds[number]
        behind, instead = number, b""
        if kind == WORD and spelt == b"INTO" and can_fill and number > at + 1:
            behind = _targets_end(reading, number, end)
        elif kind == WORD and spelt[:1] == b":":
            behind, instead = number + 1, words.text[words.starts[number] + 1 : words.ends[number]]
        elif spelt == b"CURRENT" and number + 2 < end and words.spelt[number + 1] == b"OF":
            behind, instead = number + 3, _TRUE
        if behind > number:
            pieces += [words.text[start : words.starts[number]], instead]
            start = words.ends[behind - 1]
            number = behind
        else:
            number += 1
    return b"".join(pieces) + words.text[start : words.ends[end - 1]]


def _targets_end(reading: Reading, into: int, end: int) -> int:
    """Behind `INTO STRICT a, b.c`; `into` itself where a table stands there."""
    words = reading.words
    if words.dialect is Dialect.TSQL or words.spelt[into - 1] in (
        b"INSERT",
        b"IGNORE",
        b"MERGE",
        b"REPLACE",
    ):
        return into
    number = into + 1
    if number < end and words.spelt[number] == b"STRICT":
        number += 1
    while number < end and words.kinds[number] in (WORD, NAME):
        number += 1
        while number + 1 < end and words.spelt[number] == b".":
            number += 2
        if number < end and words.spelt[number] in (b"(", b"["):
            number = 1 + extent(reading, number + 1, frozenset((b"]",)))
        if number >= end or words.spelt[number] != b",":
            break
        number += 1
    return min(number, end)


def tsql_extent(reading: Reading, at: int) -> int:
    """Where a T-SQL statement that begins at `at` ends: at a mark, the end of a block, or a word
    that begins a statement and cannot go on with this one.
    """
    words = reading.words
    allowed = set(_CONTINUED_BY.get(words.spelt[at], ()))
    depth = cases = 0
    for number in range(at + 1, len(words)):
        reading.step()
        spelt = words.spelt[number]
        if words.kinds[number] == MARK:
            depth += (spelt == b"(") - (spelt == b")")
            if depth < 0 or (spelt == b";" and not depth):
                return number
        elif words.kinds[number] == WORD and not depth:
            if spelt == b"CASE":
                cases += 1
            elif cases:
                cases -= spelt == b"END"
            elif spelt in TSQL_STARTS and _begins(reading, number, allowed):
                return number
    return len(words)


def _begins(reading: Reading, number: int, allowed: set[bytes]) -> bool:
    words = reading.words
    spelt, before = words.spelt[number], words.spelt[number - 1]
    if spelt in (b"END", b"ELSE"):
        return True
    if spelt in allowed:
        allowed.discard(spelt)
        if spelt in (b"INSERT", b"UPDATE"):  # behind WITH … AS (…)
            allowed |= _CONTINUED_BY[spelt]
        return False
    if words.kinds[number - 1] == WORD and before in _GOES_ON:
        # MERGE … WHEN MATCHED THEN UPDATE SET …, … INSERT
        allowed |= {b"SET"} if spelt == b"UPDATE" else set()
        return False
    if words.kinds[number - 1] == MARK and before not in (b")", b"]", b"*"):
        return False
    if spelt == b"WITH":
        following = words.spelt[number + 1 : number + 3]
        is_name = number + 1 < len(words) and words.kinds[number + 1] in (WORD, NAME)
        return is_name and len(following) > 1 and following[1] in (b"AS", b"(")
    if spelt in (b"OPEN", b"CLOSE", b"SAVE", b"USE"):
        return (
            number + 1 < len(words)
            and words.kinds[number + 1] in (WORD, NAME)
            and before not in (b".",)
        )
    return not (spelt == b"SET" and before in (b"THEN",))


def is_text(words: Words, at: int) -> bool:
    if at >= len(words):
        return False
    if words.kinds[at] == TEXT:
        return True
    is_double = words.kinds[at] == NAME and words.spelt[at][:1] == b'"'
    return is_double and words.dialect in (Dialect.SQLITE, Dialect.UNKNOWN)
