"""A few attacks at the limits of production (5 s, 256 MB), for what shorter ones cannot reach."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.databases.mariadb import Mariadb
from apps.validation.databases.mariadb_server import MariadbServer
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.server import SandboxServer
from apps.validation.databases.watch import MAX_DATABASE_BYTES
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Execution, Limits, ScriptJob
from tests.attacks.honest import prove
from tests.clock import Clock
from tests.sandboxes import keep, server_of
from tests.validation.missing import not_here

LIMITS = Limits()
# What is ended for its size needs time to take so much, on a busy machine more than a job has.
PATIENT = Limits(seconds=60)
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
HOG = (
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 400) SELECT {} FROM c"
)
FILL = """DO $$ BEGIN FOR i IN 1..10000 LOOP
    EXECUTE format('CREATE {} TABLE t%s AS SELECT repeat(''x'', 1900) FROM generate_series(1, 10000)', i);
    {}
END LOOP; END $$"""
HOARD = """DO $$ DECLARE hoard text[]; BEGIN
    LOOP hoard := hoard || repeat('x', 1000000); END LOOP;
END $$"""
ATTACKS = {
    ("sqlite", "endless recursion"): ENDLESS,
    ("sqlite", "much memory"): HOG.format("group_concat(hex(zeroblob(1000000)))"),
    ("duckdb", "endless recursion"): ENDLESS,
    ("duckdb", "much memory"): HOG.format("string_agg(repeat('x', 1000000) || x)"),
    ("postgres", "endless recursion"): ENDLESS,
    ("postgres", "much memory"): HOG.format("string_agg(repeat('x', 1000000), '')"),
    ("postgres", "a full disk"): FILL.format("", "COMMIT;"),
    ("postgres", "a full disk in one transaction"): FILL.format("", ""),
    ("postgres", "a full disk of temporary tables"): FILL.format("TEMP", ""),
    ("postgres", "much memory of a routine"): HOARD,
    ("mariadb", "a full disk"): "CREATE TABLE t AS SELECT REPEAT('x', 1000000) AS a "
    "FROM seq_1_to_100000",
    (
        "mariadb",
        "a full disk of a sort",
    ): "SELECT MAX(a) FROM (SELECT seq, REPEAT('x', 100000) AS a "
    "FROM seq_1_to_1000000 ORDER BY RAND() LIMIT 999999) AS t",
    ("mariadb", "a full disk of temporary tables"): "CREATE TEMPORARY TABLE t ENGINE=Aria AS "
    "SELECT REPEAT('x', 1000000) AS a FROM seq_1_to_100000",
}
# Beside an attack: an honest job that is at work for longer than the server looks away.
BESIDE = {
    "postgres": "SELECT count(*) FROM pg_sleep(1)",
    "mariadb": "SELECT SLEEP(1)",
}


@pytest.fixture(scope="module")
def pools() -> Iterator[Callable[[str], SandboxPool]]:
    with ExitStack() as stack:
        opened: dict[str, SandboxPool] = {}

        def get(name: str) -> SandboxPool:
            try:
                keep(name)
            except Unavailable as error:
                not_here(name, str(error))
            if name not in opened:
                opened[name] = stack.enter_context(SandboxPool(databases.get(name), size=2))
            return opened[name]

        yield get


class Disk(threading.Thread):
    """How many bytes a server grows by while it is watched, files without a name included."""

    def __init__(self, server: SandboxServer) -> None:
        super().__init__(daemon=True)
        self._server, self._folder = server, server.data
        self._ended = threading.Event()
        self._first = self._size()
        self.grown = 0

    def _size(self) -> int:
        nameless = isinstance(self._server, MariadbServer)
        total = self._server.nameless_bytes() if nameless else 0
        for folder, _, files in os.walk(self._folder):
            for file in files:
                with suppress(OSError):
                    total += (Path(folder) / file).stat().st_blocks * 512
        return total

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.grown = max(self.grown, self._size() - self._first)

    def __enter__(self) -> Disk:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()


@pytest.mark.parametrize(("name", "attack"), ATTACKS)
def test_an_attack_ends_at_the_limits_of_production(
    pools: Callable[[str], SandboxPool], name: str, attack: str
) -> None:
    pool = pools(name)
    prove(pool)
    with ThreadPoolExecutor(1) as threads:
        beside = threads.submit(Timed(pool), ScriptJob((), (BESIDE.get(name, "SELECT 1"),)))
        limits = PATIENT if "disk" in attack else LIMITS
        execution, seconds, grown = attacked(pool, ATTACKS[name, attack], limits)
        assert beside.result().ended is Ended.OK, beside.result()
    assert execution.ended in (Ended.TIMEOUT, Ended.REFUSED), execution
    assert seconds < limits.seconds + 1
    assert grown < 4 * MAX_DATABASE_BYTES
    if "disk" in attack:
        assert execution.ended is Ended.REFUSED
        assert "it stores more than 128 MB" in execution.message, execution
    prove(pool)


def attacked(pool: SandboxPool, sql: str, limits: Limits) -> tuple[Execution, float, int]:
    """How a job ended, its seconds by its own clock, and by how much the server's data grew."""
    job = ScriptJob((), (sql,), limits=limits)
    clock = Clock()
    if not isinstance(pool.database, Postgres | Mariadb):
        execution = pool.run(job)
        return execution, clock.seconds(execution.milliseconds / 1000), 0
    with Disk(server_of(pool.database)) as disk:
        execution = pool.run(job)
        seconds = clock.seconds(execution.milliseconds / 1000)
    return execution, seconds, disk.grown


def test_a_backend_of_postgres_has_the_memory_that_the_document_says(
    pools: Callable[[str], SandboxPool],
) -> None:
    pool = pools("postgres")
    prove(pool)
    assert isinstance(pool.database, Postgres)
    folder = str(pool.database.cluster().data)
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    most, ended = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not ended.wait(0.02):
            with suppress(psutil.Error):
                for backend in psutil.Process(postmaster).children():
                    with suppress(psutil.Error):
                        most = max(most, backend.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    execution = pool.run(ScriptJob((), (HOARD,), limits=PATIENT))
    ended.set()
    thread.join()
    assert execution.ended is Ended.REFUSED, execution
    assert LIMITS.memory_bytes // 2 < most < LIMITS.memory_bytes * 3 // 2
