"""Filters that look at one statement. Each has a name, a reason code and parameters.

None keeps state. All take the same arguments, whether they look at all of them or not.
"""
# ruff: noqa: ARG002

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from apps.sql import lexical
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS
from apps.sql.tokens import comments

_UNKNOWN = Dialect.UNKNOWN


class Filter(Protocol):
    """`rejects(statement, kind, dialect)` says whether a statement (UTF-8) is dropped, for
    `reason`.
    """

    @property
    def name(self) -> str: ...

    @property
    def reason(self) -> str: ...

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool: ...


@dataclass(frozen=True, slots=True)
class TooShort:
    """Fewer bytes or words than say anything."""

    characters: int = 12
    words: int = 3
    name: str = "too short"
    reason: str = "too_short"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        if len(statement) < self.characters:
            return True
        return len(statement) < 200 and len(statement.split(None, self.words)) < self.words


@dataclass(frozen=True, slots=True)
class TooLong:
    """More bytes than a run's prompt has room for: some 4,000 tokens beside its examples."""

    bytes_: int = 16_000
    name: str = "too long"
    reason: str = "too_long"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        return len(statement) > self.bytes_


@dataclass(frozen=True, slots=True)
class WantedKinds:
    """Kinds that are seeds; everything else (GRANT, USE, EXPLAIN, …) is not."""

    kinds: frozenset[str] = frozenset(KINDS)
    name: str = "kind"
    reason: str = "kind_not_wanted"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        return kind not in self.kinds


_EXECUTED = lexical.as_bytes(lexical.EXECUTED)
_NOISE = re.compile(
    _EXECUTED + rb"|(?i:SET\s+(?:@|SESSION\s+|GLOBAL\s+|LOCAL\s+)?(?:@@)?(?:OLD_\w+|SAVED_\w+"
    rb"|character_set_\w+|NAMES\b|SQL_MODE\b"
    rb"|TIME_ZONE\b|FOREIGN_KEY_CHECKS|UNIQUE_CHECKS|SQL_NOTES|AUTOCOMMIT|statement_timeout|lock_timeout"
    rb"|idle_in_transaction_session_timeout|client_encoding|standard_conforming_strings|check_function_bodies"
    rb"|client_min_messages|xmloption|row_security|default_tablespace|default_with_oids|default_table_access_method"
    rb"|search_path|transaction_timeout|ANSI_NULLS|QUOTED_IDENTIFIER|ANSI_PADDING|NOCOUNT|ANSI_WARNINGS|ARITHABORT"
    rb"|NUMERIC_ROUNDABORT|CONCAT_NULL_YIELDS_NULL|XACT_ABORT|IDENTITY_INSERT|DEFINE|SERVEROUTPUT))"
    rb"|(?i:SELECT\s+pg_catalog\.(?:setval|set_config)\s*\()|(?i:ALTER\s+TABLE\s+\S+\s+(?:OWNER\s+TO|(?:EN|DIS)ABLE\s+KEYS))"
    rb"|(?i:ALTER\s+DATABASE\s+\S+\s+SET\b)|(?i:SELECT\s+@OLD_)"
)

# What mysqldump wraps as a whole: /*!50003 CREATE*/ /*!50017 DEFINER=…*/ /*!50003 TRIGGER … */.
# CREATE TABLE or VIEW in one wrapper are stand-ins for a view that comes later.
_WRAPPED = re.compile(_EXECUTED + rb"\s*(?i:CREATE)\b(?!\s+(?i:TABLE|VIEW)\b)")
_WRAPPED_KINDS = frozenset(
    ("create_trigger", "create_view", "create_procedure", "create_function", "create_event")
)
_NOISE_FIRST = (b"/", b"s", b"S", b"a", b"A")


@dataclass(frozen=True, slots=True)
class DumpNoise:
    """What dump programs write around the data: SET @OLD_…, /*!40101 …*/, session settings; not
    the triggers, views and routines that mysqldump writes in such comments.
    """

    name: str = "dump noise"
    reason: str = "dump_noise"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        if statement[:1] not in _NOISE_FIRST or not _NOISE.match(statement):
            return False
        return kind not in _WRAPPED_KINDS or not _WRAPPED.match(statement)


_CONTROL = re.compile(
    rb"(?i:(?:BEGIN|COMMIT|ROLLBACK|END|ABORT|START|SAVEPOINT|RELEASE)\b[^;]{0,80})\Z"
)


@dataclass(frozen=True, slots=True)
class TransactionControl:
    """A lone BEGIN or COMMIT; the transaction they enclose is a seed of its own."""

    name: str = "transaction control"
    reason: str = "transaction_control"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        return kind == "transaction" and _CONTROL.match(statement) is not None


UNDONE_WITHIN = 400  # bytes
_UNDONE = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|@todo\b")


@dataclass(frozen=True, slots=True)
class Undone:
    """Statements whose author says in a comment of theirs that they are not finished: above them
    or at their beginning. A note far inside a routine is about a part of it.
    """

    name: str = "todo or fixme"
    reason: str = "todo"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        may_be = (
            b"TODO" in statement
            or b"FIXME" in statement
            or b"XXX" in statement
            or b"HACK" in statement
            or b"@todo" in statement
        )
        if not may_be:
            return False
        head = statement[:UNDONE_WITHIN].decode(errors="replace")
        return any(map(_UNDONE.search, comments(head, dialect)))


_BY_SYMBOL = re.compile(rb"(?i:\bLANGUAGE\s+'?(?:C|INTERNAL)\b)")


@dataclass(frozen=True, slots=True)
class CFunction:
    """CREATE FUNCTION … LANGUAGE C: its body is the name of a symbol in a library, no SQL."""

    name: str = "C function"
    reason: str = "c_function"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        return kind == "create_function" and _BY_SYMBOL.search(statement) is not None


_DATA_ONLY = re.compile(
    rb"(?i:INSERT\s+(?:IGNORE\s+)?(?:INTO\s+)?\S+\s+VALUES\s*\()\s*[-\d\s,.()NULnul']*+\Z"
)


@dataclass(frozen=True, slots=True)
class DataRows:
    """INSERTs of nothing but numbers into unnamed columns: data, from which no instruction can
    be read.
    """

    name: str = "data rows only"
    reason: str = "data_rows"

    def rejects(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> bool:
        return kind == "insert" and _DATA_ONLY.match(statement) is not None


_OWN = {"transaction": "control", "insert": "data", "create_function": "c_function"}


@dataclass(frozen=True, slots=True)
class FilterSet:
    """The filters of one gathering, in the order in which they are asked (cheap and frequent
    ones first).
    """

    kinds: WantedKinds = field(default_factory=WantedKinds)
    noise: DumpNoise = field(default_factory=DumpNoise)
    control: TransactionControl = field(default_factory=TransactionControl)
    short: TooShort = field(default_factory=TooShort)
    data: DataRows = field(default_factory=DataRows)
    long: TooLong = field(default_factory=TooLong)
    undone: Undone = field(default_factory=Undone)
    c_function: CFunction = field(default_factory=CFunction)

    def reason(self, statement: bytes, kind: str, dialect: Dialect = _UNKNOWN) -> str:
        """The reason of the first filter that rejects, "" when all let it pass."""
        if self.noise.rejects(statement, kind):
            return self.noise.reason
        if self.kinds.rejects(statement, kind):
            return self.kinds.reason
        own = _OWN.get(kind)  # asked of its kind only
        for check in (getattr(self, own), *self._any()) if own else self._any():
            if check.rejects(statement, kind, dialect):
                return str(check.reason)
        return ""

    def _any(self) -> tuple[Filter, ...]:
        return self.short, self.long, self.undone
