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
from tests.clock import Clock
from tests.validation.missing import not_here

# Far more than the jobs need, on a busy machine too; what is to be quick is judged by IN_TIME.
LIMITS = Limits(seconds=30)
IN_TIME = 3.0
HONEST = ScriptJob(setup=(), statements=("SELECT 1 AS one",), limits=LIMITS)
SLOW = ScriptJob(setup=(), statements=("SELECT pg_sleep(0.5)",), limits=LIMITS)
# Does it to every role that is there. Their names are not to be read, but guessed by their numbers.
EVERY_ROLE = """DO $$ DECLARE r name; BEGIN
    FOR r IN SELECT pg_get_userbyid(i::oid) FROM generate_series(16384, 40000) AS i LOOP
        CONTINUE WHEN r NOT LIKE 'job%' OR r = current_user;
        EXECUTE format('{}', r);
    END LOOP;
END $$"""
# Looks for a text in everything that may be read: how many relations, and in which it is.
LOOK = """CREATE FUNCTION look(sought text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE relation text; found bool; read int := 0; told text := ''; BEGIN
    FOR relation IN
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
    LOOP BEGIN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS r WHERE strpos(r::text, $1) > 0)', relation)
            INTO found USING sought;
        read := read + 1;
        IF found THEN told := told || ' ' || relation; END IF;
    EXCEPTION WHEN insufficient_privilege OR feature_not_supported THEN NULL; END; END LOOP;
    RETURN read || ':' || told;
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
    deadline = time.monotonic() + 120
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
        clock = Clock()
        assert pool.run(SLOW).ended is Ended.OK
        assert clock.seconds() < IN_TIME
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
    clock = Clock()
    execution = pool.run(ScriptJob((), ("SELECT pg_sleep(5)",), limits=limits))
    stopped[0].wait(30)
    assert clock.seconds() < limits.seconds + 1
    assert execution.ended is Ended.TIMEOUT, execution
    thread.join()
    # The server recovers from the kill; what it left is dropped by what comes after.
    assert Timed(pool)(HONEST).ended is Ended.OK
    assert_is_dropped_in_time(pool, database, "datname")


def test_a_table_of_locks_that_a_neighbour_has_filled_is_no_fault_of_who_needs_one(
    pool: SandboxPool,
) -> None:
    serializable = "BEGIN ISOLATION LEVEL SERIALIZABLE"
    each = "DO $$ BEGIN FOR i IN 1..5000 LOOP {} END LOOP; EXCEPTION WHEN OTHERS THEN NULL; END $$"
    make = each.format("EXECUTE format('CREATE TABLE t%s(a int)', i);")
    lock = each.format("EXECUTE format('INSERT INTO seen SELECT * FROM t%s', i);")
    attack = ScriptJob(
        ("CREATE TABLE seen(a int)", make),
        (serializable, lock, "SELECT pg_sleep(2)"),
        limits=Limits(seconds=120),
    )
    honest = ScriptJob(
        ("CREATE TABLE mine AS SELECT 7 AS a",),
        (serializable, "SELECT a FROM mine", "COMMIT"),
        limits=LIMITS,
    )
    ended = set()
    with ThreadPoolExecutor(1) as threads:
        attacked = threads.submit(pool.run, attack)
        while not attacked.done():
            ended.add(pool.run(honest).ended)
            if Ended.CRASHED in ended:
                break
        assert Timed(pool)(honest).ended is Ended.OK
        assert attacked.result().ended is Ended.OK, attacked.result()
    assert ended <= {Ended.OK, Ended.CRASHED} and Ended.CRASHED in ended, "it met no full table"


def test_no_catalogue_that_a_job_may_read_names_another(
    pool: SandboxPool, database: Postgres
) -> None:
    with database.workspace(LIMITS) as neighbour:
        name = neighbour["dbname"]
        with database.cluster().connect() as keeper:
            keeper.execute(f"COMMENT ON DATABASE {name} IS 'of {name}'".encode())
            keeper.execute(f"ALTER ROLE {name} SET application_name = '{name}'".encode())
        # In two parts, as there are views of one's own statements.
        sought = f"SELECT look('{name[:8]}' || '{name[8:]}')"
        execution = pool.run(ScriptJob((LOOK,), (sought,), limits=Limits(seconds=60)))
    (table,) = execution.tables
    assert execution.ended is Ended.OK and table is not None, execution
    read, _, told = str(table.rows[0][0]).partition(":")
    assert (int(read) > 100, told) == (True, "")


def test_honest_queries_of_the_catalogue_see_what_is_their_own(pool: SandboxPool) -> None:
    own = ("pg_database WHERE datname = current_database()", "pg_roles WHERE rolname = user")
    queries = tuple(f"SELECT count(*) FROM {each}" for each in own)
    execution = pool.run(ScriptJob((), (*queries, "SELECT count(*) > 3 FROM pg_database")))
    assert [table.rows for table in execution.tables if table] == [((1,),), ((1,),), ((True,),)]
