"""The pool of sandbox children: `SandboxPool(database, size=2).run(job) -> Execution`."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType

from apps.validation.databases.base import Database, Unavailable
from apps.validation.sandbox.folders import remove_orphans
from apps.validation.sandbox.process import Child, ChildFailure
from apps.validation.sandbox.undoing import can_be_undone, is_as_if_alone
from apps.validation.values import Execution, ScriptJob

_JOBS_PER_CHILD = 2_000
_JOBS_IN_ONE_PLACE = 16
# Jobs in one place have so much of one's time together: who never ends has had all of its own by
# then, and need not be run again.
_SHARED_TIME = 1.25


class SandboxPool:
    """Up to `size` children that run jobs of one database, started when they are first needed.

    `run` may be called by many threads at once; more than `size` wait for their turn. After a
    fork the new process finds an empty pool of its own. A child is used for at most
    2,000 jobs, and not again after a job whose end says that a limit was met inside it.
    """

    def __init__(self, database: Database, *, size: int = 2) -> None:
        if size < 1:
            raise ValueError("a sandbox pool needs a size of at least 1")
        self.database = database
        self._size = size
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._slots = threading.BoundedSemaphore(self._size)
        self._idle: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._alive: set[Child] = set()
        self._lock = threading.Lock()
        self._opened = False
        self._closed = False
        # The kernel ties a child to the thread that started it, so one thread starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-starter")

    def __enter__(self) -> SandboxPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, job: ScriptJob) -> Execution:
        """Run one job; never raises for anything that the job's SQL does.

        Raises `Unavailable` when the database or the sandbox cannot be started at all.
        """
        (execution,) = self._run([job])
        return execution

    def run_many(self, jobs: Sequence[ScriptJob]) -> list[Execution | None]:
        """Run jobs one after another in one place, each undone; None for one to be run alone.

        A transaction is not quite a script: what cannot be told from it is left to `run`.
        """
        chosen = [index for index, job in enumerate(jobs) if can_be_undone(job)]
        found: list[Execution | None] = [None] * len(jobs)
        if not self.database.undoes:
            return found
        for start in range(0, len(chosen), _JOBS_IN_ONE_PLACE):
            part = chosen[start : start + _JOBS_IN_ONE_PLACE]
            if len(part) > 1:
                executions = self._run(_sharing([jobs[index] for index in part]))
                for index, execution in zip(part, executions, strict=True):
                    if is_as_if_alone(execution, jobs[index], alike=self.database.fails_alike):
                        found[index] = execution
        return found

    def _run(self, jobs: Sequence[ScriptJob]) -> list[Execution]:
        if self._process != os.getpid():
            self._reset()
        with self._slots:
            self._open()
            with self.database.workspace(jobs[0].limits) as place, self._child(jobs[0]) as child:
                done = child.run(jobs, place)
                return [self.database.corrected(place, execution) for execution in done]

    def layers(self) -> dict[str, bool | str]:
        """Which protections are active, by name: True, or a sentence that says why not."""
        if self._process != os.getpid():
            self._reset()
        with self._slots:
            self._open()
            child = self._take(memory_bytes=0)
            self._give_back(child)
            return child.layers | self.database.layers()

    def child_ids(self) -> list[int]:
        """Process ids of the children that live now; each is also its process group's."""
        with self._lock:
            return [child.pid for child in self._alive]

    def close(self) -> None:
        """End every idle child; jobs that still run end with their threads."""
        if self._process != os.getpid() or self._closed:
            return
        self._closed = True
        while True:
            try:
                self._kill(self._idle.get_nowait())
            except queue.Empty:
                break
        self._starter.shutdown(wait=False)
        if self._opened:
            self.database.stop()

    def _open(self) -> None:
        with self._lock:
            if self._closed:
                raise Unavailable("the sandbox pool is closed")
            if not self._opened:
                remove_orphans()
                self.database.start()
                self._opened = True

    @contextlib.contextmanager
    def _child(self, job: ScriptJob) -> Iterator[Child]:
        child = self._take(memory_bytes=job.limits.memory_bytes)
        try:
            yield child
        except BaseException:
            self._kill(child)
            raise
        self._give_back(child)

    def _take(self, *, memory_bytes: int) -> Child:
        while True:
            try:
                child = self._idle.get_nowait()
            except queue.Empty:
                break
            if child.usable_for(memory_bytes):
                return child
            self._kill(child)
        try:
            child = self._starter.submit(Child, self.database).result()
        except ChildFailure as error:
            raise Unavailable(f"no sandbox for {self.database.name}: {error}") from error
        with self._lock:
            self._alive.add(child)
        return child

    def _give_back(self, child: Child) -> None:
        if child.trusted and child.jobs < _JOBS_PER_CHILD and not self._closed:
            self._idle.put(child)
        else:
            self._kill(child)

    def _kill(self, child: Child) -> None:
        with self._lock:
            self._alive.discard(child)
        child.kill()


def _sharing(jobs: Sequence[ScriptJob]) -> list[ScriptJob]:
    """The jobs for one place; the limits of the first are those of all."""
    first = jobs[0]
    limits = replace(first.limits, seconds=_SHARED_TIME * first.limits.seconds)
    return [replace(first, limits=limits), *jobs[1:]]
