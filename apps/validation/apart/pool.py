"""The children that tasks are done in: started when needed, ended with their input."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from apps.validation.databases.base import Unavailable

SECONDS = 10.0
_ROOT = Path(__file__).resolve().parents[3]
# Caches of trees grow: a child does so many tasks.
_TASKS = 5_000


class TooCostlyError(Exception):
    """A task took more processor time or memory than it may, and its process was ended."""


class Child:
    """A started child. seconds: of processor time for a task. tasks: how many it has done."""

    def __init__(self, seconds: float) -> None:
        command = (sys.executable, "-m", "apps.validation.apart.child", str(seconds))
        try:
            self._process = subprocess.Popen(
                command, cwd=_ROOT, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise Unavailable(f"no process to read responses in: {error}") from error
        self.tasks = 0

    def do(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[bool, Any]:
        """(True, result) or (False, error). Raises TooCostlyError."""
        self.tasks += 1
        try:
            self._input.write(pickle.dumps((name, args, named)))
            self._input.flush()
            answer: tuple[bool, Any] = pickle.load(self._output)  # noqa: S301  our own program's
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            code = self.close()
            raise TooCostlyError(f"to {name} it took too long: its process {code}") from error
        return answer

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def close(self) -> str:
        """End the process; how it ended."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._output.close()
        code = self._process.wait()
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


class Children:
    """At most `size` children; more tasks wait for their turn. A fork begins with none.

    seconds: of processor time that one task may take.
    """

    def __init__(self, size: int, *, seconds: float = SECONDS) -> None:
        self._size, self._seconds = size, seconds
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._slots = threading.BoundedSemaphore(self._size)
        # Whoever read a response still knows its trees when it is altered.
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()

    def do(self, name: str, *args: Any, **named: Any) -> Any:
        """Do a task of `child.TASKS` and return its result, or raise its error.

        Raises TooCostlyError, and Unavailable where no process can be started.
        """
        if self._process != os.getpid():
            self._reset()
        with self._slots:
            child = self._taken()
            is_done, answer = child.do(name, args, named)
            if is_done and child.tasks < _TASKS:
                self._idle.put(child)
            else:
                child.close()
        if is_done:
            return answer
        raise answer

    def _taken(self) -> Child:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Child(self._seconds)

    def close(self) -> None:
        """End the children that have nothing to do."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
