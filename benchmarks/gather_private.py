"""A durable PostgreSQL of the benchmark's own, fresh databases in it, and processes watched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

from apps.core.embedded import running

ROOT = Path(__file__).resolve().parents[1]
FIGURES = """
SELECT (SELECT count(*) FROM seeds_sourcefile), (SELECT count(*) FROM seeds_seed),
       (SELECT sum(number) FROM seeds_gatheringcount WHERE "group" = 'statements'),
       (SELECT sum(number) FROM seeds_gatheringcount WHERE "group" = 'bytes')
"""
# Files stored after the first batch, and the time that they took.
RATE = """
SELECT count(*) FILTER (WHERE created_at > first), extract(epoch FROM max(created_at) - min(first))
FROM seeds_sourcefile, (SELECT min(created_at) AS first FROM seeds_sourcefile) AS begun
"""


@dataclass
class Server:
    """One database of the server; `fresh` gives another, empty one."""

    var: Path
    url: str
    redis_url: str
    root: Path = ROOT  # the checkout whose code gathers
    _numbers: count[int] = field(default_factory=count)

    def fresh(self) -> Server:
        """A copy of the migrated, empty database."""
        name = f"run{next(self._numbers)}"
        base = self._address("template1")
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE winnow')
        return Server(self.var, self._address(name), self.redis_url, self.root)

    def _address(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "REDIS_URL": self.redis_url,
            "WINNOW_VAR": str(self.var),
        }

    def manage(self, *words: object) -> subprocess.Popen[bytes]:
        """`manage.py` as a process, silent."""
        command = [sys.executable, "manage.py", *map(str, words)]
        return subprocess.Popen(
            command, cwd=self.root, env=self.environment, stdout=subprocess.DEVNULL
        )

    def run(self, *words: object) -> None:
        """`manage.py` to its end."""
        if self.manage(*words).wait():
            raise SystemExit(f"manage.py {' '.join(map(str, words))} failed")

    def here(self, source: Path) -> tuple[float, float]:
        """Seconds that one process needs for all units of a gathering, without its start: by the
        clock, and of processor time with its backend's.
        """
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.gather_into", str(source)],
            cwd=self.root, env=self.environment, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        clock, processor = map(float, done.stdout.split()[-2:])
        return clock, processor

    def rate(self, source: Path, workers: int) -> float:
        """Files a second from the first batch stored to the last."""
        self.run("gather", source, "--workers", workers, "--files-per-chunk", 500)
        with psycopg.connect(self.url) as connection:
            files, seconds = connection.execute(RATE).fetchone() or (0, 1)
        return float(files) / float(seconds)

    def told(self) -> str:
        """Files, statements and seeds of this database."""
        with psycopg.connect(self.url) as connection:
            files, seeds, statements, size = connection.execute(FIGURES).fetchone() or (0,) * 4
        read = f"{files:,} files, {float(size or 0) / 1e6:.1f} MB read"
        return f"{read}, {statements or 0:,} statements, {seeds:,} seeds kept"


@contextmanager
def private_server(var: Path, root: Path = ROOT) -> Iterator[Server]:
    """Started, migrated by the code of a checkout, and ended with the block."""
    # Its account must be able to pass through the folder that is made for everything.
    var.parent.chmod(0o711)
    with running(var) as urls:
        server = Server(var, urls.database_url, urls.redis_url, root)
        server.run("migrate", "-v", "0")
        yield server


def peak_of(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process; the largest peak of memory (VmHWM, bytes) of it or a descendant."""
    top = 0
    while process.poll() is None:
        with suppress(psutil.Error):
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
            top = max([top, *(high_water(one.pid) for one in family)])
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"the gathering failed with exit code {process.returncode}")
    return top


def high_water(pid: int) -> int:
    """The peak resident set of a process that is there still, else 0 (proc(5), status)."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return 0


def measured(part: str, folder: Path, checkout: Path = ROOT) -> dict[str, float]:
    """What `benchmarks.gather_chain PART FOLDER` of a checkout prints, in a process of its own;
    older code has a blank between name and number.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gather_chain", part, folder.resolve()],
        cwd=checkout, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    lines = (line.replace("=", " ").split() for line in done.stdout.splitlines())
    return {name: float(number) for name, number in lines}
