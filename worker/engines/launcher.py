"""Run a model server so that it never outlives the worker that started it.

`python launcher.py PARENT_PID GRACE_SECONDS COMMAND…`, started in a session of its own, standard
library only. A vLLM server is several processes, and its engine processes survive when the API
process is killed, holding the memory. So this small parent watches both sides: when the worker is
gone, or the server's first process ends, it kills the whole group.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.2


def _die_with_parent() -> None:
    """In the child: be killed with the launcher, should that be killed with -9 itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _kill_rest_of_group() -> None:
    group, own = os.getpgrp(), os.getpid()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == own:
            continue
        with contextlib.suppress(OSError):  # it ended by itself
            if os.getpgid(int(entry.name)) == group:
                os.kill(int(entry.name), signal.SIGKILL)


def main(arguments: list[str]) -> int:
    """Run the command to its end; returns its exit status."""
    parent, grace, command = int(arguments[0]), float(arguments[1]), arguments[2:]
    stopping: list[float] = []

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.append(time.monotonic())

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    child = subprocess.Popen(command, preexec_fn=_die_with_parent)  # noqa: PLW1509
    asked = False
    while child.poll() is None:
        if os.getppid() != parent:
            break  # nobody is left who wants an answer
        if stopping and not asked:
            asked = True
            child.terminate()
        if stopping and time.monotonic() - stopping[0] > grace:
            break
        time.sleep(_POLL_SECONDS)
    _kill_rest_of_group()
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
