"""kill -9 in the middle of validating: every response has its verdicts once, none for the kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from django.conf import LazySettings
from django.db import connection

from apps.validation import databases, runners
from apps.validation.databases.base import Unavailable
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.postgres_cluster import PostgresCluster
from apps.validation.models import Verdict
from apps.validation.sandbox import folders
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.services import responses_validate
from apps.validation.values import Ended, Execution, ScriptJob
from tests.builders import make_response
from tests.sandboxes import is_held

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ["sqlite", "postgres"]
COUNT = 60
# Half of them right and half wrong, so that a verdict of nobody's making would be seen.
RESPONSE = """[Implementation]
```sql
SELECT name FROM players WHERE score > {number} ORDER BY name;
```
[Tests]
Input Table: players
```text
name | score

Ann | {number}
Bob | {more}
Cy | {more}
```
Expected Output:
```text
name

{first}
Cy
```
"""
WORKER = """
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {name!r}
settings.WINNOW_DATABASES = {databases!r}
django.setup()
from apps.validation.services import responses_validate
responses_validate(response_ids={ids!r})
"""


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this file's PostgreSQL lies, which it kills: the run's one is everybody's."""
    folder = tmp_path_factory.mktemp("killed")
    yield folder
    PostgresCluster(folder / "sandbox-postgres").remove()


@pytest.fixture(autouse=True)
def own_postgres(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Here and in the processes that the tests start."""
    database = databases.get("postgres")
    assert isinstance(database, Postgres)
    runners.close_pools()
    database._reset()
    monkeypatch.setenv("WINNOW_VAR", str(own_folder))
    yield
    runners.close_pools()
    database.stop()
    database._reset()


@pytest.fixture
def responses(transactional_db: None, settings: LazySettings) -> list[int]:
    settings.WINNOW_DATABASES = DATABASES
    return [make_response(text(number)).pk for number in range(COUNT)]


def text(number: int) -> str:
    first = "Ann" if number % 2 else "Bob"
    return RESPONSE.format(number=number + 10, more=number + 20, first=first)


def expected() -> list[str]:
    return ["wrong_result" if number % 2 else "passed" for number in range(COUNT)]


def assert_every_verdict_is_right(ids: list[int]) -> None:
    for database in (*DATABASES, "overall"):
        rows = Verdict.objects.filter(database=database).order_by("response")
        found = list(rows.values_list("response", "outcome"))
        assert found == list(zip(ids, expected(), strict=True))


def validated() -> int:
    return Verdict.objects.filter(database="overall").count()


class Killer(threading.Thread):
    """Kills what `find` finds, `times` times, from the first stored verdicts on."""

    def __init__(self, find: Callable[[], list[int]], *, times: int) -> None:
        super().__init__(daemon=True)
        self._find, self._times = find, times
        self.killed = 0
        self.done = threading.Event()

    def run(self) -> None:
        while self.killed < self._times and not self.done.is_set():
            with suppress(ProcessLookupError, FileNotFoundError):
                for pid in self._find()[:1]:
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1
            time.sleep(0.7)

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()


def children() -> list[int]:
    """The sandbox children of this process, busy or not."""
    found = []
    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if "apps.validation.sandbox.child" in process.cmdline():
                found.append(process.pid)
    return found


def postmaster() -> list[int]:
    database = databases.get("postgres")
    assert isinstance(database, Postgres)
    first_line = (database.cluster().data / "postmaster.pid").read_text().split()[0]
    return [int(first_line)]


@pytest.mark.parametrize("find", [children, postmaster])
def test_what_runs_the_sql_is_killed(find: Callable[[], list[int]], responses: list[int]) -> None:
    with Killer(find, times=3) as killer:
        responses_validate(response_ids=responses)
    assert killer.killed
    assert_every_verdict_is_right(responses)


def start_worker(ids: list[int]) -> subprocess.Popen[bytes]:
    name = str(connection.settings_dict["NAME"])
    program = WORKER.format(name=name, databases=DATABASES, ids=ids)
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "apps.settings"}
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=env)


def unheld_folders() -> list[Path]:
    """The folders of children whose maker was killed."""
    children = Path(tempfile.gettempdir()).glob(f"{folders._PREFIX}*")
    return [folder for folder in children if not is_held(folder)]


def test_the_worker_is_killed_and_another_does_the_rest(responses: list[int]) -> None:
    worker = start_worker(responses)
    deadline = time.monotonic() + 120
    while not validated() and time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    assert 0 < validated() < COUNT
    left = unheld_folders()
    assert left
    for folder in left:
        os.utime(folder, (0, 0))  # as they are a minute later
    responses_validate(response_ids=responses)
    assert_every_verdict_is_right(responses)
    assert not [folder for folder in left if folder.exists()]


class Flaky(SandboxPool):
    """A pool whose database is away for the first runs, or crashes at every one."""

    def __init__(self, *, away: int = 0) -> None:
        super().__init__(databases.get("sqlite"))
        self.away, self.runs = away, 0

    def run(self, job: ScriptJob) -> Execution:
        self.runs += 1
        if self.runs <= self.away:
            raise Unavailable("the database is restarting")
        return Execution(Ended.CRASHED, message="it died")


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    faked = SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept))
    monkeypatch.setattr("apps.validation.runners.time", faked)
    return slept


def test_a_database_that_stays_away_is_waited_for_half_a_minute(no_waiting: list[float]) -> None:
    with pytest.raises(Unavailable, match="restarting"):
        runners.Timed(Flaky(away=1_000))(ScriptJob((), ("SELECT 1",)))
    assert 12 < sum(no_waiting) <= 30


def test_a_job_that_crashes_at_every_try_is_a_crash(no_waiting: list[float]) -> None:
    pool = Flaky(away=2)
    assert runners.Timed(pool)(ScriptJob((), ("SELECT 1",))).ended is Ended.CRASHED
    assert pool.runs == 2 + 4
