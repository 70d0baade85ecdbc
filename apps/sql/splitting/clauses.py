"""T-SQL: does a word begin a statement, or does the one before it go on with it?

T-SQL needs no delimiter. Nearly all words that begin a statement are reserved, so that a statement
ends where one of them stands outside of parentheses, unless it is one of the clauses told here.
"""

from __future__ import annotations

from dataclasses import dataclass

# Reserved words that begin a statement wherever they stand, but for the clauses below.
_ALWAYS = (
    b"SELECT INSERT UPDATE DELETE MERGE CREATE ALTER DROP DECLARE SET EXEC EXECUTE PRINT RAISERROR"
    b" RETURN IF WHILE BEGIN COMMIT ROLLBACK USE GRANT DENY REVOKE OPEN FETCH CLOSE DEALLOCATE"
    b" BACKUP RESTORE DBCC KILL CHECKPOINT RECONFIGURE WAITFOR GOTO BREAK CONTINUE UPDATETEXT"
    b" WRITETEXT READTEXT SHUTDOWN SETUSER REVERT"
)
# Words that begin a statement when one of these follows.
_WITH_NEXT = {
    b"TRUNCATE": frozenset((b"TABLE",)),
    b"BULK": frozenset((b"INSERT",)),
    b"SAVE": frozenset((b"TRAN", b"TRANSACTION")),
    b"ENABLE": frozenset((b"TRIGGER",)),
    b"DISABLE": frozenset((b"TRIGGER",)),
    b"END": frozenset((b"CONVERSATION",)),
    b"SEND": frozenset((b"ON",)),
    b"ADD": frozenset((b"SIGNATURE",)),
}
STARTERS = frozenset(_ALWAYS.split()) | frozenset(_WITH_NEXT) | {b"THROW"}
VERBS = frozenset((b"SELECT", b"INSERT", b"UPDATE", b"DELETE", b"MERGE"))
_GOES_ON = frozenset(
    b", = . + ( AND OR NOT UNION EXCEPT INTERSECT AS FOR THEN WITH AFTER BEFORE OF INTO FROM"
    b" JOIN".split()
)
_PERMISSIONS = frozenset((b"GRANT", b"DENY", b"REVOKE"))
_JOINS = frozenset((b"INNER", b"LEFT", b"RIGHT", b"FULL", b"OUTER"))
_NOUNS = frozenset(
    b"TABLE VIEW PROCEDURE PROC FUNCTION TRIGGER INDEX COLUMN CONSTRAINT DATABASE SCHEMA TYPE USER"
    b" ROLE SEQUENCE SYNONYM DEFAULT RULE ASSEMBLY AGGREGATE STATISTICS LOGIN TABLES".split()
)
_PARTS = frozenset(
    b"COLUMN CONSTRAINT MEMBER TARGET MASKED PERSISTED ROWGUIDCOL SPARSE HIDDEN NOT PERIOD FILTER"
    b" BLOCK (".split()
)
_ACTIONS = frozenset(
    b"ADD DROP ALTER SET ENABLE DISABLE WITH CHECK NOCHECK REBUILD REORGANIZE SWITCH MODIFY SPLIT"
    b" MERGE TO TRANSFER RESTART START STATE OWNER".split()
)
_REFERENTIAL = frozenset((b"CASCADE", b"NO", b"SET", b"RESTRICT"))
_ROW_SOURCES = frozenset((b"SELECT", b"EXEC", b"EXECUTE"))


@dataclass(slots=True)
class Clauses:
    """What one simple statement still waits for; fed with its words outside of parentheses."""

    head: bytes = b""
    needs_rows: bool = False  # INSERT before its VALUES or SELECT
    needs_verb: bool = False  # WITH before the statement that it belongs to
    needs_set: bool = False  # UPDATE before its SET
    acted: bool = False  # ALTER behind what it does
    granted: bool = False  # GRANT behind its permissions
    unites: bool = False  # behind UNION ALL
    schema: bool = False  # CREATE SCHEMA takes definitions without a delimiter

    def feed(self, word: bytes, before: bytes, after: bytes) -> None:
        """Take a word of the statement; `before` and `after` are its neighbours."""
        if not self.head:
            self.head = word
            self.schema = word == b"CREATE" and after == b"SCHEMA"
            self.needs_verb = word == b"WITH"
        elif word == b"WITH" and before in (b"AS", b"FOR"):
            self.needs_verb = True
        elif self.head == b"ALTER" and word in _ACTIONS:
            self.acted = True
        elif word in (b"TO", b"FROM", b"ON"):
            self.granted = True
        self.unites = word == b"ALL" and before == b"UNION"
        self._feed_verb(word, before, after)

    def _feed_verb(self, word: bytes, before: bytes, after: bytes) -> None:
        if word in VERBS and (not before or self.needs_verb):
            self.needs_verb = False
            self.needs_rows = word == b"INSERT"
            self.needs_set = word == b"UPDATE" and after != b"STATISTICS"
        elif word == b"SET":
            self.needs_set = False
        elif word in _ROW_SOURCES or word == b"VALUES" or (word == b"(" and after == b"SELECT"):
            self.needs_rows = False

    def ends_before(self, word: bytes, before: bytes, after: bytes) -> bool:
        """Whether `word`, one of STARTERS, begins a new statement."""
        if self.unites or before in _GOES_ON or (self.head in _PERMISSIONS and not self.granted):
            return False
        if word in _WITH_NEXT and after not in _WITH_NEXT[word]:
            return False
        if self.head == b"ALTER" and not self.acted and word in _ACTIONS:
            return False
        return not (
            self._is_verb_of_this(word, before, after) or self._is_clause(word, before, after)
        )

    def _is_verb_of_this(self, word: bytes, before: bytes, after: bytes) -> bool:
        if word in VERBS and self.needs_verb:
            return True
        if word in _ROW_SOURCES:
            return self.needs_rows
        if word == b"INSERT":
            return before == b"BULK"
        if word in (b"UPDATE", b"DELETE"):
            return before == b"ON" and after in _REFERENTIAL
        if word == b"MERGE":
            return before in _JOINS or after in (b"RANGE", b"JOIN", b"UNION")
        if word == b"SET":
            return self.needs_set or before in (b"UPDATE", b"DELETE")
        return False

    def _is_clause(self, word: bytes, before: bytes, after: bytes) -> bool:
        if word == b"IF":
            return after == b"EXISTS" and before in _NOUNS
        if word in (b"DROP", b"ALTER"):
            return after in _PARTS
        if word in (b"CREATE", b"GRANT", b"DENY", b"REVOKE"):
            return self.schema or before == b"REVOKE"
        if word == b"FETCH":
            return before in (b"ROW", b"ROWS")
        if word == b"THROW":
            return not (after[:1] in (b"", b";", b"@") or after[:1].isdigit() or after == b"END")
        return False
