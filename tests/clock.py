"""Seconds as a test may judge them: those in which the machine had a processor to spare.

A job's bound is a matter of its own clock. On a machine whose processors are all taken it also
waits for its turn, which says nothing of the job: Linux counts for how long anything waited so
(https://docs.kernel.org/accounting/psi.html), and that much is let go.
"""

from __future__ import annotations

import time
from pathlib import Path

_PRESSURE = Path("/proc/pressure/cpu")


class Clock:
    """Runs from when it is made; `seconds` since then, or of what took `took` of them."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._waited = _waited_seconds()

    def seconds(self, took: float | None = None) -> float:
        """What is left of the time without the waits for a processor; never below 0."""
        spent = time.monotonic() - self._started if took is None else took
        return max(0.0, spent - (_waited_seconds() - self._waited))


def _waited_seconds() -> float:
    """For how long something waited for a processor since the machine began; 0 if not known."""
    try:
        some = _PRESSURE.read_text().splitlines()[0]
    except OSError:
        return 0.0
    return int(some.rpartition("total=")[2]) / 1_000_000
