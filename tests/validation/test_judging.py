"""Judging: jobs, the ways an execution can end, and the overall outcome."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.validation.judging import build_job, judge, overall, validate
from apps.validation.judging.fixtures import create_table, insert_rows
from apps.validation.reading import read_response
from apps.validation.values import Ended, Execution, Limits, Outcome, ScriptJob, Table
from tests.validation.runner import run_sqlite
from tests.validation.test_reading import PIECES

SELECT = (
    "```sql\nSELECT name FROM users WHERE age > 20;\n```\nInput Table: users\n| name | age |\n|---|---|\n"
    "| Ann | 25 |\n\nExpected Output:\n| name |\n|---|\n| Ann |\n"
)


def test_a_job_sets_up_the_tables_and_runs_the_statements() -> None:
    reading = read_response(SELECT)

    job = build_job(reading, reading.cases[0], limits=Limits())

    assert job.setup == (
        'CREATE TABLE "users" ("name" TEXT, "age" INTEGER)',
        """INSERT INTO "users" ("name", "age") VALUES ('Ann', 25)""",
    )
    assert job.statements == ("SELECT name FROM users WHERE age > 20",)
    assert job.probes == ()


def test_a_change_is_probed_and_a_made_table_takes_the_rows() -> None:
    made = read_response(
        "```sql\nCREATE TABLE t (a INT);\nUPDATE t SET a = 2;\n```\nInput Table: t\n| a |\n|---|\n| 1 |\n"
    )

    job = build_job(made, made.cases[0], limits=Limits())

    assert job.setup == ()
    assert job.statements == (
        "CREATE TABLE t (a INT)",
        'INSERT INTO "t" ("a") VALUES (1)',
        "UPDATE t SET a = 2",
    )
    assert job.probes == ('SELECT * FROM "t"',)


@pytest.mark.parametrize(
    ("ended", "phase", "outcome", "message"),
    [
        (Ended.TIMEOUT, "statements", Outcome.TIMEOUT, "The SQL ran longer than it may."),
        (Ended.REFUSED, "statements", Outcome.REFUSED, "Refused: no files"),
        (Ended.CRASHED, "statements", Outcome.REFUSED, "The sandbox ended while it ran: no files"),
        (Ended.SQL_ERROR, "setup", Outcome.SQL_ERROR, "The test's set-up fails: no files"),
        (
            Ended.SQL_ERROR,
            "statements",
            Outcome.SQL_ERROR,
            "no files — at `SELECT name FROM users WHERE age > 20`",
        ),
    ],
)
def test_how_an_execution_ended_decides(
    ended: Ended, phase: str, outcome: Outcome, message: str
) -> None:
    reading = read_response(SELECT)

    judgement = judge(reading, reading.cases[0], Execution(ended, phase, 0, "no\n files"))

    assert (judgement.outcome, judgement.message) == (outcome, message)


VIEW = """```sql
CREATE VIEW v AS SELECT nme FROM users;
```
Input Table: users
| name |
|---|
| Ann |
"""


def test_a_view_that_cannot_be_read_is_an_error() -> None:
    judgement = validate(VIEW, "", run_sqlite, Dialect.SQLITE)

    assert judgement.outcome is Outcome.SQL_ERROR
    assert judgement.message == "no such column: nme — at `SELECT * FROM v`"


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        (Ended.TIMEOUT, Outcome.TIMEOUT),
        (Ended.REFUSED, Outcome.REFUSED),
        (Ended.CRASHED, Outcome.REFUSED),
    ],
)
def test_a_table_that_cannot_be_read_afterwards_has_the_outcome_of_that(
    ended: Ended, outcome: Outcome
) -> None:
    reading = read_response(VIEW)

    judgement = judge(reading, reading.cases[0], Execution(ended, "probes", 0, "why"))

    assert judgement.outcome is outcome


def test_a_table_that_is_only_not_found_by_its_name_is_not_the_responses_fault() -> None:
    reading = read_response('```sql\nCREATE TABLE "Users" (a INT);\n```')
    missing = Execution(Ended.SQL_ERROR, "probes", 0, 'relation "users" does not exist')

    assert judge(reading, None, missing).outcome is Outcome.NO_TESTS


ASKED = "Create a table named `users`:\n- `id`: a number\n- `name`: a text\n"


@pytest.mark.parametrize(
    ("sql", "lacking"),
    [
        ("CREATE TABLE users (user_id INT, username TEXT);", "id, name"),
        ("CREATE TABLE users (id INT); ALTER TABLE users ADD COLUMN name TEXT;", ""),
        ("CREATE TABLE users (id INT, nam TEXT); ALTER TABLE users RENAME COLUMN nam TO name;", ""),
        ("CREATE TABLE users (id INT); CREATE TABLE other (name TEXT);", "name"),
    ],
)
def test_the_columns_that_were_made_are_compared_with_those_asked_for(
    sql: str, lacking: str
) -> None:
    response = f"```sql\n{sql}\n```"
    reading = read_response(response, instruction=ASKED)

    for judgement in (
        validate(response, ASKED, run_sqlite, Dialect.SQLITE),
        judge(reading, None, Execution(Ended.OK)),
    ):
        assert (judgement.outcome is Outcome.WRONG_RESULT) == bool(lacking), judgement
        assert not lacking or f"asks for column {lacking}, which" in judgement.message


def test_a_response_that_can_run_is_not_judged_unrun() -> None:
    reading = read_response(SELECT)

    with pytest.raises(ValueError, match="run its job first"):
        judge(reading, reading.cases[0], None)
    assert judge(read_response("no"), None, None).outcome is Outcome.NO_SQL


def test_a_truncated_result_is_not_passed() -> None:
    reading = read_response(SELECT)
    rows = Table(("name",), (("Ann",), ("Bob",)), truncated=True)

    judgement = judge(reading, reading.cases[0], Execution(Ended.OK, tables=(rows,)))

    assert judgement.outcome is Outcome.WRONG_RESULT
    assert judgement.message == "At least 1 row is unexpected."
    assert judgement.diff is not None and judgement.diff.cut


@pytest.mark.parametrize("more", [0, 1])
def test_results_as_long_as_the_longest_table_are_compared_to_their_end(more: int) -> None:
    rows = "\n".join(f"| {number} |" for number in range(300))
    numbers = (
        "WITH RECURSIVE n(a) AS (SELECT 0 UNION ALL SELECT a + 1 FROM n WHERE a < "
        f"{299 + more}) SELECT a FROM n"
    )
    response = f"```sql\n{numbers};\n```\nExpected Output:\n| a |\n|---|\n{rows}\n"

    judgement = validate(response, "", run_sqlite, Dialect.SQLITE)

    assert judgement.outcome is (Outcome.WRONG_RESULT if more else Outcome.PASSED)


@pytest.mark.parametrize(
    ("outcomes", "native", "expected"),
    [
        (
            {Dialect.SQLITE: Outcome.SQL_ERROR, Dialect.POSTGRES: Outcome.PASSED},
            Dialect.UNKNOWN,
            Outcome.PASSED,
        ),
        (
            {Dialect.SQLITE: Outcome.PASSED, Dialect.POSTGRES: Outcome.SQL_ERROR},
            Dialect.POSTGRES,
            Outcome.SQL_ERROR,
        ),
        (
            {Dialect.SQLITE: Outcome.NO_TESTS, Dialect.POSTGRES: Outcome.SQL_ERROR},
            Dialect.UNKNOWN,
            Outcome.NO_TESTS,
        ),
        ({Dialect.SQLITE: Outcome.NO_SQL}, Dialect.MYSQL, Outcome.NO_SQL),
    ],
)
def test_one_outcome_out_of_several_databases(
    outcomes: dict[Dialect, Outcome], native: Dialect, expected: Outcome
) -> None:
    assert overall(outcomes, native=native) is expected


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=50).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_gets_a_judgement(text: str) -> None:
    judgement = validate(text, text, run_sqlite, Dialect.SQLITE, mutate=True)

    assert judgement.message
    assert len(json.dumps(judgement.as_json())) < 50_000


def test_an_overall_outcome_needs_a_database() -> None:
    with pytest.raises(ValueError, match="at least one"):
        overall({})


def test_sql_of_another_dialect_is_translated_only_where_it_fails_as_written() -> None:
    response = SELECT.replace("SELECT name", "SELECT TOP 1 name").replace("```sql", "```tsql")

    judgement = validate(response, "", run_sqlite, Dialect.SQLITE)

    assert judgement.outcome is Outcome.PASSED
    assert judgement.transpiled
    assert judgement.message == "Translated from T-SQL: The expected row is there."
    assert not validate(SELECT, "Write PostgreSQL.", run_sqlite, Dialect.SQLITE).transpiled


def test_nothing_is_run_where_nothing_can_run() -> None:
    jobs: list[ScriptJob] = []

    def run(job: ScriptJob) -> Execution:
        jobs.append(job)
        return run_sqlite(job)

    validate("```sql\nSELECT ?;\n```", "", run, Dialect.SQLITE)
    validate("prose", "", run, Dialect.SQLITE)

    assert jobs == []


USERS = Table(
    ("id", "full name", "Paid", "at"),
    ((1, "O'Hara\\", 2.5, "2024-01-01"), (2, None, None, None)),
    "users",
)


@pytest.mark.parametrize(
    ("dialect", "create"),
    [
        (
            Dialect.SQLITE,
            'CREATE TABLE "users" ("id" INTEGER, "full name" TEXT, "Paid" REAL, "at" DATE)',
        ),
        (
            Dialect.POSTGRES,
            'CREATE TABLE "users" ("id" INTEGER, "full name" TEXT, "paid" NUMERIC, "at" DATE)',
        ),
        (
            Dialect.MYSQL,
            "CREATE TABLE `users` (`id` INTEGER, `full name` TEXT, `Paid` DOUBLE, `at` DATE)",
        ),
    ],
)
def test_a_text_table_becomes_a_typed_table(dialect: Dialect, create: str) -> None:
    assert create_table(USERS, dialect) == (create,)


def test_values_are_written_for_the_database() -> None:
    assert insert_rows(replace(USERS, rows=USERS.rows[:1]), Dialect.MYSQL)[0].endswith(
        r"VALUES (1, 'O''Hara\\', 2.5, '2024-01-01')"
    )
    assert "'O''Hara\\', 2.5" in insert_rows(USERS, Dialect.SQLITE)[0]


def test_an_inserted_table_counts_on_and_an_upsert_has_its_key() -> None:
    table = Table(("id", "name"), ((1, "a"), (4, "b")), "t")

    assert create_table(table, Dialect.POSTGRES, auto_key=True)[0].startswith(
        'CREATE TABLE "t" ("id" INTEGER GENERATED BY DEFAULT AS IDENTITY (START WITH 5) PRIMARY KEY'
    )
    assert (
        create_table(table, Dialect.DUCKDB, auto_key=True)[0]
        == "CREATE SEQUENCE t_sequence START 5"
    )
    assert create_table(table, Dialect.SQLITE, unique=("name",))[0].endswith('UNIQUE ("name"))')
