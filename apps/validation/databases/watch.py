"""What a job may take of a sandbox server while it runs: more, and it is ended.

Limits of files bound each of them, not their number, and the servers have no quotas of their own.
One watch for every server; how to measure and to end a job is the server's own matter.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from apps.validation.databases.base import Unavailable
from apps.validation.values import Ended, Execution

log = logging.getLogger(__name__)

MAX_DATABASE_BYTES = 128 * 1024 * 1024
TOO_BIG = f"it stores more than {MAX_DATABASE_BYTES // 1024**2} MB"
_PAUSE_SECONDS = 0.2


class JobWatch:
    """Looks at the jobs that run for longer than a moment; most are over before.

    look: ends the job of a name if it takes too much, and says what it was ended for; "" for
    one that goes on. Raises `Unavailable` when that cannot be told now.
    """

    def __init__(self, look: Callable[[str], str]) -> None:
        self._look_at = look
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._since: dict[str, float] = {}
        self._ended: dict[str, str] = {}
        self._watches = False

    def begin(self, name: str) -> None:
        """A job begins; the thread that watches ends by itself when none is left."""
        with self._lock:
            self._since[name] = time.monotonic()
            if not self._watches:
                self._watches = True
                threading.Thread(target=self._watch, name="sandbox-watch", daemon=True).start()

    def end(self, name: str) -> None:
        """A job has ended."""
        with self._lock:
            self._since.pop(name, None)
            self._ended.pop(name, None)

    def is_idle(self) -> bool:
        """Whether no job runs."""
        with self._lock:
            return not self._since

    def corrected(self, name: str, execution: Execution) -> Execution:
        """A job that was ended for what it took was refused, it did not crash."""
        if execution.ended in (Ended.OK, Ended.SQL_ERROR):
            return execution
        # The job may be over before the look that ended it is.
        with self._looking, self._lock:
            reason = self._ended.get(name)
        if reason is None:
            return execution
        return replace(execution, ended=Ended.REFUSED, message=reason)

    def _watch(self) -> None:
        while names := self._long_running():
            for name in names:
                self._look(name)

    def _long_running(self) -> list[str]:
        """After a moment, the jobs that began before it; none when none runs any more."""
        while True:
            before = time.monotonic()
            time.sleep(_PAUSE_SECONDS)
            with self._lock:
                if not self._since:
                    self._watches = False
                    return []
                names = [name for name, since in self._since.items() if since < before]
            if names:
                return names

    def _look(self, name: str) -> None:
        with self._looking:
            try:
                reason = self._look_at(name)
            except Unavailable as error:
                # It may just be dropped; the next look tells.
                log.debug("what %s takes is not known: %s", name, error)
                return
            with self._lock:
                if reason and name in self._since:
                    self._ended.setdefault(name, reason)
