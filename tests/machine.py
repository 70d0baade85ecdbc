"""A whole machine for a test: every process of Winnow, real, in a folder of its own; and a disk
that is soon full.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from apps.core.embedded.urls import postgres_url
from apps.core.processes import record
from tests import installation

ROOT = Path(__file__).resolve().parents[1]
# No measure of speed: how long a busy machine may take for anything that is waited for.
PATIENCE_SECONDS = 600


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of this size ("1m"), below a folder that every account may pass. Skips the test
    where nobody may mount one.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="winnow-small-"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"this container may not mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


class Machine:
    """PostgreSQL, Valkey, web, workers and scheduler under one folder, as `make start` has them."""

    def __init__(self, var: Path, **env: str) -> None:
        self.var = var
        self.env = installation.environment(var, WINNOW_LEASE_SECONDS="10", **env)

    def start(self) -> None:
        self._python("-m", "apps.core.processes", "start")

    def stop(self) -> None:
        self._python("-m", "apps.core.processes", "stop")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Started, with an admin and the few-shot examples (`tests.installation`); stopped at the
        end.
        """
        installation.begun(self.var)
        self.start()
        try:
            yield
        finally:
            self.stop()

    def manage(self, *words: str) -> str:
        """Run a management command; its standard output."""
        return self._python("manage.py", *words)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the machine's database; one that was killed is waited for."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(postgres_url(self.var)) as connection:
                    return connection.execute(sql.encode()).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def one(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    @property
    def address(self) -> str:
        web = record.load(self.var, "web")
        assert web
        return web.address

    def kill(self, name: str) -> None:
        """SIGKILL a process of the machine by its name in `make status`."""
        found = record.load(self.var, name)
        assert found and found.process
        os.kill(found.process.pid, signal.SIGKILL)

    def kill_model_server(self) -> None:
        """SIGKILL the process that listens for the model's requests; there must be one."""
        (state,) = [json.loads(p.read_text()) for p in (self.var / "engines").glob("*.json")]
        killed = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            is_server = any(word.endswith("vllm_cpu_server.py") for word in words[:3])
            if is_server and str(state["port"]) in words:
                process.kill()
                killed.append(process.pid)
        assert killed, f"no model server listens at port {state['port']}"

    def wait(self, true: Callable[[], bool], *, what: str) -> None:
        """Wait until `true()`; where it is not to come, fail with the end of the machine's log."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if true():
                return
            time.sleep(0.3)
        log = (self.var / "log" / "winnow.log").read_text()[-6000:]
        raise AssertionError(f"after {PATIENCE_SECONDS} s still not: {what}\n{log}")

    def _python(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, capture_output=True, text=True,
            check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout
