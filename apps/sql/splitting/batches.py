"""T-SQL needs no delimiter: where a line that begins with a verb begins a statement of its own."""

from __future__ import annotations

import re

# Verbs that begin a statement when they stand first on a line, in the form in which they do; a
# bare SET,
# UPDATE or DROP may as well be a clause (UPDATE t SET, WHEN MATCHED THEN UPDATE, ALTER TABLE t
# DROP).
_OBJECT = (
    rb"(?:TABLE|VIEW|INDEX|PROC|PROCEDURE|FUNCTION|TRIGGER|DATABASE|SCHEMA|LOGIN|USER|ROLE|TYPE|SEQUENCE"
    rb"|UNIQUE|CLUSTERED|NONCLUSTERED|STATISTICS|SYNONYM)\b"
)
LINE_VERBS = (
    rb"[ \t]*+(?i:(?:CREATE|ALTER|DROP)[ \t]+" + _OBJECT + rb"|INSERT[ \t]+(?:INTO\b|[\w\[#@])"
    rb"|UPDATE[ \t]+(?!SET\b)[\w\[#@]|DELETE[ \t]+(?!CASCADE\b|SET\b)[\w\[#@]|SELECT\b|PRINT\b"
    rb"|EXEC(?:UTE)?\b|DECLARE[ \t]+@|TRUNCATE[ \t]+TABLE\b|USE[ \t]+[\w\[]|IF\b|WHILE\b"
    rb"|RAISERROR\b|MERGE\b"
    rb"|SET[ \t]+(?:@|ANSI|QUOTED|NOCOUNT|XACT|IDENTITY_INSERT|ARITHABORT|NUMERIC|CONCAT"
    rb"|TRANSACTION)"
    rb"|(?:BEGIN|COMMIT|ROLLBACK)[ \t]+TRAN|GRANT\b|DENY\b|REVOKE\b)"
)
_WHOLE = frozenset(
    (b"IF", b"WHILE", b"BEGIN", b"ELSE", b"MERGE", b"GRANT", b"DENY", b"REVOKE", b"WITH")
)
_GOES_ON = re.compile(
    rb"(?:[,=+*/<>(-]|(?i:\b(?:UNION|ALL|EXCEPT|INTERSECT|AS|FOR|IN|EXISTS|THEN|ELSE|ON|AND|OR|NOT|FROM"
    rb"|INTO|SET|BY|DO|AFTER|INSTEAD)))\s*\Z"
)
_WORD = re.compile(rb"[A-Za-z]+")
_ROWS_COME = re.compile(rb"(?i:\b(?:VALUES|SELECT|EXEC|EXECUTE|DEFAULT\s+VALUES)\b)")
_VIEW = re.compile(rb"(?i:(?:CREATE|ALTER)\s+(?:OR\s+ALTER\s+)?(?:VIEW|SCHEMA)\b)")
_ROW_SOURCES = (b"SELECT", b"EXEC", b"EXECUTE")


class LineVerbs:
    """Judges, for one statement, the verbs at the beginnings of its lines. Counts parentheses as
    it goes.
    """

    def __init__(self, content: bytes, start: int) -> None:
        self._content = content
        self._start = self._counted = start
        self._depth = 0
        head = _WORD.match(content, start)
        self._head = head.group().upper() if head else b""
        self._is_whole = self._head in _WHOLE or _VIEW.match(content, start) is not None
        self._rows_came = self._head != b"INSERT"

    def begins_statement(self, newline: int) -> bool:
        """Whether the verb on the line after `newline` begins a new statement."""
        content = self._content
        before, self._counted = self._counted, newline
        self._depth += content.count(b"(", before, newline) - content.count(b")", before, newline)
        if not self._rows_came:
            self._rows_came = _ROWS_COME.search(content, before, newline) is not None
        if self._is_whole or self._depth > 0:
            return False
        if _GOES_ON.search(content, max(self._start, newline - 16), newline):
            return False
        verb = _WORD.search(content, newline)
        takes_rows = verb is not None and verb.group().upper() in _ROW_SOURCES
        return self._rows_came or not takes_rows


def without_comments_below(content: bytes, start: int, end: int) -> int:
    """The end of `content[start:end]` without the comment lines at its end: they belong to what
    follows.
    """
    while True:
        line = content.rfind(b"\n", start, end)
        if line < 0 or not content[line:end].strip().startswith(b"--"):
            return end
        end = line
