"""Find and end what belongs to this `var/`, however it was orphaned.

Every process of an instance inherits marks in its environment, so that grandchildren in sessions
of their own (a model server's launcher) are found as well. PostgreSQL's children overwrite their
environment to show titles: they are found by their working directory.
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
SUPERVISOR_MARK = "WINNOW_SUPERVISOR"
NAME_MARK = "WINNOW_PROCESS"
SERVICES = ("postgres", "valkey")
POLITE_SECONDS = 15.0
KILL_SECONDS = 10.0


def marked(var: Path, supervisor: str = "") -> list[psutil.Process]:
    """The living processes of this `var/`, or of one supervisor of it, except the caller."""
    return [process for process, _ in _with_names(var, supervisor)]


def _with_names(var: Path, supervisor: str) -> list[tuple[psutil.Process, str]]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            marks = process.environ()
            ours = marks.get(VAR_MARK) == str(var)
            if ours and supervisor in ("", marks.get(SUPERVISOR_MARK)):
                found.append((process, marks.get(NAME_MARK, "")))
    return found


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to those that still live."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def end(processes: list[psutil.Process], number: signal.Signals = signal.SIGTERM) -> None:
    """Ask them to end, wait, kill the rest."""
    send(processes, number)
    _, deaf = psutil.wait_procs(processes, timeout=POLITE_SECONDS)
    send(deaf, signal.SIGKILL)
    psutil.wait_procs(deaf, timeout=KILL_SECONDS)


def end_supervised(var: Path, supervisor: str = "") -> int:
    """End what carries the marks, services last. Returns how many there were."""
    left = _with_names(var, supervisor)
    end([process for process, name in left if name not in SERVICES])
    # Again, with what these started meanwhile; SIGINT is PostgreSQL's word for a quick, clean end.
    end(marked(var, supervisor), signal.SIGINT)
    return len(left)


def end_everything(var: Path) -> int:
    """End what is left of a crashed instance, services last. Returns how many there were."""
    count = end_supervised(var)
    for service in (Postgres(var), Valkey(var)):
        if service.folder.exists():
            end_leftovers(service.folder, service.stop_signal)
    return count
