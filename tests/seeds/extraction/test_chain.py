"""The whole chain on one file."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.seeds.choice.secrets import MASK, REJECT, SecretPolicy
from apps.seeds.extraction.chain import ExtractionSettings, Rejection, SeedCandidate, extract
from apps.seeds.gathering.summary import NO_STATEMENTS
from apps.sql.dialects import Dialect
from apps.sql.parsing.parsers import Reader
from tests.sql.test_splitting import real_files

TABLE = "CREATE TABLE users (id integer PRIMARY KEY, name text, email text)"


def kept(text: str, *, dialect: Dialect | None = None, **options: object) -> list[SeedCandidate]:
    return [i for i in items(text, dialect, **options) if isinstance(i, SeedCandidate)]


def reasons(text: str, dialect: Dialect | None = None) -> list[str]:
    return [i.reason for i in items(text, dialect) if isinstance(i, Rejection)]


def items(text: str, dialect: Dialect | None, **options: object) -> list[SeedCandidate | Rejection]:
    settings = ExtractionSettings(dialect=dialect, **options)  # type: ignore[arg-type]
    return list(extract(text.encode(), path="a.sql", settings=settings))


def test_a_select_keeps_its_from_and_where() -> None:
    (seed,) = kept("SELECT name FROM users\nWHERE id > 10\n;")
    assert seed.text == "SELECT name FROM users\nWHERE id > 10"


def test_a_dependent_statement_carries_the_table_it_needs() -> None:
    seeds = kept(
        f"{TABLE};\nUPDATE users SET name = 'x' WHERE id = 1;\nSELECT a FROM other WHERE b = 1;"
    )
    assert [seed.schema_context for seed in seeds] == ["", TABLE + ";", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_comment_describes_what_stands_below_it_without_an_empty_line(end: str) -> None:
    text = f"-- far away{end}{end}DELETE FROM a WHERE b = 1;{end}-- close by{end}DELETE FROM c WHERE d = 2;{end}"
    assert [seed.comment for seed in kept(text)] == ["", "close by"]


def test_a_statement_is_described_by_its_comment_or_else_by_its_kind() -> None:
    text = "-- Renames the oldest user\nUPDATE users SET name = 'x' WHERE id = 1;\n\nDELETE FROM users WHERE id = 1;"
    first, second = kept(text)
    assert (first.description, first.description_source) == ("Renames the oldest user", "comment")
    assert (
        second.description.startswith("This statement deletes")
        and second.description_source == "kind"
    )


@pytest.mark.parametrize(
    ("statement", "dialect", "reader"),
    [
        ("SELECT a FROM t WHERE b = 1", Dialect.POSTGRES, Reader.TREE_SITTER),
        ("SELECT TOP 10 [a] FROM [dbo].[t] WHERE b = 1", Dialect.TSQL, Reader.REWRITTEN),
        ("SELECT [a] FROM [t] CROSS APPLY [f]([t].[b]) x", Dialect.TSQL, Reader.SQLGLOT),
        ("CREATE TABLE `t` (`id` int(11) NOT NULL AUTO_INCREMENT, `n` varchar(9) COLLATE utf8_bin) ENGINE=InnoDB AUTO_INCREMENT=5", Dialect.MYSQL, Reader.REWRITTEN),
        ("CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE x SET a = 1; DELETE FROM b WHERE c = 2; END", Dialect.SQLITE, Reader.BLOCK),
        ("CREATE PROCEDURE p(IN a INT) BEGIN IF a > 1 THEN UPDATE t SET b = 1; END IF; END", Dialect.MYSQL, Reader.BLOCK),
    ],
)  # fmt: skip
def test_what_one_parser_cannot_read_the_next_one_may(
    statement: str, dialect: Dialect, reader: Reader
) -> None:
    (seed,) = kept(statement + ";", dialect=dialect)
    assert (seed.reader, seed.text) == (reader, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `t` BEFORE UPDATE"
        " ON `u` FOR EACH ROW BEGIN\n  UPDATE v SET a = 1; SET NEW.b = 2;\nEND */",
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY"
        " DEFINER */\n/*!50001 VIEW `v` AS select `t`.`a` AS `a` from `t` where `t`.`b` > 1 */",
    ],
)
def test_what_mysqldump_wraps_is_a_seed_as_it_stands_in_the_file(statement: str) -> None:
    text = f"DELIMITER ;;\n{statement};;\nDELIMITER ;\n"
    (seed,) = kept(text, dialect=Dialect.MYSQL)
    assert seed.text == statement == text[seed.start : seed.end]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM WHERE )( GROUP t",
        "UPDATE users name = 'x' WHERE",
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE x WHERE = SET; END",
        "SELECT [a] " + "(" * 2000 + "1" + ")" * 2000 + " FROM t",
    ],
)
def test_what_nobody_can_read_is_rejected(statement: str) -> None:
    assert kept(statement, dialect=Dialect.UNKNOWN) == []


def test_a_small_transaction_is_a_seed_besides_its_statements() -> None:
    text = "BEGIN;\nUPDATE a SET b = 1 WHERE c = 2;\nDELETE FROM d WHERE e = 3;\nCOMMIT;"
    seeds = kept(text)
    assert [seed.kind for seed in seeds] == ["update", "delete", "transaction"]
    assert (seeds[2].text, seeds[2].line) == (text[:-1], 1)


def test_a_flood_of_one_template_is_stopped() -> None:
    text = "\n".join(f"UPDATE c SET name = 'n{n}' WHERE entry = {n};" for n in range(50))
    assert len(kept(text)) == 3
    rejected = [item for item in items(text, None) if isinstance(item, Rejection)]
    assert {item.reason for item in rejected} == {"template_flood"}
    assert sum(item.number for item in rejected) == 47


def test_the_same_statement_twice_is_a_duplicate() -> None:
    assert reasons("SELECT a FROM t WHERE b = 1;\nselect a\nfrom t where b=1;") == ["duplicate"]


def test_rows_can_be_a_reason_to_reject_instead() -> None:
    rows = "INSERT INTO t (a) VALUES ('a'), ('b'), ('c'), ('d');"
    (seed,) = kept(rows)
    assert seed.trimmed and seed.text.count("(") == 4
    assert kept(rows, many_rows="reject") == []


def test_a_secret_is_not_shown_in_the_sample_of_its_rejection() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    (rejection,) = items(f"UPDATE s SET a = '{key}' WHERE b = 1;", None)
    assert isinstance(rejection, Rejection) and rejection.reason == "secret"
    assert key not in rejection.sample


def test_a_statement_is_unfinished_when_its_own_comment_says_so() -> None:
    text = "-- TODO rewrite\nSELECT a FROM t WHERE b = 1;\nSELECT a FROM t WHERE b = 1;"
    assert reasons(text) == ["todo"]


ADDRESS, KEY = "john@corp.com", "AKIA" + "QWERTYUIOPASDFGH"
HASH = "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV012345678"


def test_an_address_in_its_comment_is_masked_in_the_description() -> None:
    (seed,) = kept(f"-- Oldest users, by {ADDRESS}\nSELECT name FROM users WHERE age > 90;")
    assert seed.description == seed.comment == "Oldest users, by user1@example.com"


def test_a_key_in_its_comment_rejects_a_statement_and_an_address_where_that_is_asked() -> None:
    select = "SELECT name FROM users WHERE age > 90;"
    assert reasons(f"-- The key is {KEY} here\n{select}") == ["secret"]
    policy = SecretPolicy(emails=REJECT)
    (rejection,) = items(f"-- Written by {ADDRESS}\n{select}", None, secrets=policy)
    assert isinstance(rejection, Rejection) and rejection.reason == "personal_data"


def test_a_table_that_is_rejected_for_a_secret_is_no_context() -> None:
    table = f"CREATE TABLE users (id integer, key text DEFAULT '{KEY}')"
    text = f"{table};\nUPDATE users SET name = 'x' WHERE id = 1;"
    assert [seed.schema_context for seed in kept(text)] == [""]
    (_, update) = kept(text, secrets=SecretPolicy(keys=MASK))
    assert "DEFAULT 'xxxxxxxxxxxxxxxx'" in update.schema_context


def test_rows_of_a_copy_are_masked_in_their_sample() -> None:
    digest = "5f4dcc3b5aa765d61d8327deb882cf99"
    text = f"COPY u (a, b, c) FROM stdin;\n1\t{ADDRESS}\t{HASH}\n2\tx\t{digest}\n\\.\n"
    samples = [item.sample for item in items(text, Dialect.POSTGRES) if isinstance(item, Rejection)]
    (rows,) = [sample for sample in samples if "user1@example.com" in sample]
    assert not any(secret in rows for secret in (ADDRESS, HASH, digest))


def test_a_function_of_c_is_rejected_before_it_is_parsed() -> None:
    text = "CREATE FUNCTION f(int) RETURNS int AS 'lib', 'f' LANGUAGE C STRICT;"
    assert reasons(text, Dialect.POSTGRES) == ["c_function"]
    body = "CREATE FUNCTION f(int) RETURNS int AS $$ SELECT $1 + 1 $$ LANGUAGE sql;"
    assert len(kept(body, dialect=Dialect.POSTGRES)) == 1


def test_a_table_that_is_created_later_is_no_context() -> None:
    text = f"UPDATE users SET name = 'x' WHERE id = 1;\n{TABLE};\nDELETE FROM Users WHERE id = 1;"
    assert [seed.schema_context for seed in kept(text)] == ["", "", TABLE + ";"]


@pytest.mark.parametrize("name", ['"users"', "`users`", "public.users", '"the users"', "`2nd`"])
def test_the_table_is_found_however_it_is_quoted(name: str) -> None:
    table = f"CREATE TABLE {name} (id integer, a text)"
    seeds = kept(f"{table};\nDELETE FROM {name} WHERE id = 1;", dialect=Dialect.MYSQL)
    assert [seed.schema_context for seed in seeds] == ["", table + ";"]


@pytest.mark.parametrize("before", [0, 126, 127, 128, 129, 300])
def test_groups_of_statements_make_no_difference(before: int) -> None:
    """Seeds and rejections come in the order of the file wherever a group ends."""
    many = "".join(f"SELECT a{n} FROM t{n} WHERE b = 1;\nGRANT x TO y;\n" for n in range(before))
    text = many + "BEGIN;\nUPDATE a SET b = 1 WHERE c = 2;\nDELETE FROM d WHERE e = 3;\nCOMMIT;"
    found = items(text, None)
    starts = [item.start for item in found[:-1]]
    assert starts == sorted(starts) and len(found) == 2 * before + 5
    last = found[-1]
    assert isinstance(last, SeedCandidate) and last.text == text[len(many) : -1]


def test_every_seed_of_real_files_is_a_slice_of_its_file() -> None:
    count = 0
    for path in real_files():
        content = path.read_bytes()
        found = extract(content, path=str(path), settings=ExtractionSettings())
        for item in found:
            if isinstance(item, SeedCandidate) and not item.trimmed and not item.masked:
                assert content[item.start : item.end].decode() == item.text
                assert content.count(b"\n", 0, item.start) + 1 == item.line
                count += 1
        judged = found.kinds + found.reasons
        judged -= Counter({code: judged[code] for code in NO_STATEMENTS})
        assert found.statements + found.transactions == judged.total()
    assert count > 200


def test_the_same_bytes_give_the_same_seeds() -> None:
    text = "\n".join(path.read_text() for path in real_files()[:5])
    assert kept(text) == kept(text)


def test_a_dbt_model_is_kept_as_the_sql_that_it_stands_for() -> None:
    model = (
        "{{ config(materialized='view') }}\nselect o.id, sum(o.amount) as total\n"
        "from {{ ref('stg_orders') }} o join {{ source('shop', 'people') }} p on p.id = o.person\ngroup by o.id"
    )
    (seed,) = kept(model)
    assert seed.kind == "select"
    assert seed.text.endswith(
        "from stg_orders o join shop.people p on p.id = o.person\ngroup by o.id"
    )


def test_a_model_with_macros_of_its_project_says_which() -> None:
    (rejected,) = items("select {{ dbt_utils.star(ref('a')) }} from {{ ref('a') }}", None)
    assert isinstance(rejected, Rejection)
    assert rejected.reason == "template"
    assert rejected.sample.startswith("dbt_utils.star: select {{")
