"""Which dialect is a file written in? A guess from its path and a sample of it, with a
confidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick

from apps.sql.dialects import Dialect

HEAD, PART = 16 * 1024, 8 * 1024
MOST_PER_MARK = 5  # a mark that is repeated says little more than one that is there

# Literals only: one automaton finds all of them in one pass. All in lower case; weights are how
# sure one occurrence makes us.
_MARKS: dict[Dialect, dict[bytes, float]] = {
    Dialect.POSTGRES: {
        b"$$": 1, b"language plpgsql": 4, b"plpgsql": 2, b"from stdin": 4, b"\n\\connect": 4,
        b"\\echo use": 4, b"bigserial": 3, b" serial ": 2, b" serial,": 2, b"::": 1, b"nextval(": 3,
        b"pg_catalog": 4, b"bytea": 3, b"create extension": 4, b"owner to ": 4,
        b"alter table only": 4,
        b" ilike ": 2, b"timestamptz": 3, b"jsonb": 3, b"without time zone": 2, b"returns setof": 4,
        b"on conflict": 1, b"standard_conforming_strings": 5, b"returns trigger": 3,
        b"bigint generated": 1,
        b"create type ": 1, b"create rule ": 3, b"begin atomic": 4, b"create aggregate": 3,
        b"create operator": 3, b"\ndo $": 4,
        b"drop function if exists": 1, b"execute procedure": 1, b"execute function": 3,
        b" regclass": 2,
        b"\\set ": 2, b"\nreset ": 1, b"using gin": 3, b"using gist": 3, b"concurrently": 2,
        b" returning ": 1,
    },
    Dialect.MYSQL: {
        b"`": 1, b"engine=": 4, b"engine =": 4, b"auto_increment": 4, b"/*!": 4, b"delimiter ": 3,
        b"unsigned": 2, b"lock tables": 3, b"set names": 3, b"default charset": 4, b"mediumtext": 3,
        b"tinyint(": 2, b"int(11)": 3, b"insert ignore": 3, b"on duplicate key": 4, b"utf8mb4": 4,
        b"replace into": 1, b"\\'s": 2, b"\\'t": 2, b" key `": 3, b"longtext": 2, b"enum(": 2,
        b"phpmyadmin": 5,
        b"mysql dump": 5, b"foreign_key_checks": 4, b"\n#": 1, b"show tables": 2,
        b"collate utf8": 2,
        b"definer=": 3, b"database(": 1, b"change column": 2, b" after `": 2, b"start slave": 3,
    },
    Dialect.SQLITE: {
        b"pragma ": 4, b"autoincrement": 4, b"sqlite_": 4, b"without rowid": 5,
        b"integer primary key": 1,
        b"\n.mode": 4, b"\n.read": 4, b"\n.headers": 4, b"\n.import": 4, b"insert or replace": 3,
        b"insert or ignore": 3, b"begin transaction;": 1, b"datetime('now')": 3,
        b"attach database": 2,
        b"strftime(": 2, b"raise(": 2, b" glob ": 1, b"virtual table": 3, b"using fts": 4,
    },
    Dialect.TSQL: {
        b"\ngo\n": 3, b"\ngo\r": 3, b"begin transaction\ngo": 3, b"[dbo]": 5, b"dbo.": 4,
        b"nvarchar": 2, b"identity(": 4, b" clustered": 3,
        b"declare @": 4, b"set @": 1, b"print '": 2, b"sp_executesql": 4, b"\nexec ": 1,
        b"getdate()": 3,
        b"nocount on": 4, b"select top": 3, b"isnull(": 1, b"quoted_identifier": 4,
        b"ansi_nulls": 4,
        b"uniqueidentifier": 3, b"sys.objects": 4, b"object_id(": 4, b"raiserror": 3, b"@@": 1,
        b" n'": 1, b"begin tran": 1, b"begin try": 4, b"nolock": 3, b"\n:setvar": 4,
        b"sysobjects": 4,
        b"], [": 2, b"varchar(max)": 4, b"newid()": 3, b"scope_identity": 3,
    },
    Dialect.ORACLE: {
        b"varchar2": 4, b"\n/\n": 2, b"\n/\r": 2, b" number(": 2, b"sysdate": 2, b" nvl(": 2,
        b"tablespace": 1,
        b"from dual": 3, b".nextval": 2, b"pls_integer": 4, b"dbms_": 4,
        b"create or replace package": 5,
        b"exception\n": 1, b"\nprompt": 4, b"\nspool": 4, b"\nwhenever sqlerror": 5,
        b"\nset define": 4,
        b"\nset serveroutput": 4, b"%type": 2, b"%rowtype": 2, b"execute immediate": 2,
        b"\nrem ": 3,
        b"to_date(": 1, b" rownum": 3, b"clob": 1, b"user_tables": 2, b"connect by": 3, b" := ": 1,
        b"pctfree": 3, b"storage (": 2, b"enable;": 1,
    },
}  # fmt: skip

_LITERALS = sorted({mark for marks in _MARKS.values() for mark in marks})
_WEIGHTS = [
    [(dialect, marks[literal]) for dialect, marks in _MARKS.items() if literal in marks]
    for literal in _LITERALS
]
_FINDER = BytesAhoCorasick(_LITERALS)

_PATH = re.compile(
    r"(?P<postgres>postgres|pgsql|plpgsql|\bpg\b|postgis|timescale|redshift)"
    r"|(?P<mysql>mysql|mariadb|innodb|phpmyadmin)"
    r"|(?P<sqlite>sqlite)"
    r"|(?P<tsql>mssql|sqlserver|sql-server|sql_server|t-?sql\b|\.tsql$)"
    r"|(?P<oracle>oracle|plsql|\bora\b|\.(?:pks|pkb|pls|plb|pck|prc)$)",
    re.IGNORECASE,
)
_PATH_WEIGHT = 5.0
_DOUBT = 3.0  # evidence that nothing speaks for: keeps one weak mark from giving a high confidence


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` is between 0 (no sign at all) and 1."""

    dialect: Dialect
    confidence: float


def guess_dialect(content: bytes, *, path: str = "") -> Guess:
    """Weigh the marks of each dialect in at most 32 KB of `content` and in `path`.

    The confidence is the winner's share of all evidence, with a constant of doubt added.
    """
    found = _FINDER.find_matches_as_indexes(_sample(content).lower(), overlapping=True)
    times = [0] * len(_LITERALS)
    scores = dict.fromkeys(_MARKS, 0.0)
    for number, _, _ in found:
        times[number] += 1
        if times[number] <= MOST_PER_MARK:
            for dialect, weight in _WEIGHTS[number]:
                scores[dialect] += weight
    folder, slash, name = path.rpartition("/")
    for dialect in _hints(folder + slash) + _hints(name):
        scores[dialect] += _PATH_WEIGHT
    best = max(scores, key=lambda dialect: scores[dialect])
    if not scores[best]:
        return Guess(Dialect.UNKNOWN, 0.0)
    return Guess(best, round(scores[best] / (sum(scores.values()) + _DOUBT), 3))


@lru_cache(maxsize=4096)
def _hints(path: str) -> tuple[Dialect, ...]:
    """The dialects that a folder or a file's name speaks of; neighbours share their folder."""
    return tuple(Dialect(hint.lastgroup or "") for hint in _PATH.finditer(path))


def _sample(content: bytes) -> bytes:
    if len(content) <= HEAD + 2 * PART:
        return b"\n" + content
    middle = len(content) // 2
    return b"\n".join((b"", content[:HEAD], content[middle : middle + PART], content[-PART:]))
