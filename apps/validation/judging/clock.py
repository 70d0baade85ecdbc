"""The time that a response may take on one database: all its tests and altered queries together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from apps.validation.values import Execution, ScriptJob

Run = Callable[[ScriptJob], Execution]
RunTogether = Callable[[Sequence[ScriptJob]], Sequence[Execution | None]]

# A last job that has hardly any time left would say nothing of the SQL.
_LEAST_SECONDS = 0.5
# What is altered and then runs so much longer never ends, or says nothing of the test: it is not
# waited for as long as a query may run.
_SO_MUCH_LONGER = 20
_LEAST_ALTERED_SECONDS = 1.0


class Clock:
    """Runs jobs until `seconds` are used up, as the databases count them."""

    def __init__(self, run: Run, run_together: RunTogether | None, *, seconds: float) -> None:
        self._run = run
        self._run_together = run_together
        self._left = seconds
        self._longest = 0.0  # of the jobs that ran one by one

    @property
    def is_over(self) -> bool:
        """Whether nothing more is run."""
        return self._left <= 0

    def one(self, job: ScriptJob) -> Execution:
        """Run a job in the time that is left."""
        execution = self._timed(job)
        self._longest = max(self._longest, execution.milliseconds / 1000)
        return execution

    def each(self, jobs: Sequence[ScriptJob]) -> Iterator[Execution]:
        """Run jobs that differ little from one before, together where that can be; ends when the
        time is over. None may take very much longer than the longest before.
        """
        most = max(_SO_MUCH_LONGER * self._longest, _LEAST_ALTERED_SECONDS)
        found: Sequence[Execution | None] = [None] * len(jobs)
        if self._run_together and jobs and not self.is_over:
            found = self._run_together([self._bounded(job, most) for job in jobs])
            self._left -= sum(one.milliseconds for one in found if one) / 1000
        for job, execution in zip(jobs, found, strict=True):
            if execution is None and self.is_over:
                return
            yield execution or self._timed(job, most)

    def _timed(self, job: ScriptJob, most: float = math.inf) -> Execution:
        execution = self._run(self._bounded(job, most))
        self._left -= execution.milliseconds / 1000
        return execution

    def _bounded(self, job: ScriptJob, most: float) -> ScriptJob:
        seconds = min(job.limits.seconds, max(self._left, _LEAST_SECONDS), most)
        return replace(job, limits=replace(job.limits, seconds=seconds))
