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
    assert len(rewritten(statement, kind, dialect)) <= 2 * len(statement) + 20
