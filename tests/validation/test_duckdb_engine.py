"""One engine of DuckDB for many jobs: no job sees another, and none is given a changed engine."""

from __future__ import annotations

import pytest

from apps.validation.databases.base import SqlFailure
from apps.validation.databases.duckdb_session import DuckdbSessions, Engine
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Limits, Scalar

LIMITS = Limits()
HONEST = ("CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
# What a job can look at of the engine and of its database.
SEEN = (
    "SELECT database_name FROM duckdb_databases() ORDER BY 1",
    "SELECT table_name FROM duckdb_tables()",
    "SELECT view_name FROM duckdb_views() WHERE NOT internal",
    "SELECT sequence_name FROM duckdb_sequences()",
    "SELECT function_name FROM duckdb_functions() WHERE NOT internal",
    "SELECT type_name FROM duckdb_types() WHERE NOT internal",
    "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal",
    "SELECT name, value FROM duckdb_settings() ORDER BY 1",
    "SELECT name FROM duckdb_prepared_statements()",
    "SELECT current_database(), current_schema(), getvariable('seen')",
)


def did(sessions: DuckdbSessions, *statements: str, limits: Limits = LIMITS) -> Engine:
    """The engine that did a job; what fails in the job is the job's."""
    session = sessions.open(limits=limits, place={})
    try:
        for sql in statements:
            session.run(sql, Budget(limits))
    except SqlFailure:
        pass
    finally:
        session.close()
    return session._engine


def seen(sessions: DuckdbSessions) -> list[tuple[tuple[Scalar, ...], ...]]:
    """What a new job sees."""
    session = sessions.open(limits=LIMITS, place={})
    try:
        tables = [session.run(sql, Budget(LIMITS)) for sql in SEEN]
    finally:
        session.close()
    return [table.rows for table in tables if table]


PLAIN = [
    HONEST,
    (*HONEST, "INSERT INTO t VALUES (1)"),
    ("SELECT * FROM nowhere",),
    ("SELEC 1",),
    ("SELECT CAST('x' AS INTEGER)",),
    ("SELECT 1 // 0",),
    ("BEGIN", *HONEST, "INSERT INTO t VALUES (1)"),
    ("BEGIN", *HONEST),
    ("CREATE TEMP TABLE hidden AS SELECT 42 AS a", "CREATE TEMP VIEW w AS SELECT a FROM hidden"),
    ("CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 1 AS a", "CREATE SEQUENCE q"),
    ("CREATE MACRO abs(x) AS 42", "CREATE TYPE mood AS ENUM ('ok')"),
    ("CREATE TABLE memory.main.other AS SELECT 1 AS a", "DROP TABLE memory.main.other"),
    ("CREATE OR REPLACE VIEW v AS SELECT 1 AS a", "ALTER VIEW v RENAME TO x"),
    ("-- a table\nCREATE TABLE t (a INTEGER)", "/* its row */ INSERT INTO t VALUES (1)"),
    ("\n-- first\r\n\n/* a * b / c */ -- then\nSELECT 1",),
    ("-- none\nDROP TABLE IF EXISTS t", "-- ATTACH 'x'\nCREATE OR REPLACE TEMP VIEW v AS SELECT 1"),
    ("(SELECT 1)", "FROM range(3)", "SHOW TABLES"),
    (*HONEST, "TRUNCATE t", "MERGE INTO t USING t AS u ON t.a = u.a WHEN MATCHED THEN DELETE"),
]
CHANGING = [
    ("ATTACH ':memory:' AS other", "CREATE TABLE other.t (a INTEGER)"),
    ("ATTACH ':memory:' AS other", "USE other", "DETACH memory"),
    ("SELECT 1; ATTACH ':memory:' AS other",),
    ("SET VARIABLE seen = 7",),
    ("SET schema = 'main'",),
    ("PREPARE p AS SELECT 1",),
    ("CREATE SECRET s (TYPE s3)",),
    ("CREATE PERSISTENT SECRET s (TYPE s3)",),
    ("SELECT * FROM duckdb_secrets()",),
    ("CALL enable_logging()",),
    ("SELECT * FROM enable_logging()",),
    ("SELECT * FROM query('SELECT * FROM enable_' || 'logging()')",),
    ("SELECT * FROM query_table('duck' || 'db_secrets')",),
    ("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",),
    ("SELECT write_log('seen')",),
    ("SELECT * FROM \"Register_External_Resource\"('a', 'b')",),
    ("PRAGMA enable_profiling",),
    ("LOAD json",),
    ("CHECKPOINT",),
    ("-- a variable\nSET VARIABLE seen = 7",),
    # What one who knows no nested comments, or another end of a line, would take for harmless.
    ("/* /* */ SELECT 1 */ ATTACH ':memory:' AS other",),
    ("/* /* */ CREATE TABLE t (a INTEGER) */ CREATE SECRET s (TYPE s3)",),
    ("-- its end\rATTACH ':memory:' AS other /*\nSELECT 1 -- */",),
    ("-- its end\rCREATE SECRET s (TYPE s3) /*\nCREATE TABLE t (a INTEGER) -- */",),
    ("--\nSELECT * FROM enable_logging()",),
    ("COMMENT ON COLUMN duckdb_tables.comment IS 'seen'",),
    ("DROP SECRET s",),
    ("DEALLOCATE p",),
]


@pytest.fixture(scope="module")
def new() -> list[tuple[tuple[Scalar, ...], ...]]:
    """What the first job of an engine sees."""
    return seen(DuckdbSessions())


@pytest.mark.parametrize("job", [*PLAIN, *CHANGING], ids=lambda job: job[-1])
def test_the_next_job_sees_what_the_first_of_an_engine_does(
    job: tuple[str, ...], new: list[tuple[tuple[Scalar, ...], ...]]
) -> None:
    sessions = DuckdbSessions()
    did(sessions, *job)
    assert seen(sessions) == new


@pytest.mark.parametrize("job", PLAIN, ids=lambda job: job[-1])
def test_an_engine_goes_on_after_what_ends_with_its_job(job: tuple[str, ...]) -> None:
    sessions = DuckdbSessions()
    assert did(sessions, *job) is did(sessions, *HONEST)


@pytest.mark.parametrize("job", CHANGING, ids=lambda job: job[-1])
def test_an_engine_that_something_else_was_said_to_is_ended(job: tuple[str, ...]) -> None:
    sessions = DuckdbSessions()
    did(sessions, *job)
    assert sessions._engine is None
    # And a sound one comes after it.
    assert did(sessions, *HONEST) is did(sessions, *HONEST)


def test_a_job_with_other_limits_has_an_engine_of_its_own() -> None:
    sessions = DuckdbSessions()
    did(sessions, *HONEST)
    small = Limits(memory_bytes=LIMITS.memory_bytes // 2)
    session = sessions.open(limits=small, place={})
    table = session.run("SELECT current_setting('memory_limit')", Budget(small))
    session.close()
    assert table and table.rows == (("96.0 MiB",),)
