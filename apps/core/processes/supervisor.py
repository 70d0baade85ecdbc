"""honcho, told to end things with care."""

import multiprocessing
import os
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import honcho.manager
from honcho.printer import Printer

from apps.core.embedded import EmbeddedError, state
from apps.core.processes import leftovers, record
from apps.core.processes.record import Identity, is_alive
from apps.core.processes.runner import SUPERVISOR
from apps.core.processes.spec import ROOT, ProcessSpec

# honcho kills what still lives so long after the first end. Longer than a worker's and its
# services' grace together: nobody should be killed in the middle of a checkpoint.
KILL_WAIT_SECONDS = 120
LOOK_SECONDS = 1.0


class Manager(honcho.manager.Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, which also hears a signal that comes while it is still starting, and
    sees that a runner was killed though the runner's process still holds their output open."""

    def __init__(self, printer: Printer, var: Path) -> None:
        super().__init__(printer)
        self._var = var
        self._end_when_started = False
        self._next_look = 0.0

    def terminate(self) -> None:
        if self._all_started():
            super().terminate()
        else:
            self._end_when_started = True

    def kill(self) -> None:
        leftovers.end_everything(self._var)
        super().kill()

    def _any_stopped(self) -> bool:
        # Asked in each round of the loop, once everything has started.
        if self._end_when_started:
            self._end_when_started = False
            super().terminate()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            self._let_go_of_lost_runners()
        return bool(super()._any_stopped())

    def _let_go_of_lost_runners(self) -> None:
        for name, entry in self._processes.items():
            if "returncode" not in entry and not is_alive(entry["pid"]):
                leftovers.end_process(self._var, name)


def _runner(spec: ProcessSpec) -> str:
    command = [sys.executable, "-m", "apps.core.processes", "run", spec.to_json()]
    return "exec " + shlex.join(command)


def _environment(var: Path) -> dict[str, str]:
    here = Identity.of(os.getpid())
    programs = str(Path(sys.executable).parent)
    return os.environ | {
        "WINNOW_VAR": str(var),
        leftovers.VAR_MARK: str(var),
        SUPERVISOR: f"{here.pid}:{here.started}",
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def _hang_up(_number: int, _frame: FrameType | None) -> None:
    """The terminal is gone: end as on Ctrl-C."""
    os.kill(os.getpid(), signal.SIGTERM)


def supervise(var: Path, specs: Sequence[ProcessSpec]) -> int:
    """Run the processes until Ctrl-C, SIGTERM, or one that cannot be kept alive.

    Returns the exit code: 0 when the end was asked for.

    :raises EmbeddedError: another instance runs from this `var/`.
    """
    with state.only_instance(var):
        leftovers.end_everything(var)
        record.begin(var, [(spec.name, spec.address) for spec in specs])
        multiprocessing.set_start_method("fork", force=True)  # honcho's own way before 3.14
        honcho.manager.KILL_WAIT = KILL_WAIT_SECONDS
        signal.signal(signal.SIGHUP, _hang_up)
        manager = Manager(Printer(sys.stdout), var)
        environment = _environment(var)
        for spec in specs:
            manager.add_process(spec.name, _runner(spec), env=environment, cwd=str(ROOT))
        try:
            manager.loop()
        finally:
            leftovers.end_everything(var)
    asked = {entry["rc"] for entry in honcho.manager.SIGNALS.values()}
    if manager.returncode in asked:
        return 0
    failed = [each.name for each in record.load_all(var) if each.status == record.Status.FAILED]
    raise EmbeddedError(f"Winnow has ended because of {', '.join(failed) or 'a lost runner'}.")
