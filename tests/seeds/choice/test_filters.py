"""Filters, secrets, trimming, duplicates and floods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.seeds.choice.duplicates import jaccard, minhash_bands
from apps.seeds.choice.filters import FilterSet, Undone
from apps.seeds.choice.flood import KindQuota, TemplateCounter, quotas
from apps.seeds.choice.rows import trim_rows
from apps.seeds.choice.secrets import MASK, REJECT, SecretPolicy, clean_secrets
from apps.sql.dialects import Dialect
from apps.sql.kinds import kind_of
from apps.sql.normalise import normalise

KEY = "AKIA" + "QWERTYUIOPASDFGH"
BANDS_OF_SELECT = (2004626910116160290, -612957941314445867)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("WITH a AS (SELECT 1) SELECT * FROM a", "select"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "insert"),
        ("with recursive a(n) as (select 1 union select 2), b as (delete from x) update t set a = 1", "update"),
        ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "merge"),
        ("REPLACE INTO t VALUES (1)", "insert"),
        ("CREATE GLOBAL TEMPORARY TABLE t (a int)", "create_table"),
        ("CREATE UNIQUE CLUSTERED INDEX i ON t (a)", "create_index"),
        ("CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT 1", "create_view"),
        ("CREATE DEFINER=`user`@`host` PROCEDURE p() SELECT 1", "create_procedure"),
        ("CREATE DEFINER = 'role'@'%' TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1", "create_trigger"),
        ("CREATE DEFINER=role FUNCTION f() RETURNS int RETURN 1", "create_function"),
        ("CREATE USER `a`@`b`", "other"),
        ("/*!50003 CREATE*/ /*!50017 DEFINER=`user`@`host`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1 */", "create_trigger"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "create_view"),
        ("CREATE PROC p AS SELECT 1", "create_procedure"),
        ("CREATE TYPE t AS TABLE (a int)", "create_type"),
        ("START TRANSACTION", "transaction"),
        ("GRANT SELECT ON t TO u", "other"),
        ("", "other"),
    ],
)  # fmt: skip
def test_a_statement_has_the_kind_of_what_it_does(statement: str, kind: str) -> None:
    assert kind_of(statement.encode()) == kind


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT 1", "too_short"),
        ("/*!40101 SET NAMES utf8 */", "dump_noise"),
        ("SET @OLD_SQL_MODE=@@SQL_MODE", "dump_noise"),
        ("/*!50001 CREATE VIEW `v` AS SELECT 1 AS `id`*/", "dump_noise"),
        ("/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50001 VIEW `v` AS select `a` from `t` */", ""),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "dump_noise"),
        ("ROLLBACK TO SAVEPOINT a", "transaction_control"),
        ("GRANT SELECT ON t TO u", "kind_not_wanted"),
        ("SELECT a FROM t WHERE b = 1 -- TODO: use an index", "todo"),
        ("SELECT a FROM t /* HACK */ WHERE b = 1", "todo"),
        ("SELECT a FROM t WHERE b = 'HACKED'", ""),
        ("INSERT INTO t VALUES (1, 2, NULL, 3.5)", "data_rows"),
        ("SELECT " + "a, " * 6000 + "b FROM t", "too_long"),
        ("SELECT name FROM users WHERE age > 30", ""),
        ("INSERT INTO t (a, b) VALUES (1, 2)", ""),
    ],
)
def test_a_statement_is_rejected_for_its_reason(statement: str, reason: str) -> None:
    raw = statement.encode()
    assert FilterSet().reason(raw, kind_of(raw)) == reason


def test_a_long_insert_keeps_its_first_last_and_a_middling_row() -> None:
    rows = ",".join(f"({n}, 'it\\'s ({n}', now())" for n in range(50))
    found = trim_rows(
        f"INSERT INTO t VALUES {rows} ON CONFLICT DO NOTHING".encode(), Dialect.MYSQL, keep=3
    )
    assert found and found.rows == 50
    text = found.text.decode()
    assert text.count("now()") == 3
    assert text.startswith("INSERT INTO t VALUES (0,")
    assert text.endswith("(49, 'it\\'s (49', now()) ON CONFLICT DO NOTHING")


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (Dialect.MARIADB, rb"'it\'s), ('"),
        (Dialect.SPARK, rb"'it\'s), ('"),
        (Dialect.POSTGRES, rb"E'it\'s), ('"),
        (Dialect.POSTGRES, rb"'it''s), ('"),
        (Dialect.SQLITE, rb"'\'"),
    ],
)
def test_rows_end_outside_of_the_texts_of_their_dialect(dialect: Dialect, text: bytes) -> None:
    rows = b",".join(b"(%d, %s)" % (number, text) for number in range(5))

    found = trim_rows(b"INSERT INTO t VALUES " + rows, dialect, keep=1)

    assert found
    assert (found.rows, found.text) == (5, b"INSERT INTO t VALUES (0, %s)" % text)


def test_an_insert_of_few_rows_is_left_alone() -> None:
    assert trim_rows(b"INSERT INTO t VALUES (1), (2), (3)", Dialect.POSTGRES, keep=3) is None


def test_equal_addresses_stay_equal_when_they_are_masked() -> None:
    found = clean_secrets(b"SELECT 'ann@corp.com', 'bob@corp.com', 'ann@corp.com'", SecretPolicy())
    assert found.text == b"SELECT 'user1@example.com', 'user2@example.com', 'user1@example.com'"
    assert found.masked


@pytest.mark.parametrize(
    "secret",
    [
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV012345678",
        "*2470C0C06DEE42FD1618BBB99005ADCA2EC9D1E1",
        "pbkdf2_sha256$260000$salt$aGFzaGhhc2hoYXNoaGFzaGhhc2g=",
    ],
)
def test_password_hashes_are_masked(secret: str) -> None:
    found = clean_secrets(f"UPDATE u SET p = '{secret}'".encode(), SecretPolicy())
    assert found.masked and secret.encode() not in found.text


@pytest.mark.parametrize("secret", ["hun''ter2", "hun\\'ter2", "a;b--c"])
def test_a_password_is_masked_to_its_end(secret: str) -> None:
    found = clean_secrets(
        f"ALTER ROLE a PASSWORD '{secret}' VALID UNTIL 'x'".encode(), SecretPolicy()
    )

    assert found.text == b"ALTER ROLE a PASSWORD 'password' VALID UNTIL 'x'"


def test_a_password_in_a_statement_is_masked() -> None:
    found = clean_secrets(b"CREATE USER a IDENTIFIED BY 'hunter2'", SecretPolicy())
    assert found.text == b"CREATE USER a IDENTIFIED BY 'password'"


@pytest.mark.parametrize(
    "secret", [KEY, "-----BEGIN RSA PRIVATE KEY-----", "https://bob:s3cr3tpw@host/x"]
)
def test_keys_are_a_reason_to_reject(secret: str) -> None:
    assert clean_secrets(f"SELECT '{secret}'".encode(), SecretPolicy()).reason == "secret"


@pytest.mark.parametrize(
    "secret",
    [
        "ann@corp.com",
        "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV012345678",
        "pbkdf2_sha256$260000$salt$aGFzaGhhc2hoYXNoaGFzaGhhc2g=",
    ],
)
def test_a_comment_inside_a_statement_without_quotes_is_masked(secret: str) -> None:
    found = clean_secrets(f"SELECT a FROM t -- of {secret}\nWHERE b = 1".encode(), SecretPolicy())
    assert found.masked and secret.encode() not in found.text


def test_a_key_in_a_comment_is_a_reason_to_reject() -> None:
    statement = f"SELECT a FROM t /* key {KEY} */ WHERE b = 1".encode()
    assert clean_secrets(statement, SecretPolicy()).reason == "secret"


def test_a_private_key_is_masked_with_its_body() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
    found = clean_secrets(f"SELECT '{key}', 1".encode(), SecretPolicy(keys=MASK))
    assert found.text == b"SELECT 'xxxxxxxxxxxxxxxx', 1"


def test_addresses_can_be_a_reason_to_reject() -> None:
    policy = SecretPolicy(emails=REJECT)
    assert clean_secrets(b"SELECT 'ann@corp.com'", policy).reason == "personal_data"


def test_white_space_case_and_comments_make_no_difference_outside_of_literals() -> None:
    one = normalise(b"SELECT a,b -- note\nFROM T WHERE c = 'X  y'")
    assert one.text_hash == normalise(b"select  A , b from t /* n */ where c='X  y'").text_hash
    assert one.text_hash != normalise(b"SELECT a,b FROM t WHERE c = 'x y'").text_hash


@pytest.mark.parametrize(
    "dialect", [Dialect.MYSQL, Dialect.MARIADB, Dialect.BIGQUERY, Dialect.SNOWFLAKE, Dialect.SPARK]
)
def test_a_quote_behind_a_backslash_is_part_of_its_literal(dialect: Dialect) -> None:
    found = normalise(rb"SELECT 'it\'s -- a', a", dialect)

    assert (found.literals, found.template) == ((rb"'it\'s -- a'",), b"select ? , a")


def test_statements_that_differ_in_literals_have_one_template() -> None:
    templates = {
        normalise(
            f"UPDATE `t` SET `name`='{name}', `b`={n} WHERE `entry`={n}".encode(), Dialect.MYSQL
        ).template
        for name, n in (("材料供应商", 25996), ("it\\'s", 5), ("", -1))
    }
    assert len(templates) == 1
    assert templates != {normalise(b"UPDATE `t` SET `name`='x' WHERE `entry`=1").template}


def test_near_duplicates_share_a_band_and_strangers_do_not() -> None:
    columns = ", ".join(f"column_{n} integer NOT NULL" for n in range(30))
    one = f"CREATE TABLE orders ({columns}, note text)"
    other = f"CREATE TABLE orders ({columns}, remark text)"
    stranger = (
        "SELECT region, sum(amount) FROM sales JOIN shops USING (shop) GROUP BY region ORDER BY 2"
    )
    assert set(minhash_bands(one)) & set(minhash_bands(other))
    assert not set(minhash_bands(one)) & set(minhash_bands(stranger))
    assert jaccard(normalise(one.encode()).template, normalise(other.encode()).template) > 0.7


def test_bands_are_sixteen_signed_numbers_that_never_change() -> None:
    """They are stored: a change would part old seeds from new ones."""
    bands = minhash_bands("SELECT a FROM t")
    assert len(bands) == 16 and all(-(1 << 63) <= band < 1 << 63 for band in bands)
    assert bands[:2] == BANDS_OF_SELECT


def test_a_template_is_admitted_up_to_its_limit() -> None:
    counter = TemplateCounter(2)
    assert [counter.admits(t) for t in (b"a", b"b", b"a", b"a", b"b")] == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_a_kind_is_admitted_up_to_its_share() -> None:
    quota = KindQuota(quotas(10, {"update": 0.1}))
    assert [quota.admits(k) for k in ("update", "update", "select", "select", "select")] == [
        True,
        False,
        True,
        True,
        False,
    ]


@given(st.binary(max_size=300), st.sampled_from(Dialect))
def test_any_statement_can_be_judged(statement: bytes, dialect: Dialect) -> None:
    kind = kind_of(statement)
    FilterSet().reason(statement, kind)
    trim_rows(b"INSERT INTO t VALUES " + statement, dialect, keep=3)
    clean_secrets(statement, SecretPolicy())
    assert len(minhash_bands(statement, dialect)) == 16


@pytest.mark.parametrize(
    ("statement", "undone"),
    [
        (b"SELECT nr FROM seat WHERE code = 'XXX' AND hall = 3", False),
        (b'SELECT "TODO" FROM list', False),
        (b"SELECT '-- TODO' AS note FROM seat", False),
        (b"-- TODO: order them\nSELECT nr FROM seat", True),
        (b"SELECT nr /* FIXME halls */ FROM seat", True),
        (b"CREATE FUNCTION f() AS $$ " + b"SELECT 1; " * 60 + b" -- TODO faster\n$$", False),
    ],
)
def test_unfinished_is_what_a_comment_of_its_own_says(statement: bytes, undone: bool) -> None:
    assert Undone().rejects(statement, "select") is undone
