"""The pool of sandbox children: `SandboxPool(database, size=2).run(job) -> Execution`."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType

from apps.validation.databases.base import Database, Unavailable
from apps.validation.sandbox.folders import remove_orphans
from apps.validation.sandbox.process import Child, ChildFailure, KeptPlace
from apps.validation.sandbox.protocol import Way
from apps.validation.sandbox.undoing import is_as_if_alone, undone
from apps.validation.values import Ended, Execution, ScriptJob

_JOBS_PER_CHILD = 2_000
_JOBS_IN_ONE_PLACE = 16
# Jobs in one place have so much of one's time together: who never ends has had all of its own by
# then, and need not be run again.
_SHARED_TIME = 1.25
# What was undone leaves rows behind that nobody sees, in the database's own tables too.
_JOBS_PER_PLACE = 200
_PLACE_SECONDS = 60.0
_AS_NEW = frozenset({Ended.OK, Ended.SQL_ERROR})


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
        found: list[Execution | None] = [None] * len(jobs)
        if not self.database.undoes:
            return found
        alike = self.database.fails_alike
        shared = [undone(job, alike=alike) for job in jobs]
        chosen = [(index, job) for index, job in enumerate(shared) if job]
        for start in range(0, len(chosen), _JOBS_IN_ONE_PLACE):
            part = chosen[start : start + _JOBS_IN_ONE_PLACE]
            if len(part) > 1 or self.database.keeps:
                executions = self._run_sharing([job for _, job in part])
                for (index, job), execution in zip(part, executions, strict=True):
                    if is_as_if_alone(execution, job, alike=alike):
                        found[index] = execution
        return found

    def _run(self, jobs: Sequence[ScriptJob], way: Way = Way.ALONE) -> list[Execution]:
        with (
            self._turn(),
            self.database.workspace(jobs[0].limits) as place,
            self._child(jobs[0]) as child,
        ):
            done = child.run(jobs, place, way=way)
            return [self.database.corrected(place, execution) for execution in done]

    def _run_sharing(self, jobs: Sequence[ScriptJob]) -> list[Execution]:
        """Jobs that are undone, where the database can in a place that others have left as new."""
        shared = _sharing(jobs)
        if not self.database.keeps:
            return self._run(shared, Way.UNDONE)
        with self._turn(), self._child(shared[0]) as child:
            kept = self._kept(child)
            with self.database.watched(kept.place):
                kept.jobs += len(shared)
                done = child.run(shared, kept.place, way=Way.STAYING)
                done = [self.database.corrected(kept.place, each) for each in done]
            if not _AS_NEW.issuperset(each.ended for each in done):
                self._leave(child)
            return done

    def _kept(self, child: Child) -> KeptPlace:
        """The place that the child stays in, or a new one where it was long enough."""
        if (kept := child.kept) and kept.jobs < _JOBS_PER_PLACE and time.monotonic() < kept.until:
            return kept
        self._leave(child)
        until = time.monotonic() + _PLACE_SECONDS
        child.kept = KeptPlace(self.database.make_place(), until)
        return child.kept

    def _leave(self, child: Child) -> None:
        if kept := child.kept:
            child.kept = None
            self.database.drop_place(kept.place)

    def layers(self) -> dict[str, bool | str]:
        """Which protections are active, by name: True, or a sentence that says why not."""
        with self._turn():
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

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One of as many as may be at work at once, on a server that runs; after a fork, anew."""
        if self._process != os.getpid():
            self._reset()
        with self._slots:
            self._open()
            yield

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
        self._leave(child)


def _sharing(jobs: Sequence[ScriptJob]) -> list[ScriptJob]:
    """The jobs for one place; the limits of the first are those of all."""
    first = jobs[0]
    limits = replace(first.limits, seconds=_SHARED_TIME * first.limits.seconds)
    return [replace(first, limits=limits), *jobs[1:]]
