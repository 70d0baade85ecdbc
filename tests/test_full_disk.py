"""One run that meets all at once: a prompt that is always answered badly, kill -9 of every process,
and a full `var/`, on which services and supervisor live on, and after which all goes on by itself."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from apps.core.embedded.state import holder
from apps.core.processes import record, room
from tests.machine import PATIENCE_SECONDS, ROOT, Machine, small_disk
from tests.test_whole_way import ENDED, MESSAGE, NO_END, TWICE, csrf, wait_for
from tests.worker.fake_server import FakeServer, poisoned, says, sleeps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
NO_ROOM = "No space left on device"
# So long the disk is full: longer than five attempts of a unit take, with their pauses.
FULL_SECONDS = 75
# Each is a process of its own; labels go on all the time.
EXPORT_SECONDS = 10
ANSWER = poisoned(says({"error": {"message": "boom"}}, status=500))
ERRORS = "SELECT error FROM core_workunit WHERE error <> ''"
GIVEN_UP = "SELECT queue, error FROM core_workunit WHERE status = 'failed' AND queue <> 'export'"
REJECTED = (
    "SELECT stage, reason, message FROM generation_completion WHERE run_id = {} AND reason <> ''"
)
WRITTEN = "SELECT count(*) FROM generation_completion"
LABEL = "SELECT count(*) FROM review_label"


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    with small_disk("400m") as folder:
        yield folder


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    """Temporary files of the machine, whose killed processes leave theirs; not on the small disk."""
    folder = Path(tempfile.mkdtemp(prefix="winnow-scratch-"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def model() -> Iterator[FakeServer]:
    """A server so slow that the run is not over before all has happened to it."""
    with FakeServer() as fake:
        fake.pages["/v1/models"] = says({"data": [{"id": "tiny"}]})
        fake.always = sleeps(0.5, ANSWER)
        yield fake


@pytest.fixture(scope="module")
def machine(disk: Path, scratch: Path, model: FakeServer) -> Iterator[Machine]:
    """Everything at work but the sandbox's servers; the model's is a stand-in."""
    made = Machine(
        disk / "var",
        WINNOW_ENGINE="url",
        WINNOW_MODEL="tiny",
        WINNOW_MODEL_URL=f"{model.url}/v1",
        WINNOW_MODEL_CONCURRENCY="2",
        WINNOW_DATABASES="sqlite",
        TMPDIR=str(scratch),
        WINNOW_PORT="",
    )
    with made.at_work():
        yield made


class Filling:
    """Keeps the disk full within a `with` block, also when somebody gives room back."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "fill"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._fill)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._file.unlink()

    def _fill(self) -> None:
        with self._file.open("ab", buffering=0) as file:
            while not self._ended.is_set():
                with suppress(OSError):
                    while True:
                        file.write(b"\0" * 65_536)
                self._ended.wait(0.05)


class Reviewer:
    """Labels one pair after the other for as long as it is told to; counts what was taken."""

    def __init__(self, machine: Machine) -> None:
        self.taken = 0
        self.codes: set[int] = set()
        self._address = machine.address
        self._browser = httpx.Client(base_url=machine.address, follow_redirects=True, timeout=120)
        page = self._browser.get("/review/")
        password = (machine.var / "admin-password").read_text().strip()
        form = {"username": "admin", "password": password}
        self._browser.post(str(page.url), data=form | {"csrfmiddlewaretoken": csrf(page.text)})

    def label(self) -> None:
        """One label, however it ends: an answer, never a connection that is refused for good."""
        page = self._browser.get("/review/")
        self.codes.add(page.status_code)
        action = page.text.partition('action="/review/pair')[2].partition('"')[0]
        if page.status_code != 200 or not action.endswith("/label/"):
            return
        data = {"value": "good", "csrfmiddlewaretoken": csrf(page.text)}
        answer = self._browser.post(f"/review/pair{action}", data=data)
        self.codes.add(answer.status_code)
        self.taken += answer.status_code == 200


def seeds(folder: Path) -> Path:
    sql = folder / "sql"
    sql.mkdir()
    lines = ["SELECT poison FROM POISON;\n"]
    lines += [f"SELECT name_{n} FROM table_{n} WHERE column_{n} > {n};\n" for n in range(80)]
    (sql / "made.sql").write_text("".join(lines))
    return sql


def all_run(machine: Machine) -> bool:
    records = record.load_all(machine.var)
    return bool(records) and all(each.is_running() for each in records)


def kill_everything(machine: Machine) -> None:
    """SIGKILL the supervisor and all below it."""
    pid = holder(machine.var)
    assert pid is not None
    supervisor = psutil.Process(pid)
    everything = [supervisor, *supervisor.children(recursive=True)]
    assert len(everything) > 10
    for process in everything:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(everything, timeout=120)


class Said:
    """What units said of their failures, while the disk is full and just after.

    Mostly a unit meets the full disk first and says so. But it may be PostgreSQL's write-ahead
    log, which ends the server, or there may be no room for what the unit would say: then nobody
    says anything, and nothing is written, until there is room.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.errors: set[str] = set()
        self._was_away = False
        self._written, self._wrote = 0, time.monotonic()

    def ask(self) -> None:
        try:
            self.errors |= {error for (error,) in self._machine.rows(ERRORS)}
            written = int(self._machine.one(WRITTEN))
        except psycopg.Error:
            self._was_away = True
            return
        if written > self._written:
            self._written, self._wrote = written, time.monotonic()

    def has_met_it(self) -> bool:
        """Whether a unit failed for want of room, or as good as that."""
        stands_still = time.monotonic() - self._wrote > FULL_SECONDS
        said_so = any(NO_ROOM in error for error in self.errors)
        return said_so or self._was_away or stands_still


def test_a_run_meets_a_bad_prompt_kill_9_of_everything_and_a_full_disk(
    machine: Machine, model: FakeServer, disk: Path, tmp_path: Path
) -> None:
    machine.manage(
        "import_pairs", str(ROOT / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl")
    )
    machine.manage("gather", str(seeds(tmp_path)))
    begins = machine.manage("generate", "--background", "--engine", "url", "--count", "81",
                          "--examples", "1", "--responses", "2", "--seeds-per-unit", "6")  # fmt: skip
    run = int(begins.split()[1].rstrip(":"))
    open_pairs = "SELECT count(*) FROM review_entry WHERE state = 'open'"
    machine.wait(lambda: machine.one(open_pairs) > 3, what="pairs to label")
    kill_everything(machine)
    machine.start()
    supervisor = holder(machine.var)
    assert machine.one(ENDED.format(run)) == "running"
    reviewer = Reviewer(machine)
    reviewer.label()
    assert reviewer.taken == 1
    said = Said(machine)
    with Filling(disk):
        assert eventually_full(disk)
        begun = time.monotonic()
        for second in count():
            if not goes_on(time.monotonic() - begun, said):
                break
            with suppress(httpx.TransportError):  # its process may be on its way back
                reviewer.label()
            if second % EXPORT_SECONDS == 0:
                export(machine)
            time.sleep(1)
            said.ask()
            assert holder(machine.var) == supervisor, "the supervisor has ended"
    model.always = ANSWER  # nothing more is to happen: the rest may come at once
    machine.wait(lambda: all_run(machine), what="all processes run again")
    assert holder(machine.var) == supervisor
    said.ask()
    assert said.has_met_it(), said.errors
    reviewer.label()
    wait_for(machine, run)
    assert machine.one(ENDED.format(run)) == "done", machine.rows(MESSAGE.format(run))
    assert machine.one(TWICE) == 0
    assert machine.one(NO_END.format(run)) == 0
    ((stage, reason, message),) = machine.rows(REJECTED.format(run))
    assert (stage, reason) == ("s_c", "server_error") and "boom" in message
    assert machine.one(LABEL) == reviewer.taken > 0
    assert reviewer.codes <= {200, 503}
    # Of the exports only commands, which people look at, have given up.
    assert machine.rows(GIVEN_UP) == []
    machine.manage("export", "--to", str(tmp_path / "out"))
    assert_whole(tmp_path / "out", rows=reviewer.taken)


def goes_on(seconds: float, said: Said) -> bool:
    """Whether the disk is to stay full: a busy machine may have had no time to meet it yet."""
    return seconds < (FULL_SECONDS if said.has_met_it() else PATIENCE_SECONDS)


def assert_whole(folder: Path, *, rows: int) -> None:
    """The export has every pair that was labelled good, and the bytes that its manifest says."""
    (path,) = folder.glob("data-*[0-9].jsonl")
    manifest = json.loads(path.with_suffix(".manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["rows"] == rows == len(path.read_text().splitlines())
    assert manifest["left_out"] == {}


def export(machine: Machine) -> None:
    """An export at work meanwhile: it fails in a sentence, or finds room for its few bytes."""
    command = [sys.executable, "manage.py", "export"]
    done = subprocess.run(
        command, cwd=ROOT, env=machine.env, capture_output=True, text=True, check=False, timeout=200
    )
    assert "Traceback" not in done.stderr, done.stderr


def eventually_full(disk: Path) -> bool:
    until = time.monotonic() + 120
    while not room.is_full(disk) and time.monotonic() < until:
        time.sleep(0.05)
    return room.is_full(disk)
