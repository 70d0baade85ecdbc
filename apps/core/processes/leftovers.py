"""Find and end what belongs to this `var/`, however it was orphaned.

Every process that a runner starts inherits two marks in its environment, so that grandchildren
in sessions of their own (a model server) are found as well. PostgreSQL overwrites its environment
to show titles: it is found by its working directory.
"""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from apps.core.embedded import Postgres, Valkey
from apps.core.embedded.service import end_leftovers

VAR_MARK = "WINNOW_SUPERVISED"
NAME_MARK = "WINNOW_PROCESS"
POLITE_SECONDS = 15.0
KILL_SECONDS = 10.0


def marked(var: Path, name: str | None = None) -> list[psutil.Process]:
    """The living processes of this `var/`, or of one process of it, except the caller."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            marks = process.environ()
            if marks.get(VAR_MARK) == str(var) and name in (None, marks.get(NAME_MARK)):
                found.append(process)
    return found


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def end(processes: list[psutil.Process], *, seconds: float = POLITE_SECONDS) -> None:
    """Ask them to end, wait so long, kill the rest."""
    _send(processes, signal.SIGTERM)
    _, deaf = psutil.wait_procs(processes, timeout=seconds)
    _send(deaf, signal.SIGKILL)
    psutil.wait_procs(deaf, timeout=KILL_SECONDS)


def end_process(var: Path, name: str) -> None:
    """End what one process left behind when it died or was stopped."""
    end(marked(var, name), seconds=2.0)


def end_everything(var: Path) -> int:
    """End what is left of a crashed instance, services last. Returns how many there were."""
    left = marked(var)
    # Runners stop what they keep in the right order; only they have no name of a process.
    runners = [process for process in left if _is_runner(process)]
    end(runners, seconds=POLITE_SECONDS * 3)
    end(marked(var))
    for service in (Postgres(var), Valkey(var)):
        if service.folder.exists():
            end_leftovers(service.folder, service.stop_signal)
    return len(left)


def _is_runner(process: psutil.Process) -> bool:
    with suppress(psutil.Error, OSError):
        return NAME_MARK not in process.environ()
    return False
