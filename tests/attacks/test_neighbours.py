"""Jobs side by side on PostgreSQL: what one does to the other's role costs the other nothing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from apps.validation.databases.postgres import Postgres
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Limits, ScriptJob
from tests.validation.missing import not_here

LIMITS = Limits(seconds=2.0)
HONEST = ScriptJob(setup=(), statements=("SELECT 1 AS one",), limits=LIMITS)
SLOW = ScriptJob(setup=(), statements=("SELECT pg_sleep(0.5)",), limits=LIMITS)
# Does it to every role that comes up until its time is over.
EVERY_ROLE = """DO $$ DECLARE r name; BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'job%' AND rolname <> current_user LOOP
        EXECUTE format('{}', r);
    END LOOP;
END $$"""
GRANT = EVERY_ROLE.format("GRANT SELECT ON mine TO %I")
ATTACKS = {
    "a committed grant": (GRANT, "SELECT pg_sleep(1)"),
    "a grant in an open transaction": ("BEGIN", GRANT, "SELECT pg_sleep(1)"),
    "default privileges": (
        EVERY_ROLE.format("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO %I"),
        "SELECT pg_sleep(1)",
    ),
    "a policy": (EVERY_ROLE.format("CREATE POLICY %1$I ON mine TO %1$I"), "SELECT pg_sleep(1)"),
    "its own database": (
        "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO PUBLIC', current_database()); "
        "END $$",
        EVERY_ROLE.format("GRANT TEMP ON SCHEMA public TO %I").replace("TEMP", "USAGE"),
        "SELECT pg_sleep(1)",
    ),
}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    database = Postgres(tmp_path_factory.mktemp("neighbours") / "cluster")
    if reason := database.unavailable():
        not_here("postgres", reason)
    with SandboxPool(database, size=2) as pool:
        assert pool.run(HONEST).ended is Ended.OK
        yield pool
    database.cluster().remove()


@pytest.fixture
def database(pool: SandboxPool) -> Postgres:
    assert isinstance(pool.database, Postgres)
    return pool.database


def names(database: Postgres, column: str) -> list[str]:
    """The jobs that have a role (`rolname`) or a database (`datname`)."""
    table = {"rolname": "pg_roles", "datname": "pg_database"}[column]
    with database.cluster().connect() as keeper:
        query = f"SELECT {column} FROM {table} WHERE {column} LIKE 'job%'"
        return [name for (name,) in keeper.execute(query.encode()).fetchall()]


def assert_is_dropped_in_time(pool: SandboxPool, database: Postgres, column: str) -> None:
    """Each later job takes a left one with it."""
    deadline = time.monotonic() + 20
    while names(database, column) and time.monotonic() < deadline:
        assert pool.run(HONEST).ended is Ended.OK
        time.sleep(0.3)
    assert not names(database, column)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_neighbour_keeps_its_result_in_time_and_its_role_goes_later(
    pool: SandboxPool, database: Postgres, name: str
) -> None:
    setup = ("CREATE TABLE mine(a int)", "SELECT pg_sleep(0.2)")
    attack = ScriptJob(setup, ATTACKS[name], limits=LIMITS)
    with ThreadPoolExecutor(1) as threads:
        attacked = threads.submit(pool.run, attack)
        time.sleep(0.1)
        started = time.monotonic()
        assert pool.run(SLOW).ended is Ended.OK
        assert time.monotonic() - started < LIMITS.seconds + 1
        assert attacked.result().ended is Ended.OK, attacked.result()
    assert_is_dropped_in_time(pool, database, "rolname")


def test_an_orphan_that_cannot_be_dropped_does_not_keep_the_server_closed(
    pool: SandboxPool, database: Postgres
) -> None:
    with database.cluster().connect() as keeper:
        keeper.execute("CREATE ROLE job_1_orphan")
        keeper.execute("CREATE TABLE kept(a int)")
        keeper.execute("GRANT SELECT ON kept TO job_1_orphan")
        database.start()
        assert names(database, "rolname") == ["job_1_orphan"]
        keeper.execute("DROP TABLE kept")
    assert_is_dropped_in_time(pool, database, "rolname")


def test_a_backend_that_is_deaf_is_gone_within_a_second(
    pool: SandboxPool, database: Postgres
) -> None:
    limits = Limits(seconds=1.0)
    stopped: list[psutil.Process] = []

    def stop_it() -> None:
        query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
        with database.cluster().connect() as keeper:
            while not stopped:
                for (pid,) in keeper.execute(query).fetchall():
                    stopped.append(psutil.Process(pid))
                    stopped[0].send_signal(signal.SIGSTOP)
                time.sleep(0.02)

    thread = threading.Thread(target=stop_it, daemon=True)
    thread.start()
    started = time.monotonic()
    execution = pool.run(ScriptJob((), ("SELECT pg_sleep(5)",), limits=limits))
    stopped[0].wait(5)
    assert time.monotonic() - started < limits.seconds + 1
    assert execution.ended is Ended.TIMEOUT, execution
    thread.join(5)
    # The server recovers from the kill; what it left is dropped by what comes after.
    assert Timed(pool)(HONEST).ended is Ended.OK
    assert_is_dropped_in_time(pool, database, "datname")
