"""A process that waits for the supervisor's end, and cleans up after one that had no time to."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from apps.core.processes import leftovers

_ALL_IS_WELL = b"."


class Guard:
    """The supervisor's side: `pid` of the guard, and the word that it is not needed any more."""

    def __init__(self, var: Path, supervisor: str) -> None:
        """Fork it. It cleans up what carries the mark `supervisor`, never a later instance."""
        hears, self.descriptor = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.descriptor)
            _wait(var, supervisor, hears)
        os.close(hears)

    def dismiss(self) -> None:
        """All has ended in order."""
        os.write(self.descriptor, _ALL_IS_WELL)
        os.close(self.descriptor)


def _wait(var: Path, supervisor: str, hears: int) -> NoReturn:
    """Until the supervisor has ended, however."""
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if os.read(hears, 1) != _ALL_IS_WELL:
            leftovers.end_supervised(var, supervisor)
    except OSError as error:
        print(f"The guard could not clean up: {error}", file=sys.stderr)
    finally:
        os._exit(0)
