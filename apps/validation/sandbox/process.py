"""One sandbox child as its worker sees it: started, given jobs, killed with all that is its own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from apps.core import standstill
from apps.validation.databases.base import Database, Place
from apps.validation.sandbox import protocol
from apps.validation.sandbox.folders import PrivateFolder
from apps.validation.sandbox.protocol import Way
from apps.validation.values import Ended, Execution, ScriptJob

_STILL_SECONDS = 30.0
_LOOK_MILLISECONDS = 500
_GRACE_SECONDS = 0.4
_MESSAGE_OVERHEAD = 4 * 1024 * 1024
# After a limit was met an engine may not be what it was; a mere client has only closed.
_CLEAN_ENDS = {
    True: frozenset({Ended.OK, Ended.SQL_ERROR}),
    False: frozenset({Ended.OK, Ended.SQL_ERROR, Ended.REFUSED, Ended.TIMEOUT}),
}
_REPOSITORY = Path(__file__).resolve().parents[3]


class ChildFailure(Exception):
    """The child did not start; the message holds the last it said."""


@dataclass(slots=True)
class KeptPlace:
    """Where a child stays: how many jobs ran in it, and until when (monotonic) it is good."""

    place: Place
    until: float
    jobs: int = 0


class Child:
    """A started child process, waiting for a job.

    layers: the protections it reports. jobs: how many it has run. trusted: false once anything
    happened that a clean job does not do; such a child must not be used again.
    """

    def __init__(self, database: Database) -> None:
        self.jobs = 0
        self.trusted = True
        self.layers: dict[str, bool | str] = {}
        self._clean_ends = _CLEAN_ENDS[database.engine_in_child]
        self._memory_bytes: int | None = None
        self.kept: KeptPlace | None = None
        self.folder = PrivateFolder()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as the child does
        self._process = self._start(database)
        try:
            self._await_ready()
        except ChildFailure:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process id, which is also its process group's and session's."""
        return self._process.pid

    def _start(self, database: Database) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-B", "-s", "-m", "apps.validation.sandbox.child"]
        process = subprocess.Popen(
            [*command, database.name, str(os.getpid()), database.network],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=self.folder.path,
            env=clean_environment(self.folder.path),
            start_new_session=True,
            close_fds=True,
            bufsize=0,
        )
        assert process.stdin is not None and process.stdout is not None
        self._input, self._output = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        return process

    def _await_ready(self) -> None:
        """A busy machine may take any time for it: what does nothing is not waited for."""
        start = standstill.Start(self.pid, seconds=_STILL_SECONDS, said=self._size_of_log)
        waiting = select.poll()
        waiting.register(self._output, select.POLLIN)
        while not waiting.poll(_LOOK_MILLISECONDS):
            if trouble := start.trouble():
                raise ChildFailure(f"it {trouble}; {self._last_words()}")
        try:
            ready = protocol.receive(
                self._output,
                max_bytes=_MESSAGE_OVERHEAD,
                deadline=time.monotonic() + _STILL_SECONDS,
            )
        except protocol.ChannelError as error:
            raise ChildFailure(f"{error}; {self._last_words()}") from error
        self.layers = {str(name): layer for name, layer in ready["layers"].items()}

    def usable_for(self, memory_bytes: int) -> bool:
        """Whether it lives and may give a job so much memory: SQLite's limit only ever falls."""
        if self._process.poll() is not None:
            return False
        return self._memory_bytes is None or memory_bytes <= self._memory_bytes

    def run(
        self, jobs: Sequence[ScriptJob], place: Place, *, way: Way = Way.ALONE
    ) -> list[Execution]:
        """Run one job, or several that can be undone, within the limits of the first.

        A child that hangs or dies gives `TIMEOUT` or `CRASHED` for all of them, and its time.
        """
        started = time.perf_counter()
        executions = self._run(jobs, place, way)
        spent = (time.perf_counter() - started) * 1000
        return [
            each if each.milliseconds else replace(each, milliseconds=spent) for each in executions
        ]

    def _run(self, jobs: Sequence[ScriptJob], place: Place, way: Way) -> list[Execution]:
        self.jobs += len(jobs)
        limits = jobs[0].limits
        self._memory_bytes = limits.memory_bytes
        deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS
        try:
            messages = [protocol.job_to_message(job) for job in jobs]
            request = {"jobs": messages, "place": place, "way": way}
            protocol.send(self._input, request, deadline)
            most = sum(map(_answer_bytes, jobs))
            answer = protocol.receive(self._output, max_bytes=most, deadline=deadline)
            executions = protocol.executions_from_message(answer, number=len(jobs))
        except protocol.ChannelTimeout:
            self.trusted = False
            late = Execution(Ended.TIMEOUT, message="the script took longer than it may")
            return [late] * len(jobs)
        except protocol.ChannelError as error:
            self.trusted = False
            return [self._post_mortem(error)] * len(jobs)
        ends = {execution.ended for execution in executions}
        self.trusted = ends <= self._clean_ends and self.folder.is_clean()
        return executions

    def _post_mortem(self, error: protocol.ChannelError) -> Execution:
        """A child that is gone: of its own time limits, or for a reason unknown."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_GRACE_SECONDS)
        code = self._process.returncode
        if code in (-signal.SIGALRM, -signal.SIGXCPU):
            return Execution(Ended.TIMEOUT, message="the script took longer than it may")
        how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else ""
        message = f"the sandbox process died {how}".strip()
        return Execution(Ended.CRASHED, message=f"{message}: {error}; {self._last_words()}")

    def _size_of_log(self) -> int:
        return os.fstat(self._log.fileno()).st_size

    def _last_words(self) -> str:
        size = self._size_of_log()
        words = os.pread(self._log.fileno(), 500, max(0, size - 500))
        return words.decode("utf-8", "replace").strip() or "it said nothing"

    def kill(self) -> None:
        """End the child and its process group, and remove its folder."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()
        self.folder.remove()


def clean_environment(folder: Path) -> dict[str, str]:
    """All that a sandbox process is told: no secret, no address of Winnow's own services."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(_REPOSITORY),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def _answer_bytes(job: ScriptJob) -> int:
    """Most that an honest answer can take: JSON escapes one byte to at most six."""
    tables = len(job.statements) + len(job.probes)
    return _MESSAGE_OVERHEAD + 6 * job.limits.output_bytes + 4_096 * tables
