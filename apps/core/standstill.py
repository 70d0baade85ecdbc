"""Whether what is waited for still goes on: limits of progress, not of wall time.

A busy machine may take any time for a start, and what is stuck takes for ever. They differ in what
can be seen of them: something new is said or done, the processes have used the processor, or read
and written a disk. Whoever waits says how long there may be nothing of it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

# What only waits wakes up now and then: less than this share of the time is no work. On a machine
# with fifty others at work, one that works has still twice as much.
LEAST_SHARE = 0.01
# Work without an end: nothing of ours needs so much processor time to become ready.
MOST_WORK_SECONDS = 3600.0
# Looks at the processes within the time of a standstill: walking through them costs.
_LOOKS = 20


class Standstill:
    """Since when nothing has happened, as whoever looks tells it."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._now = now
        self._since = now()
        self._sign: object = None
        self._work = 0.0

    def look(self, sign: object, work: float = 0.0) -> bool:
        """Whether nothing has happened for so many seconds.

        sign: anything that is another one after something has happened. work: seconds of processor
        time so far.
        """
        has_worked = abs(work - self._work) >= LEAST_SHARE * self.seconds
        if sign != self._sign or has_worked:
            self._sign, self._work, self._since = sign, work, self._now()
        return self._now() - self._since > self.seconds


class Start:
    """A start that is watched: one process, with those that it has started.

    said: how much has been said so far (bytes of a log, processes that are ready, …). beside: the
    numbers of processes that work for it meanwhile, as a database does for a migration.
    """

    def __init__(
        self,
        pid: int,
        *,
        seconds: float,
        said: Callable[[], object],
        beside: Callable[[], Iterable[int]] = tuple,
        most_work: float = MOST_WORK_SECONDS,
    ) -> None:
        self._pid = pid
        self._said = said
        self._beside = beside
        self._most_work = most_work
        self._standstill = Standstill(seconds)
        self._look_at = -math.inf

    def trouble(self) -> str:
        """Why it is not to be waited for any longer ("did nothing for 60 s"); "" while it is."""
        now = time.monotonic()
        if now < self._look_at:
            return ""
        self._look_at = now + self._standstill.seconds / _LOOKS
        own, disk = used_by([self._pid])
        others, disk_of_others = used_by(self._beside())
        if self._standstill.look((self._said(), disk, disk_of_others), own + others):
            return f"did nothing for {self._standstill.seconds:g} s"
        if own > self._most_work:
            return f"was not ready after {self._most_work:g} s of processor time"
        return ""


def used_by(pids: Iterable[int]) -> tuple[float, int]:
    """Seconds of processor time, and bytes read from and written to a disk, of these processes and
    all that they have started; nothing of one that is gone or another's.
    """
    seconds, disk = 0.0, 0
    for pid in pids:
        for process in family(pid):
            with suppress(psutil.Error, OSError):
                seconds += sum(process.cpu_times()[:4])  # with children that have ended
            with suppress(psutil.Error, OSError, AttributeError):  # macOS does not tell
                told = process.io_counters()
                disk += told.read_bytes + told.write_bytes
    return seconds, disk


def family(pid: int) -> list[psutil.Process]:
    """The process and all that it has started, it last; none where it is gone."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    return []


def end_family(pid: int) -> None:
    """Kill it and all that it has started."""
    for process in family(pid):
        with suppress(psutil.Error):
            process.kill()


def size_of(log: Path) -> int:
    """How much a log holds; 0 for none."""
    try:
        return log.stat().st_size
    except OSError:
        return 0
