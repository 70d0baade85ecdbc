"""The sandbox's servers, one of each for the whole run: `keep("postgres")` in whoever needs it.

Kept as `make start` keeps them: pools come and go, the server stays. The process that started the
services starts them when they are first asked for, so that all workers of pytest-xdist share them;
tests that harm a server make one of their own. `python -m tests.sandboxes` only brings the MariaDB
that they use, for a run whose user may not write where it is kept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from apps.validation import databases
from apps.validation.databases import homes, mariadb_server
from apps.validation.databases.base import Database, Unavailable
from apps.validation.databases.mariadb import Mariadb
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.server import SandboxServer

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "postgres": "apps.validation.databases.postgres_cluster",
    "mariadb": "apps.validation.databases.mariadb_server",
}
FOLDERS = tuple(f"sandbox-{name}" for name in MODULES)
WANTED = "wanted"
_MARIADB = Path(sys.prefix) / "mariadb-server"
_START_SECONDS = 240.0
# Ends with the thread that started it, also when that is killed.
_PROGRAM = """
import os, runpy, sys
from apps.core.parent import die_with_parent
die_with_parent(int(sys.argv.pop(1)))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


class Keepers(threading.Thread):
    """Starts what is wanted below `var`, and ends it with the run."""

    def __init__(self, var: Path) -> None:
        super().__init__(name="sandbox-keepers", daemon=True)
        self._var, self._ended = var, threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        (var / WANTED).mkdir()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            for path in (self._var / WANTED).iterdir():
                if path.name not in self._running:
                    self._running[path.name] = self._start(path.name)
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        words = (str(os.getpid()), MODULES[name], str(self._var / f"sandbox-{name}"))
        with (self._var / f"keeper-{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *words], cwd=ROOT, stdout=log, stderr=log
            )

    def end(self) -> None:
        """End them, and wait for that: each takes its home with it."""
        self._ended.set()
        self.join()


def keep(name: str) -> None:
    """Have the server of a database kept for the run, if it has one; waits until it answers.

    Raises `Unavailable` when it cannot be had.
    """
    if name not in MODULES:
        return
    if reason := databases.get(name).unavailable():
        raise Unavailable(reason)
    server = server_of(databases.get(name))
    if name == "mariadb":
        _download()
    (server.folder.parent / WANTED / name).touch()
    until = time.monotonic() + _START_SECONDS
    while not (server._is_kept() and server.is_ready()):
        if time.monotonic() > until:
            said = (server.folder.parent / f"keeper-{name}.log").read_text()
            raise Unavailable(f"the run's {server.title} does not start: {said}")
        time.sleep(0.05)


def server_of(database: Database) -> SandboxServer:
    """The own server of a database that has one."""
    if isinstance(database, Mariadb):
        return database.server()
    assert isinstance(database, Postgres)
    return database.cluster()


def name_mariadb() -> None:
    """Name the MariaDB that stays from run to run, beside the requirements, whether it is there
    yet or not; one that is named or installed comes first."""
    if not Path("/usr/sbin/mariadbd").exists() and shutil.which("dpkg"):
        os.environ.setdefault(mariadb_server.PROGRAM_VARIABLE, str(_MARIADB / "usr/sbin/mariadbd"))


def _download() -> None:
    """One process downloads, the others find it done."""
    program = _MARIADB / "usr/sbin/mariadbd"
    if os.environ.get(mariadb_server.PROGRAM_VARIABLE) != str(program) or program.exists():
        return
    with _MARIADB.with_name(f"{_MARIADB.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists() and (reason := mariadb_server._download(_MARIADB)):
            raise Unavailable(reason)


def left_over(*folders: Path) -> list[Path]:
    """What the sandbox has not given back: homes of servers below `folders`, and folders of
    children in this run's own temporary folder that nobody holds any more."""
    found = [home for home in homes.all_homes() if _belongs_below(home, folders)]
    children = Path(tempfile.gettempdir()).glob("winnow-sandbox-*")
    found += [path for path in children if not is_held(path)]
    return found


def _belongs_below(home: Path, folders: tuple[Path, ...]) -> bool:
    folder = homes.folder_of(home)
    return folder is not None and any(folder.is_relative_to(each) for each in folders)


def is_held(path: Path) -> bool:
    """Whether the maker of a child's folder lives."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


if __name__ == "__main__":
    name_mariadb()
    _download()
