"""A PostgreSQL of a test's own, to be killed, and `manage.py` as a process beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

from apps.core.embedded import Postgres, running, service
from tests.installation import begun

ROOT = Path(__file__).resolve().parents[3]
# Everything that must be equal after a crash; ids and times may differ.
SEEDS = """
SELECT f.path, s.start, s."end", s.line, s.kind, s.text, s.comment, s.schema_context
FROM seeds_seed s JOIN seeds_sourcefile f ON f.id = s.file_id ORDER BY 1, 2, 3
"""
COUNTS = 'SELECT "group", code, number FROM seeds_gatheringcount ORDER BY 1, 2'


@dataclass
class Private:
    """The server below `var`, and the address of one of its databases."""

    var: Path
    url: str

    def database(self, name: str) -> Private:
        """Another database, a copy of this one as it is now."""
        source = urlsplit(self.url).path[1:]
        base = urlunsplit(urlsplit(self.url)._replace(path="/template1"))
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return Private(self.var, urlunsplit(urlsplit(self.url)._replace(path=f"/{name}")))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()

    def manage(self, *words: object) -> subprocess.Popen[str]:
        """`manage.py` as a process of a session of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: object) -> str:
        """`manage.py` to its end; its output. Fails when it fails."""
        process = self.manage(*words)
        output, _ = process.communicate(timeout=240)
        assert process.returncode == 0, output
        return output

    def wait_for_files(self, least: int, process: subprocess.Popen[str]) -> int:
        """Wait until so many files are stored; how many they are."""
        deadline = time.monotonic() + 120
        with psycopg.connect(self.url, autocommit=True) as connection:
            while time.monotonic() < deadline:
                assert process.poll() is None, process.communicate()[0]
                found = connection.execute("SELECT count(*) FROM seeds_sourcefile").fetchone()
                if found and found[0] >= least:
                    return int(found[0])
                time.sleep(0.02)
        raise AssertionError(f"there are no {least} files after two minutes")

    def kill(self) -> None:
        """kill -9 of the whole server."""
        left = service.processes_in(Postgres(self.var).folder)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(left, timeout=10)


@contextmanager
def private_postgres(var: Path) -> Iterator[Private]:
    """A durable server with a migrated database; ended with the block, also one started anew."""
    with running(begun(var)) as urls:
        server = Private(var, urls.database_url)
        try:
            yield server
        finally:
            server.kill()
