"""How much a job may store in the sandbox's PostgreSQL: what stores more is ended.

Limits of files bound each of them, not their number, and the server has no quota of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from apps.validation.databases.base import Unavailable

log = logging.getLogger(__name__)

MAX_DATABASE_BYTES = 128 * 1024 * 1024
_PAUSE_SECONDS = 0.2
_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND pg_database_size(datname) > %s
"""


class SizeWatch:
    """Looks at the jobs that run for longer than a moment; most are over before.

    end_big: ends a job whose database is too big, and says whether it was.
    """

    def __init__(self, end_big: Callable[[str], bool]) -> None:
        self._end_big = end_big
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._big: set[str] = set()
        self._watches = False

    def begin(self, name: str) -> None:
        """A job begins; the thread that watches ends by itself when none is left."""
        with self._lock:
            self._since[name] = time.monotonic()
            if not self._watches:
                self._watches = True
                threading.Thread(target=self._watch, name="sandbox-size", daemon=True).start()

    def end(self, name: str) -> None:
        """A job has ended."""
        with self._lock:
            self._since.pop(name, None)
            self._big.discard(name)

    def is_big(self, name: str) -> bool:
        """Whether a job that runs was ended for its size."""
        with self._lock:
            return name in self._big

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
        try:
            big = self._end_big(name)
        except (psycopg.Error, Unavailable) as error:
            # It may just be dropped; the next look tells.
            log.debug("the size of %s is not known: %s", name, error)
            return
        with self._lock:
            if big and name in self._since:
                self._big.add(name)


def end_big(keeper: psycopg.Connection[Any], name: str) -> bool:
    """End the statements of a database that is too big; whether there were any."""
    return keeper.execute(_END, [name, MAX_DATABASE_BYTES]).fetchone() is not None
