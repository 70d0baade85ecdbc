"""A run of four draws whose parts are killed with -9: every draw once, nothing paid for twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from apps.core.parent import die_with_parent
from tests.machine import ROOT, Machine
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SEEDS, RESPONSES, SLOTS = 80, 4, 16
DONE = "SELECT count(*) FROM generation_completion"
UNFINISHED = "SELECT count(*) FROM core_workunit WHERE queue = 'generate' AND status <> 'done'"
KEYS = "SELECT count(DISTINCT (stage, input_id, draw)) FROM generation_completion"
DRAWS = """
    SELECT array_agg(c.draw ORDER BY c.draw) FROM generation_instruction i
    LEFT JOIN generation_completion c ON c.stage = 'i_r' AND c.input_id = i.id GROUP BY i.id
"""
REQUESTS = "SELECT count(*) FROM generation_completion WHERE sample = 0"


class StandIn:
    """The benchmark's server, on one port whatever becomes of it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.answered = 0
        self._asking = httpx.Client()  # one for all: to make one takes longer than to ask
        self._start()

    def _start(self) -> None:
        words = ("--port", str(self.port), "--slots", str(SLOTS), "--scale", "6")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stand_in", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
        assert self._process.stdout
        self._process.stdout.readline()

    def count(self) -> int:
        """Requests answered so far by any of its lives, those that only warm up left out."""
        return self.answered + int(self._asking.get(f"{self.url}/figures").json()["answered"])

    def kill(self) -> None:
        self.answered = self.count()
        self._process.kill()
        self._process.wait()
        time.sleep(1)
        self._start()

    def end(self) -> None:
        self._asking.close()
        self._process.kill()
        self._process.wait()


@pytest.fixture
def stand() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.end()


@pytest.fixture
def machine(stand: StandIn) -> Iterator[Machine]:
    """In a folder of its own: what is validated when it is stopped leaves its sandboxes there."""
    folder = Path(tempfile.mkdtemp(prefix="winnow-machine-"))
    folder.chmod(0o755)
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    made = Machine(
        folder / "var",
        TMPDIR=str(folder / "tmp"),
        WINNOW_ENGINE="url",
        WINNOW_MODEL_URL=stand.url,
        WINNOW_MODEL="stand-in",
        WINNOW_MODEL_CONCURRENCY=str(SLOTS),
        WINNOW_DATABASES="sqlite",
        WINNOW_PORT="",
    )
    try:
        with made.at_work():
            yield made
    finally:
        shutil.rmtree(folder)


def test_every_draw_is_there_once_and_nothing_is_paid_for_twice_but_what_was_under_way(
    machine: Machine, stand: StandIn, tmp_path: Path
) -> None:
    sql = tmp_path / "made.sql"
    sql.write_text(
        "".join(f"SELECT a_{n}, b_{n} FROM t_{n} WHERE c_{n} > {n};\n" for n in range(SEEDS))
    )
    machine.manage("gather", str(sql))
    machine.manage("generate", "--background", "--count", str(SEEDS), "--responses", str(RESPONSES))

    def goes_on(more: int) -> None:
        before = machine.one(DONE)
        machine.wait(
            lambda: machine.one(DONE) >= before + more or not machine.one(UNFINISHED),
            what=f"{more} more",
        )
        assert machine.one(UNFINISHED) > 0, "the run is too short for this test"

    goes_on(20)
    stand.kill()
    goes_on(20)
    machine.kill("postgres")
    goes_on(20)
    machine.kill("valkey")
    goes_on(20)
    machine.kill("gpu")
    machine.wait(lambda: machine.one(UNFINISHED) == 0, what="all is written")
    assert machine.one(DONE) == machine.one(KEYS) == SEEDS * (2 + RESPONSES)
    assert {tuple(row[0]) for row in machine.rows(DRAWS)} == {tuple(range(RESPONSES))}
    twice = stand.count() - machine.one(REQUESTS)
    # Under way at the kill of the GPU worker and of the server: a window each. What the worker had
    # been answered and was saving when it died counts with it.
    assert 0 <= twice <= 2 * SLOTS * 2, f"{twice} requests were paid for twice"
