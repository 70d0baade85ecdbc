"""A few attacks at the limits of production (5 s, 256 MB), for what shorter ones cannot reach."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.watch import MAX_DATABASE_BYTES
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Execution, Limits, ScriptJob
from tests.validation.missing import not_here

LIMITS = Limits()
PROOF = ScriptJob((), ("SELECT 1 AS one",))
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
HOG = (
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 400) SELECT {} FROM c"
)
FILL = """DO $$ BEGIN FOR i IN 1..10000 LOOP
    EXECUTE format('CREATE {} TABLE t%s AS SELECT repeat(''x'', 1900) FROM generate_series(1, 10000)', i);
    {}
END LOOP; END $$"""
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
}


@pytest.fixture(scope="module")
def pools() -> Iterator[dict[str, SandboxPool]]:
    with ExitStack() as stack:
        opened = {}
        for name in {name for name, _ in ATTACKS}:
            if not databases.get(name).unavailable():
                opened[name] = stack.enter_context(SandboxPool(databases.get(name), size=1))
        yield opened


class Disk(threading.Thread):
    """How many bytes a folder grows by while it is watched."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._ended = threading.Event()
        self._first = self._size()
        self.grown = 0

    def _size(self) -> int:
        total = 0
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
    pools: dict[str, SandboxPool], name: str, attack: str
) -> None:
    if name not in pools:
        not_here(name, databases.get(name).unavailable())
    pool = pools[name]
    try:
        assert pool.run(PROOF).ended is Ended.OK
    except Unavailable as error:
        not_here(name, str(error))
    execution, seconds, grown = attacked(pool, ATTACKS[name, attack])
    assert execution.ended in (Ended.TIMEOUT, Ended.REFUSED), execution
    assert seconds < LIMITS.seconds + 1
    assert grown < 4 * MAX_DATABASE_BYTES
    if "disk" in attack:
        assert execution.ended is Ended.REFUSED
        assert execution.message == "it stores more than 128 MB"
    assert Timed(pool)(PROOF).ended is Ended.OK


def attacked(pool: SandboxPool, sql: str) -> tuple[Execution, float, int]:
    job = ScriptJob((), (sql,), limits=LIMITS)
    started = time.monotonic()
    if not isinstance(pool.database, Postgres):
        return pool.run(job), time.monotonic() - started, 0
    with Disk(pool.database.cluster().data) as disk:
        started = time.monotonic()
        execution = pool.run(job)
        seconds = time.monotonic() - started
    return execution, seconds, disk.grown
