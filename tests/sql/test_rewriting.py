"""Statements that tree-sitter reads when they are spelled as it knows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS, kind_of
from apps.sql.parsing.parsers import Reader, parse, reads_with_tree_sitter
from apps.sql.parsing.rewriting import rewritten


@pytest.mark.parametrize(
    ("statement", "dialect"),
    [
        ("CREATE TABLE t (a INT DEFAULT 0 NOT NULL, b TEXT DEFAULT 'it''s' NOT NULL)", Dialect.POSTGRES),
        ("CREATE TABLE t (a timestamp DEFAULT now() NOT NULL)", Dialect.POSTGRES),
        ("CREATE TABLE t (a INT NOT NULL REFERENCES u (b) ON DELETE CASCADE ON UPDATE SET NULL)", Dialect.POSTGRES),
        ("CREATE TABLE t (a INT, CONSTRAINT c FOREIGN KEY (a) REFERENCES u (b))", Dialect.SQLITE),
        ("CREATE TABLE `t` (`a` varchar(9) COLLATE utf8_bin, KEY `k` (`a`(5))) ENGINE=InnoDB AUTO_INCREMENT=5", Dialect.MYSQL),
        ("CREATE TABLE [dbo].[t] ([a] [int] IDENTITY (1, 1) NOT NULL, [b] [varchar] (64)) ON [PRIMARY]", Dialect.TSQL),
        ("CREATE UNIQUE INDEX [i] ON [dbo].[t]([a],[b]) ON [PRIMARY]", Dialect.TSQL),
        ("DELETE FROM [dbo].[t]", Dialect.TSQL),
        ("SELECT DISTINCT TOP (5) PERCENT [a] FROM [t] WITH (NOLOCK) WHERE [b] = 1", Dialect.TSQL),
        ("ALTER TABLE t ADD UNIQUE INDEX i (a, b), DROP KEY j", Dialect.MYSQL),
        ("INSERT OR IGNORE INTO t (a) SELECT b FROM c", Dialect.SQLITE),
        ("SELECT (f(a)).b, (g(c)).* FROM t", Dialect.POSTGRES),
        ('UPDATE t SET a = (b).c, d = x::s.oid[], e = y::"mood"::text[2][3]', Dialect.POSTGRES),
        ("SELECT 1 FROM (a JOIN b ON (a.x = b.x)) LEFT JOIN (s.c d JOIN e ON d.y = e.y) ON a.z = e.z", Dialect.POSTGRES),
        ("SELECT 1 FROM t, ((a AS p INNER JOIN `b` q ON p.x = q.x) LEFT OUTER JOIN c ON c.y = q.y)", Dialect.MYSQL),
        ("DELETE FROM t WHERE a IN (SELECT b FROM (c NATURAL JOIN d))", Dialect.SQLITE),
        ("CREATE OR REPLACE VIEW s.v WITH (security_barrier = true, check_option) AS SELECT a FROM b", Dialect.POSTGRES),
        ("CREATE MATERIALIZED VIEW v WITH (fillfactor = 70) AS SELECT (f(a)).b FROM c", Dialect.POSTGRES),
    ],
)  # fmt: skip
def test_it_is_read_in_other_words_only(statement: str, dialect: Dialect) -> None:
    raw = statement.encode()
    assert not reads_with_tree_sitter(raw)
    assert parse(raw, kind_of(raw), dialect) is Reader.REWRITTEN


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (a INT DEFAULT NOT NULL",
        "CREATE TABLE t (a INT DEFAULT 0 NOT NULL,, b INT)",
        "CREATE TABLE t (a INT CONSTRAINT c FOREIGN (a) REFERENCES)",
        "ALTER TABLE t ADD INDEX (a",
        "INSERT OR IGNORE INTO VALUES t",
        "CREATE TABLE [t] ([a] [int] IDENTITY (1, 1) NOT) ON [PRIMARY]",
        "SELECT a FROM (b JOIN",
        "SELECT a FROM (b LEFT JOIN c ON) d",
        "SELECT a FROM ((b JOIN c ON b.x = c.x)",
        "SELECT a FROM t WHERE b IN (c JOIN d ON c.x = d.x)",
        "SELECT (f(a)). FROM t",
        "SELECT a::[] FROM t",
        "CREATE VIEW v WITH (a AS SELECT 1",
        "CREATE VIEW v WITH (a) AS SELECT (f(b)).c FROM t WHERE",
    ],
)
@pytest.mark.parametrize("dialect", list(Dialect), ids=lambda dialect: dialect.name)
def test_other_words_make_nothing_readable_that_is_broken(statement: str, dialect: Dialect) -> None:
    raw = statement.encode()
    assert parse(raw, kind_of(raw), dialect) is not Reader.REWRITTEN


def test_brackets_are_names_in_transact_sql_only() -> None:
    statement = b"SELECT a[1] FROM t"
    assert rewritten(statement, "select", Dialect.POSTGRES) is statement


@given(st.binary(max_size=400), st.sampled_from(KINDS), st.sampled_from(Dialect))
def test_any_bytes_can_be_rewritten(statement: bytes, kind: str, dialect: Dialect) -> None:
    queries = 14 * statement.count(b"(")
    assert len(rewritten(statement, kind, dialect)) <= 2 * len(statement) + 20 + queries
