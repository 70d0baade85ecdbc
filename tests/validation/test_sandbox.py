"""The sandbox's pool and child: clean between jobs, bounded, and never taken down by one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.sandbox import folders, process, protocol
from apps.validation.sandbox.folders import PrivateFolder
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.sandbox.process import Child, ChildFailure, clean_environment
from apps.validation.values import Ended, Execution, Limits, ScriptJob, Table
from tests.clock import Clock

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
# One call of a C function that the progress handler cannot interrupt.
UNINTERRUPTIBLE = "SELECT instr(hex(zeroblob(900000)), hex(zeroblob(450000)) || '1')"
SHORT = Limits(seconds=0.5)


def job(*statements: str, limits: Limits | None = None, setup: tuple[str, ...] = ()) -> ScriptJob:
    limits = limits or Limits()
    return ScriptJob(setup=setup, statements=statements, limits=limits)


@pytest.fixture(scope="module")
def pool() -> Iterator[SandboxPool]:
    with SandboxPool(databases.get("sqlite"), size=2) as opened:
        yield opened


def test_a_script_runs_in_one_connection_and_gives_tables_and_probes(pool: SandboxPool) -> None:
    execution = pool.run(
        ScriptJob(
            setup=("CREATE TABLE t(a INTEGER, b TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, NULL)"),
            statements=("UPDATE t SET b = 'y' WHERE a = 2", "SELECT * FROM t ORDER BY a"),
            probes=("SELECT count(*) AS n FROM t", "SELECT * FROM nowhere", "SELECT 7"),
        )
    )
    assert execution.tables == (None, Table(("a", "b"), ((1, "x"), (2, "y"))))
    assert execution.probes == (Table(("n",), ((2,),)), None, Table(("7",), ((7,),)))
    assert (execution.ended, execution.phase, execution.index) == (Ended.SQL_ERROR, "probes", 1)
    assert execution.message == "no such table: nowhere"


def test_an_error_names_its_phase_and_statement(pool: SandboxPool) -> None:
    execution = pool.run(job("SELECT 1", "SELECT nope", setup=("CREATE TABLE t(a)",)))
    assert (execution.ended, execution.phase, execution.index) == (Ended.SQL_ERROR, "statements", 1)
    assert execution.message == "no such column: nope"
    fixture = pool.run(job("SELECT 1", setup=("CREATE TABLE t(a", "SELECT 1")))
    assert (fixture.ended, fixture.phase, fixture.index) == (Ended.SQL_ERROR, "setup", 0)


def test_nothing_of_one_job_is_seen_by_the_next() -> None:
    with SandboxPool(databases.get("sqlite"), size=1) as alone:
        made = alone.run(job("CREATE TABLE t(a)", "CREATE TEMP TABLE u(a)", "BEGIN"))
        assert made.ended is Ended.OK
        seen = alone.run(
            job("SELECT name FROM sqlite_master", "SELECT name FROM sqlite_temp_master")
        )
        assert [table.rows for table in seen.tables if table] == [(), ()]


def test_an_endless_query_is_a_timeout_and_the_next_job_works(pool: SandboxPool) -> None:
    clock = Clock()
    execution = pool.run(job(ENDLESS, limits=SHORT))
    assert execution.ended is Ended.TIMEOUT
    assert clock.seconds(execution.milliseconds / 1000) < SHORT.seconds + 1
    assert pool.run(job("SELECT 1")).ended is Ended.OK


def test_a_call_that_cannot_be_interrupted_is_killed_from_outside(pool: SandboxPool) -> None:
    clock = Clock()
    execution = pool.run(job(UNINTERRUPTIBLE, limits=SHORT))
    assert execution.ended is Ended.TIMEOUT, execution
    assert execution.milliseconds >= 500
    assert clock.seconds(execution.milliseconds / 1000) < SHORT.seconds + 1
    assert pool.run(job("SELECT 1")).ended is Ended.OK


def kill_at_work(child: psutil.Process) -> None:
    """When it has computed for a tenth of a second, which no idle child does."""
    before = child.cpu_times().user
    while child.cpu_times().user < before + 0.1:
        time.sleep(0.01)
    child.kill()


def test_a_child_killed_from_outside_is_a_crash_and_the_next_job_works() -> None:
    with SandboxPool(databases.get("sqlite"), size=1) as alone:
        assert alone.run(job("SELECT 1")).ended is Ended.OK
        (child,) = alone.child_ids()
        killer = threading.Thread(target=kill_at_work, args=(psutil.Process(child),))
        killer.start()
        execution = alone.run(job(ENDLESS, limits=Limits(seconds=60)))
        killer.join()
        assert execution.ended is Ended.CRASHED
        assert "SIGKILL" in execution.message
        assert alone.run(job("SELECT 1")).ended is Ended.OK


BUSY = """import os, time
while time.process_time() < 1.5:
    pass
body = b'{"layers": {"made up": true}}'
os.write(1, len(body).to_bytes(4, "big") + body)
time.sleep(60)
"""


@pytest.mark.parametrize("code", [BUSY, "import time\ntime.sleep(60)", "raise SystemExit('no')"])
def test_a_child_that_works_is_waited_for_and_one_that_does_nothing_is_not(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable} -IS\n{code}")
    program.chmod(0o755)
    monkeypatch.setattr(process, "_STILL_SECONDS", 1.0)
    monkeypatch.setattr(sys, "executable", str(program))
    if code == BUSY:
        child = Child(databases.get("sqlite"))
        assert child.layers == {"made up": True}
        child.kill()
        return
    with pytest.raises(ChildFailure, match=r"did nothing for 1 s; it said nothing|ended; no$"):
        Child(databases.get("sqlite"))


def test_a_child_killed_while_idle_is_replaced_unseen() -> None:
    with SandboxPool(databases.get("sqlite"), size=1) as alone:
        alone.run(job("SELECT 1"))
        (child,) = alone.child_ids()
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert alone.run(job("SELECT 1")).ended is Ended.OK


def test_children_end_with_their_worker_and_the_next_removes_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import time\n"
        "from apps.validation import databases\n"
        "from apps.validation.sandbox.pool import SandboxPool\n"
        "from apps.validation.values import ScriptJob\n"
        "pool = SandboxPool(databases.get('sqlite'))\n"
        "pool.run(ScriptJob((), ('SELECT 1',)))\n"
        "print(*pool.child_ids(), flush=True)\n"
        "time.sleep(60)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(tmp_path),
    )
    assert worker.stdout is not None
    child = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = set(tmp_path.iterdir())
    held = PrivateFolder()
    assert len(left) == 1
    folders.remove_orphans()
    assert set(tmp_path.iterdir()) == {*left, held.path}, "a folder of this minute may be in use"
    for folder in tmp_path.iterdir():
        os.utime(folder, (0, 0))
    folders.remove_orphans()
    assert list(tmp_path.iterdir()) == [held.path]
    held.remove()


def test_many_threads_share_a_pool(pool: SandboxPool) -> None:
    def double(number: int) -> Execution:
        return pool.run(job(f"SELECT {number} * 2"))

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(double, range(100)))
    assert [table.rows[0][0] for result in results for table in result.tables if table] == list(
        range(0, 200, 2)
    )
    assert len(pool.child_ids()) <= 2


def _answer_in_fork(pool: SandboxPool, results: multiprocessing.Queue[str]) -> None:
    results.put(pool.run(job("SELECT 1")).ended.value)
    pool.close()


def test_a_forked_worker_gets_children_of_its_own(pool: SandboxPool) -> None:
    pool.run(job("SELECT 1"))
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[str] = context.Queue()
    worker = context.Process(target=_answer_in_fork, args=(pool, results))
    worker.start()
    assert results.get(timeout=120) == "ok"
    worker.join(120)
    assert pool.run(job("SELECT 1")).ended is Ended.OK


def test_a_child_knows_nothing_of_the_workers_environment(
    pool: SandboxPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    with SandboxPool(databases.get("sqlite"), size=1) as alone:
        alone.layers()
        (child,) = alone.child_ids()
        environment = Path(f"/proc/{child}/environ").read_bytes()
    assert b"DATABASE_URL" not in environment and b"PYTHONPATH" in environment


def test_the_layers_of_this_system_are_named(pool: SandboxPool) -> None:
    layers = pool.layers()
    assert layers["dies with its parent"] is True
    assert layers["resource limits"] is True
    assert all(layer is True or isinstance(layer, str) for layer in layers.values())
    assert {"network namespace", "system call filter (seccomp)"} <= layers.keys()


def test_a_closed_pool_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with SandboxPool(databases.get("sqlite"), size=1) as alone:
        alone.run(job("SELECT 1"))
        (child,) = alone.child_ids()
        folder = Path(f"/proc/{child}/cwd").readlink()
    assert not Path(f"/proc/{child}").exists() and not folder.exists()
    with pytest.raises(Unavailable, match="closed"):
        alone.run(job("SELECT 1"))


def test_answers_are_bounded_in_rows_cells_and_bytes(pool: SandboxPool) -> None:
    series = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100000) SELECT x FROM c"
    (table,) = pool.run(job(series, limits=Limits(rows=10))).tables
    assert table is not None and len(table.rows) == 10 and table.truncated
    long = "SELECT replace(hex(zeroblob(50000)), '00', 'é') AS long"
    (table,) = pool.run(job(long, limits=Limits(cell_bytes=101))).tables
    assert table is not None and table.rows == (("é" * 50,),) and table.truncated
    wide = Limits(output_bytes=1_000, rows=100_000)
    (table,) = pool.run(job(series, limits=wide)).tables
    assert table is not None and table.truncated and len(table.rows) < 200


@pytest.mark.parametrize(
    "message",
    [{}, {"ended": "nonsense"}, {"ended": "ok", "tables": [{"columns": [], "rows": [[[]]]}]}],
)
def test_an_answer_that_is_no_execution_is_refused(message: protocol.Message) -> None:
    with pytest.raises(protocol.ChannelError, match="no execution"):
        protocol.execution_from_message(message)


def test_messages_cross_a_pipe_and_long_ones_are_refused() -> None:
    reader, writer = os.pipe()
    sent = protocol.job_to_message(job("SELECT 'ü\udc80'"))
    protocol.send(writer, sent)
    assert protocol.receive(reader, max_bytes=10_000) == sent
    protocol.send(writer, sent)
    with pytest.raises(protocol.ChannelError, match="more than the 10 allowed"):
        protocol.receive(reader, max_bytes=10)
    os.close(writer)
    os.close(reader)
