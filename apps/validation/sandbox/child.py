"""The program inside: `python -m apps.validation.sandbox.child DATABASE PARENT NETWORK`.

It confines itself, says which layers hold, then runs one job after another, each in a new
session, until its input ends. It is started by `pool.Child` with an empty environment.
"""

from __future__ import annotations

import codecs
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from apps.validation import databases
from apps.validation.databases.base import Session, Sessions, SqlFailure
from apps.validation.sandbox import confine, protocol
from apps.validation.sandbox.protocol import Way
from apps.validation.sandbox.scalars import Budget, cut
from apps.validation.values import Ended, Execution, Limits, ScriptJob, Table

MAX_MESSAGE_BYTES = 2_000
MAX_STATEMENT_CHARACTERS = 1024 * 1024
# The kernel ends a child that neither its session nor its parent could stop.
_ALARM_GRACE_SECONDS = 1.0
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def main(name: str, parent: int, network: str) -> None:
    """Confine this process, then answer jobs until the input ends."""
    requests, answers = _take_pipes()
    folder = Path.cwd()
    layers = confine.enter(parent=parent, network=network)
    sessions = databases.sessions(name)
    _preload(sessions)
    base_bytes = confine.address_space()
    confine.close_in(
        layers, parent=parent, folder=folder, network=network, readable=sessions.readable()
    )
    protocol.send(answers, {"ready": True, "layers": layers})
    staying = Staying(sessions)
    while True:
        try:
            message = protocol.receive(requests, max_bytes=protocol.MAX_REQUEST_BYTES)
        except protocol.ChannelError:
            return
        jobs = [protocol.job_from_message(job) for job in message["jobs"]]
        executions = run_jobs(
            staying if message["way"] == Way.STAYING else sessions,
            jobs,
            place=message["place"],
            base_bytes=base_bytes,
            undoes=message["way"] != Way.ALONE,
        )
        protocol.send(answers, protocol.executions_to_message(executions))


def _take_pipes() -> tuple[int, int]:
    """The two pipes on descriptors of their own, so that nothing printed can reach them."""
    requests, answers = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    os.close(empty)
    return requests, answers


def _preload(sessions: Sessions) -> None:
    """Load now what Python would otherwise look for in files that will be closed."""
    for encoding in ("utf-8", "ascii", "latin-1", "idna"):
        codecs.lookup(encoding)
    sessions.preload()


class Staying(Sessions):
    """One session for all jobs that are undone and come with one place, one after the other."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._place: dict[str, str] | None = None
        self._session: Session | None = None

    def open(self, *, limits: Limits, place: dict[str, str]) -> Session:
        """The session in this place, as it was left."""
        if self._session is not None and self._place == place:
            self._sessions.renew(self._session, limits)
            return Left(self._session)
        if self._session is not None:
            self._session.close()
            self._session = None
        self._session, self._place = self._sessions.open(limits=limits, place=place), place
        return Left(self._session)


class Left:
    """A session that is left open at a job's end."""

    def __init__(self, session: Session) -> None:
        self.run = session.run

    def close(self) -> None:
        """It stays."""


def run_jobs(
    sessions: Sessions,
    jobs: Sequence[ScriptJob],
    *,
    place: dict[str, str],
    base_bytes: int,
    undoes: bool = False,
) -> list[Execution]:
    """Run a job in a new session; or several, each undone, under the limits of the first.

    All share its time. Those that were not reached, or could not be undone, are failures.
    """
    limits = jobs[0].limits
    confine.limit_job(
        base_bytes=base_bytes, memory_bytes=limits.memory_bytes, seconds=limits.seconds
    )
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + _ALARM_GRACE_SECONDS)
    done: list[Execution] = []
    try:
        started = time.perf_counter()
        session = sessions.open(limits=limits, place=place)
        try:
            if undoes:
                _run_undone(session, jobs, started, done.append)
            else:
                done.extend(_run(session, job, started) for job in jobs)
        finally:
            session.close()
    except SqlFailure as failure:
        end = Execution(ended=failure.ended, message=cut(failure.message, MAX_MESSAGE_BYTES))
    except MemoryError:
        end = Execution(ended=Ended.REFUSED, message="over the sandbox's memory limit")
    else:
        return done
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return done + [end] * (len(jobs) - len(done))


def _run(session: Session, job: ScriptJob, started: float) -> Execution:
    script = Script(session, job)
    script.run()
    return script.execution((time.perf_counter() - started) * 1000)


def _run_undone(
    session: Session,
    jobs: Sequence[ScriptJob],
    started: float,
    keep: Callable[[Execution], None],
) -> None:
    """Run each in a transaction that is rolled back; what it came to stays if that fails."""
    for job in jobs:
        session.run("BEGIN", Budget(job.limits))
        keep(_run(session, job, started))
        session.run("ROLLBACK", Budget(job.limits))
        started = time.perf_counter()


class Script:
    """The run of one job's three phases in one session."""

    def __init__(self, session: Session, job: ScriptJob) -> None:
        self._session = session
        self._job = job
        self._budget = Budget(job.limits)
        self._tables: list[Table | None] = []
        self._probes: list[Table | None] = []
        self._failure: tuple[str, int, SqlFailure] | None = None

    def run(self) -> None:
        """All phases in order; a failure ends them, but a probe's SQL error only that probe."""
        discard: list[Table | None] = []
        phases: tuple[tuple[str, tuple[str, ...], list[Table | None]], ...] = (
            ("setup", self._job.setup, discard),
            ("statements", self._job.statements, self._tables),
            ("probes", self._job.probes, self._probes),
        )
        for phase, statements, tables in phases:
            for index, sql in enumerate(statements):
                if not self._run_one(phase, index, sql, tables.append):
                    return

    def _run_one(
        self, phase: str, index: int, sql: str, keep: Callable[[Table | None], None]
    ) -> bool:
        if unfit := _unfit(sql):
            self._failure = (phase, index, unfit)
            return False
        budget = Budget(self._job.limits) if phase == "setup" else self._budget
        try:
            keep(self._session.run(sql, budget))
        except SqlFailure as failure:
            self._failure = self._failure or (phase, index, failure)
            if phase != "probes" or failure.ended is not Ended.SQL_ERROR:
                return False
            keep(None)
        return True

    def execution(self, milliseconds: float) -> Execution:
        """What has happened, as a value."""
        tables, probes = tuple(self._tables), tuple(self._probes)
        if self._failure is None:
            return Execution(Ended.OK, tables=tables, probes=probes, milliseconds=milliseconds)
        phase, index, failure = self._failure
        return Execution(
            ended=failure.ended,
            phase=phase,
            index=index,
            message=cut(failure.message, MAX_MESSAGE_BYTES),
            tables=tables,
            probes=probes,
            milliseconds=milliseconds,
        )


def _unfit(sql: str) -> SqlFailure | None:
    """Why no database is given this statement, if so."""
    if len(sql) > MAX_STATEMENT_CHARACTERS:
        message = f"a statement of {len(sql)} characters; {MAX_STATEMENT_CHARACTERS} are allowed"
        return SqlFailure(Ended.REFUSED, message)
    if lone := _LONE_SURROGATE.search(sql):
        # No text in UTF-8 can hold one; engines are not made to be given it.
        message = f"the statement contains U+{ord(lone[0]):04X}, half of a character"
        return SqlFailure(Ended.SQL_ERROR, message)
    return None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
