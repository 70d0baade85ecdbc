"""One process of the machine as its supervisor sees it: how it stands, and what comes next.

Nothing here waits: the supervisor asks again and again (`step`, `step_to_end`).
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from apps.core import standstill
from apps.core.embedded import Postgres, Service, Valkey
from apps.core.processes import health
from apps.core.processes.child import CANNOT_START, Child
from apps.core.processes.log import Lines
from apps.core.processes.record import Identity, Record, Records, Status
from apps.core.processes.spec import ProcessSpec

MAX_RESTARTS = 5
# A process that lived so long was well: the next death is the first again.
WELL_AFTER_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
# So long a start may do nothing at all, however long it takes.
STILL_SECONDS = 120.0
# Between two questions whether it is ready.
ASK_SECONDS = 0.1

Say = Callable[[str, str | bytes], None]


class Kept:
    """One process, for as long as its supervisor lives and nobody ends it."""

    def __init__(self, spec: ProcessSpec, var: Path, records: Records, say: Say) -> None:
        self.spec = spec
        self.service: Service | None = None if spec.command else _service(spec.name, var)
        self.child: Child | None = None
        self.lines = Lines()
        self.died_at = -LONGEST_PAUSE_SECONDS
        self._records = records
        self._say = say
        self._record = Record(
            spec.name, Status.WAITING, Identity.of(os.getpid()), address=spec.address
        )
        self._not_before = self._ask_at = self._started = self._deadline = 0.0
        self._deaths = 0
        self._start: standstill.Start | None = None
        self._trouble = ""

    @property
    def status(self) -> Status:
        return self._record.status

    @property
    def is_changing(self) -> bool:
        """Whether the supervisor should look again soon."""
        return self.status not in (Status.RUNNING, Status.STOPPED, Status.FAILED)

    def may_start(self, *, needs_run: bool) -> bool:
        waits = self.status in (Status.WAITING, Status.RESTARTING)
        return waits and needs_run and time.monotonic() >= self._not_before

    def started(self, child: Child, beside: Callable[[], Iterable[int]] = tuple) -> None:
        """It has been forked. beside: the processes of what works for it while it starts."""
        self.child = child
        self.lines = Lines()
        self._started = self._ask_at = time.monotonic()
        self._start = standstill.Start(
            child.pid, seconds=STILL_SECONDS, said=lambda: self.lines.size, beside=beside
        )
        self._trouble = ""
        self._note(Status.STARTING, process=Identity.of(child.pid))

    def step(self) -> None:
        """Ask whether it is ready, where it is not yet; kill what does nothing for it."""
        now = time.monotonic()
        if not (self.child and self.status == Status.STARTING and now >= self._ask_at):
            return
        self._ask_at = now + ASK_SECONDS
        if self._is_ready(self.child):
            self._note(Status.RUNNING)
            self._tell(f"{self.spec.name} is ready {self.spec.address}".rstrip())
        elif self._start and not self._trouble and (trouble := self._start.trouble()):
            self._trouble = f"{trouble} and was not ready"
            self._send(signal.SIGKILL)

    def step_to_end(self, *, is_used: bool) -> None:
        """Ask it to end when nobody uses it any more; kill what does not listen."""
        now = time.monotonic()
        if self.child is None:
            if self.status not in (Status.FAILED, Status.STOPPED):
                self._note(Status.STOPPED, process=None)
        elif self.status != Status.STOPPING:
            if not is_used:
                self._note(Status.STOPPING)
                self._deadline = now + self.spec.grace_seconds
                self._send(self.service.stop_signal if self.service else signal.SIGTERM)
        elif now > self._deadline:
            grace = self.spec.grace_seconds
            self._tell(f"{self.spec.name} did not end in {grace:g} s: killing it")
            self._deadline = now + grace
            self._send(signal.SIGKILL)

    def ended(self) -> None:
        """Its process has ended, as all are to."""
        self.child = None
        if self.status != Status.FAILED:
            self._note(Status.STOPPED, process=None)

    def died(self, code: int, *, excuse: str) -> None:
        """Its process has ended with this wait status as an exit code (negative: a signal).

        excuse: why this death does not count, empty when it does.
        """
        self.child = None
        self.died_at = time.monotonic()
        how = self._trouble or _death(code)
        if code == CANNOT_START and not excuse:
            self._note(Status.FAILED, process=None)
            return
        self._fail_or_retry(how, excuse)

    def _fail_or_retry(self, how: str, excuse: str) -> None:
        was_well = self.died_at - self._started > WELL_AFTER_SECONDS
        self._deaths = (0 if was_well else self._deaths) + (not excuse)
        if self._deaths > MAX_RESTARTS:
            many = f"{self._deaths} times in a row"
            self._tell(f"{self.spec.name} {how}, {many}: giving up, ending the rest.")
            self._note(Status.FAILED, process=None)
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** max(self._deaths, 1), LONGEST_PAUSE_SECONDS)
        pause = LONGEST_PAUSE_SECONDS / 3 if excuse else pause
        self._not_before = self.died_at + pause
        counted = f"not counted: {excuse}" if excuse else f"{self._deaths} of {MAX_RESTARTS}"
        self._tell(f"{self.spec.name} {how}; starting it again in {pause:g} s ({counted})")
        self._note(Status.RESTARTING, process=None, restarts=self._record.restarts + 1)

    def _is_ready(self, child: Child) -> bool:
        if self.service:
            return self.service.is_ready()
        return health.is_ready(self.spec.ready, child.told)

    def _send(self, number: signal.Signals) -> None:
        if self.child:
            with suppress(ProcessLookupError):
                os.kill(self.child.pid, number)

    def _tell(self, text: str) -> None:
        self._say(self.spec.name, text)

    def _note(self, status: Status, **changes: object) -> None:
        self._record = replace(self._record, status=status, **changes)  # type: ignore[arg-type]
        self._records.note(self._record)


def excuse_for(kept: Kept, others: Mapping[str, Kept], *, disk_is_full: bool) -> str:
    """Why a death of now is not this process's own: the disk, or something that it needs."""
    if disk_is_full:
        return "the disk is full"
    now = time.monotonic()
    for name in kept.spec.needs:
        other = others.get(name)
        if other and (
            other.status != Status.RUNNING or now - other.died_at < LONGEST_PAUSE_SECONDS
        ):
            return f"{name} was away"
    return ""


def _service(name: str, var: Path) -> Service:
    services: tuple[Service, ...] = (
        Postgres(var, dies_with_parent=True),
        Valkey(var, dies_with_parent=True),
    )
    return next(service for service in services if service.name == name)


def _death(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else "ended by itself"
