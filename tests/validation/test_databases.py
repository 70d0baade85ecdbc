"""Every database: the same small script, typed values, clean ends; and what servers survive."""

from __future__ import annotations

import datetime
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.validation import databases
from apps.validation.databases import postgres_session
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.server import SandboxServer
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.sandbox.scalars import Budget, cut, plain
from apps.validation.values import Ended, Execution, Limits, ScriptJob, Table
from tests.clock import Clock
from tests.validation.conftest import GetPool

LIMITS = Limits(seconds=60.0)


def run(pool: SandboxPool, *statements: str, setup: tuple[str, ...] = ()) -> Execution:
    return pool.run(ScriptJob(setup=setup, statements=statements))


def row(pool: SandboxPool, sql: str) -> tuple[object, ...]:
    execution = run(pool, sql)
    (table,) = execution.tables
    assert execution.ended is Ended.OK and table is not None, execution
    return table.rows[0]


def test_unknown_databases_are_named_with_the_choices() -> None:
    with pytest.raises(KeyError, match="'oracle'; choose one of sqlite, duckdb, postgres, mariadb"):
        databases.get("oracle")


def test_every_database_says_whether_it_can_be_used() -> None:
    by_name = {each.name: each for each in databases.available()}
    assert tuple(by_name) == databases.NAMES
    assert by_name["sqlite"].usable and by_name["duckdb"].usable
    assert all(each.usable == (each.reason == "") for each in by_name.values())


@pytest.mark.parametrize("name", databases.NAMES)
def test_a_script_of_changes_and_queries(pools: GetPool, name: str) -> None:
    execution = pools(name).run(
        ScriptJob(
            setup=(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(20), age INTEGER)",
                "INSERT INTO users VALUES (1, 'Alice', 25), (2, 'Bob', NULL)",
            ),
            statements=(
                "BEGIN",
                "UPDATE users SET age = 30 WHERE name = 'Bob'",
                "COMMIT",
                "CREATE VIEW adults AS SELECT name FROM users WHERE age > 26",
                "SELECT * FROM adults -- the older",
            ),
            probes=("SELECT id, name, age FROM users ORDER BY id",),
        )
    )
    assert execution.ended is Ended.OK, execution
    assert execution.tables == (None, None, None, None, Table(("name",), (("Bob",),)))
    assert execution.probes == (Table(("id", "name", "age"), ((1, "Alice", 25), (2, "Bob", 30))),)


@pytest.mark.parametrize("name", databases.NAMES)
def test_errors_are_the_databases_own_words(pools: GetPool, name: str) -> None:
    execution = run(pools(name), "SELECT 1", "SELECT * FROM no_such_table", "SELECT 2")
    assert (execution.ended, execution.phase, execution.index) == (Ended.SQL_ERROR, "statements", 1)
    assert "no_such_table" in execution.message
    assert len(execution.tables) == 1


@pytest.mark.parametrize("name", databases.NAMES)
def test_a_query_without_rows_still_has_its_columns(pools: GetPool, name: str) -> None:
    (table,) = run(pools(name), "SELECT 1 AS a, 2 AS b WHERE 1 = 0").tables
    assert table == Table(("a", "b"), ())


@pytest.mark.parametrize("name", databases.NAMES)
def test_only_a_comment_is_no_error_but_in_mariadb(pools: GetPool, name: str) -> None:
    execution = run(pools(name), "-- nothing", "SELECT 1")
    assert execution.ended in (Ended.OK, Ended.SQL_ERROR)
    assert execution.ended is Ended.OK or name == "mariadb"


def test_values_of_postgres(pools: GetPool) -> None:
    sql = (
        "SELECT NULL, true, 7::bigint, 2.50::numeric, 1e30::numeric, 'NaN'::float8, "
        "'-Infinity'::float8, '\\xbeef'::bytea, DATE '2024-02-29', "
        "TIMESTAMPTZ '2024-02-29 12:00+00', ARRAY[1, 2], 12345678901234567890.123456789::numeric"
    )
    assert row(pools("postgres"), sql) == (
        *(None, True, 7, 2.5, "1" + "0" * 30, "NaN", "-Infinity", "beef", "2024-02-29"),
        *("2024-02-29 12:00:00+00:00", "{1,2}", "12345678901234567890.123456789"),
    )


def test_names_in_another_encoding_are_no_crash(pools: GetPool) -> None:
    script = ('CREATE TABLE t("é" int)', "SET client_encoding = 'LATIN1'", "SELECT * FROM t")
    execution = run(pools("postgres"), *script)
    assert execution.tables[2] == Table(("\ufffd",), ()), execution


def test_values_of_duckdb(pools: GetPool) -> None:
    sql = (
        "SELECT NULL, true, 7::BIGINT, 2.50::DECIMAL(9,2), 'nan'::DOUBLE, 'beef'::BLOB, "
        "DATE '2024-02-29', TIMESTAMP '2024-02-29 12:00:00', [1, 2], {'a': 1.5}, 2::HUGEINT ** 2, "
        "TIMESTAMPTZ '2024-02-29 12:00:00+00'"
    )
    assert row(pools("duckdb"), sql) == (
        *(None, True, 7, 2.5, "NaN", "62656566", "2024-02-29", "2024-02-29 12:00:00"),
        *("[1, 2]", '{"a": 1.5}', 4.0, "2024-02-29 12:00:00+00:00"),
    )


def test_values_of_mariadb(pools: GetPool) -> None:
    sql = (
        "SELECT NULL, TRUE, 2.50, X'beef', DATE '2024-02-29', TIMESTAMP '2024-02-29 12:00:00', 'ü'"
    )
    values = row(pools("mariadb"), sql)
    assert values == (None, 1, 2.5, "beef", "2024-02-29", "2024-02-29 12:00:00", "ü")


def test_triggers_and_functions_of_postgres_are_made_and_used(pools: GetPool) -> None:
    execution = run(
        pools("postgres"),
        "CREATE TABLE t(a int, b int)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.b := NEW.a * 2; "
        "RETURN NEW; END$$",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "INSERT INTO t VALUES (21) RETURNING b",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE EXTENSION pg_trgm SCHEMA public",
    )
    assert execution.tables[3] == Table(("b",), ((42,),))
    assert execution.ended is Ended.OK, execution


def test_a_pivot_of_duckdb_is_one_statement(pools: GetPool) -> None:
    execution = run(
        pools("duckdb"),
        "CREATE TABLE t AS SELECT * FROM (VALUES ('a', 1), ('b', 2)) v(k, n)",
        "PIVOT t ON k USING sum(n)",
    )
    assert execution.tables[1] == Table(("a", "b"), ((1, 2),))


def test_a_lock_that_a_neighbour_holds_is_not_waited_for_on_mariadb(pools: GetPool) -> None:
    pool = pools("mariadb")
    hidden = (
        "SET @sql = CONCAT('SELECT GET', '_LOCK(''shared'', 9)')",
        "PREPARE hidden FROM @sql",
        "EXECUTE hidden",
        "SELECT SLEEP(2)",
    )
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(run, pool, *hidden)
        time.sleep(1)
        clock = Clock()
        assert run(pool, "SELECT GET_LOCK('shared', 9)").ended is Ended.REFUSED
        assert run(pool, "SELECT 1").ended is Ended.OK
        assert clock.seconds() < 1
        assert held.result().ended is Ended.OK


def cluster_processes(server: SandboxServer) -> list[psutil.Process]:
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    return [psutil.Process(postmaster)]


def test_a_session_of_postgres_has_left_its_database_when_it_is_closed(
    pools: GetPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who drops a database that somebody is in sleeps a tenth of a second."""
    monkeypatch.setattr(postgres_session, "_LEAVING_MILLISECONDS", 60_000)
    database = pools("postgres").database
    assert isinstance(database, Postgres)
    inside = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with database.workspace(LIMITS) as place, database._keeper() as keeper:
        for _ in range(10):
            session = postgres_session.PostgresSession(LIMITS, place)
            assert session.run("SELECT 1", Budget(LIMITS)) is not None
            session.close()
            assert keeper.execute(inside, [place["dbname"]]).fetchall() == [(0,)]


def test_the_sandboxs_postgres_killed_while_it_works_comes_back(tmp_path: Path) -> None:
    database = Postgres(tmp_path / "cluster")
    with SandboxPool(database, size=1) as pool:
        assert run(pool, "SELECT 1").ended is Ended.OK
        (postmaster,) = cluster_processes(database.cluster())
        os.kill(postmaster.pid, signal.SIGKILL)
        crashed = run(pool, "SELECT 1")
        assert crashed.ended in (Ended.OK, Ended.CRASHED), crashed
        assert run(pool, "CREATE TABLE t(a int)", "SELECT count(*) FROM t").ended is Ended.OK
    database.cluster().remove()


def test_a_backend_killed_within_a_job_is_a_crash_and_not_the_sqls_fault(tmp_path: Path) -> None:
    database = Postgres(tmp_path / "cluster")
    with SandboxPool(database, size=1) as pool, database.workspace(Limits()):
        cluster = database.cluster()

        def kill_soon() -> None:
            deadline = time.monotonic() + 50
            while time.monotonic() < deadline:
                with cluster.connect() as keeper:
                    query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
                    for (pid,) in keeper.execute(query).fetchall():
                        os.kill(pid, signal.SIGKILL)
                        return
                time.sleep(0.05)

        with ThreadPoolExecutor(1) as threads:
            threads.submit(kill_soon)
            job = ScriptJob((), ("SELECT pg_sleep(60)",), limits=Limits(seconds=60))
            execution = pool.run(job)
        assert execution.ended is Ended.CRASHED, execution
        assert run(pool, "SELECT 1").ended is Ended.OK
    database.cluster().remove()


def test_a_cluster_is_private_and_leaves_nothing(tmp_path: Path) -> None:
    database = Postgres(tmp_path / "cluster")
    cluster = database.cluster()
    cluster.ensure()
    try:
        assert cluster.folder.stat().st_mode & 0o077 == 0
        assert cluster.home.stat().st_mode & 0o066 == 0
        assert (cluster.folder / "keeper").stat().st_mode & 0o077 == 0
        (postmaster,) = cluster_processes(cluster)
        assert postmaster.uids().real != 0 or cluster.home.stat().st_mode & 0o001
        assert not postmaster.net_connections(kind="inet")
    finally:
        cluster.remove()
    assert not cluster.home.exists()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("2.50"), 2.5),
        (Decimal("3"), 3),
        (Decimal("0.1000000000000000055"), "0.1000000000000000055"),
        (Decimal("Infinity"), "Infinity"),
        (float("nan"), "NaN"),
        (2**63, str(2**63)),
        (b"\x00\xff", "00ff"),
        (datetime.datetime(2024, 2, 29, 12), "2024-02-29 12:00:00"),
        (datetime.timedelta(hours=1), "1:00:00"),
        ([1, Decimal("1.5"), None], "[1, 1.5, null]"),
    ],
)
def test_values_become_what_json_can_carry(value: object, expected: object) -> None:
    assert plain(value) == expected


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_a_text_is_cut_to_bytes_and_never_within_a_character(text: str, size: int) -> None:
    shortened = cut(text, size)
    assert text.encode("utf-8", "replace").decode().startswith(shortened) or shortened == text
    assert len(shortened.encode("utf-8", "replace")) <= max(size, 0) or len(text) * 4 <= size


@given(st.lists(st.lists(st.text(max_size=50), min_size=2, max_size=2), max_size=20))
def test_a_table_never_exceeds_its_budget(rows: list[list[str]]) -> None:
    limits = Limits(rows=10, output_bytes=200, cell_bytes=20)
    table = Budget(limits).table(["a", "b"], rows)
    assert len(table.rows) <= 10
    assert sum(len(str(cell).encode()) for line in table.rows for cell in line) <= 200
    assert table.truncated or table.rows == tuple(tuple(line) for line in rows)
