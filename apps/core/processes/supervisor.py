"""The one process that keeps all others of the machine: one loop, no threads, nothing that waits.

It starts what may be started, sees what has died, asks whether what was started is ready, passes
on what everybody says, and ends all of it in order.
"""

import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psutil

from apps.core.embedded import EmbeddedError, state
from apps.core.parent import adopt_orphans
from apps.core.processes import child, kept, leftovers, room
from apps.core.processes.guard import Guard
from apps.core.processes.kept import Kept
from apps.core.processes.log import Log
from apps.core.processes.record import Records, Status
from apps.core.processes.spec import ProcessSpec

QUICK_SECONDS = 0.05
QUIET_SECONDS = 1.0
PIECE_BYTES = 65_536
OWN_NAME = "winnow"
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """Runs the processes until Ctrl-C, SIGTERM, SIGHUP, or one that cannot be kept alive.

    preload: imports what the Python processes have in common, step by step, before the first of
    them is forked. Without it, and once the services' ports are others, each is executed anew.
    """

    def __init__(
        self,
        var: Path,
        specs: Sequence[ProcessSpec],
        log: Log,
        preload: Iterator[None] | None = None,
    ) -> None:
        self._var = var
        self._log = log
        self._preload = preload
        self._preloaded_for: state.Ports | None = None
        self._asked_to_end = False
        self._ending = False
        self._selector = selectors.DefaultSelector()
        self._wakes, self._woken = socket.socketpair()
        self._token = os.environ.get(leftovers.SUPERVISOR_MARK) or f"pid-{os.getpid()}"
        self._specs = specs
        self._kept: dict[str, Kept] = {}
        self._guard: Guard | None = None

    def run(self) -> int:
        """The exit code: 0 when the end was asked for.

        :raises EmbeddedError: another instance runs from this `var/`; a process cannot live.
        """
        with state.only_instance(self._var):
            leftovers.end_everything(self._var)
            self._settle_ports()
            records = Records(self._var, [(spec.name, spec.address) for spec in self._specs])
            for spec in self._specs:
                self._kept[spec.name] = Kept(spec, self._var, records, self._log.line)
            self._listen()
            self._guard = Guard(self._var, self._token)
            try:
                self._loop(records)
            except BaseException:
                self._log.line(OWN_NAME, traceback.format_exc())
                raise
            finally:
                leftovers.end_everything(self._var)
            with suppress(BrokenPipeError):
                self._guard.dismiss()
        failed = [name for name, each in self._kept.items() if each.status == Status.FAILED]
        if failed:
            raise EmbeddedError(f"Winnow has ended because of {', '.join(failed)}.")
        return 0

    def _settle_ports(self) -> None:
        """Choose the services' ports before anybody reads them."""
        names = {spec.name for spec in self._specs}
        services: tuple[state.PortName, ...] = ("postgres", "valkey")
        for name in services:
            if name in names:
                state.repick_port_if_taken(self._var, name)

    def _listen(self) -> None:
        """Wake up at every signal; adopt what loses its parent, so that it is found and ended."""
        adopt_orphans()
        for end in (self._wakes, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _ENDINGS:
            signal.signal(number, self._hear)
        self._selector.register(self._wakes, selectors.EVENT_READ)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_end = True

    def _loop(self, records: Records) -> None:
        while True:
            self._ending = self._ending or self._asked_to_end or self._has_failed()
            self._bury()
            if self._ending:
                self._step_to_end()
                if not any(each.child for each in self._kept.values()):
                    return
            else:
                self._step()
            records.write()
            is_changing = any(each.is_changing for each in self._kept.values())
            self._pass_on(QUICK_SECONDS if is_changing else QUIET_SECONDS)

    def _has_failed(self) -> bool:
        return any(each.status == Status.FAILED for each in self._kept.values())

    def _step(self) -> None:
        for each in self._kept.values():
            if each.may_start(needs_run=self._needs_run(each)):
                self._start(each)
            each.step()
        if self._preload:
            self._load(self._preload)

    def _step_to_end(self) -> None:
        for each in self._kept.values():
            users = (self._kept.get(name) for name in each.spec.ends_after)
            each.step_to_end(is_used=any(user is not None and user.child for user in users))

    def _needs_run(self, each: Kept) -> bool:
        """Services and other programs do not wait for what the Python processes share."""
        if each.spec.module and self._preload:
            return False
        needed = (self._kept.get(name) for name in each.spec.needs)
        return all(other is None or other.status == Status.RUNNING for other in needed)

    def _load(self, preload: Iterator[None]) -> None:
        """A step of importing what the Python processes have in common, while the services start.

        A failure is told, and told again by each process that then imports for itself.
        """
        try:
            for _ in preload:
                return
            self._preloaded_for = state.ports(self._var)
        except Exception:  # noqa: BLE001  whatever a module raises, the supervisor lives on
            self._log.line(OWN_NAME, traceback.format_exc())
        self._preload = None
        gc.collect()
        # What is there now is never freed: counting it again in each fork would copy its pages.
        gc.freeze()

    def _start(self, each: Kept) -> None:
        self._end_orphans(signal.SIGKILL)
        marks = {
            leftovers.VAR_MARK: str(self._var),
            leftovers.SUPERVISOR_MARK: self._token,
            leftovers.NAME_MARK: each.spec.name,
        }
        try:
            started = child.start(
                each.spec,
                service=each.service,
                environment=self._environment(),
                marks=marks,
                descriptors=self._descriptors(),
                is_shared=self._preloaded_for == state.ports(self._var),
            )
        except OSError as error:
            self._log.line(each.spec.name, f"{each.spec.name} could not be started: {error}")
            each.died(1, excuse=str(error))
            return
        self._selector.register(started.output, selectors.EVENT_READ, each)
        each.started(started, lambda: self._pids(each.spec.works_in))

    def _pids(self, names: Iterable[str]) -> list[int]:
        """The processes of these names that live now."""
        found = (self._kept.get(name) for name in names)
        return [each.child.pid for each in found if each and each.child]

    def _environment(self) -> dict[str, str]:
        programs = str(Path(sys.executable).parent)
        path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        own = {"WINNOW_VAR": str(self._var), "PYTHONUNBUFFERED": "1", "PATH": path}
        return os.environ | own

    def _descriptors(self) -> list[int]:
        """Those of this process that no other may hold open."""
        ours = [self._wakes.fileno(), self._woken.fileno()]
        ours += [self._guard.descriptor] if self._guard else []
        for each in self._kept.values():
            ours += [each.child.output, each.child.told] if each.child else []
        selector = getattr(self._selector, "fileno", None)
        return ours + ([selector()] if selector else [])

    def _bury(self) -> None:
        """Take note of everything that has died, services first, and end what it left behind."""
        dead = _reaped()
        for each in self._kept.values():
            if each.child and each.child.pid in dead:
                self._has_died(each, each.child, dead[each.child.pid])
        if self._guard and self._guard.pid in dead and not self._ending:
            os.close(self._guard.descriptor)
            self._guard = Guard(self._var, self._token)

    def _has_died(self, each: Kept, was: child.Child, code: int) -> None:
        self._read(each, was)
        with suppress(KeyError):
            self._selector.unregister(was.output)
        was.close()
        if self._ending:
            each.ended()
        else:
            full = room.is_full(self._var)
            each.died(code, excuse=kept.excuse_for(each, self._kept, disk_is_full=full))
        self._end_orphans(signal.SIGTERM)

    def _end_orphans(self, number: signal.Signals) -> None:
        """Signal the processes whose parent is gone: this process has adopted them."""
        own = {each.child.pid for each in self._kept.values() if each.child}
        own |= {self._guard.pid} if self._guard else set()
        with suppress(psutil.Error):
            for process in psutil.Process().children():
                if process.pid not in own:
                    with suppress(psutil.Error):
                        leftovers.send([*process.children(recursive=True), process], number)

    def _pass_on(self, seconds: float) -> None:
        """Sleep until somebody speaks or dies, at most so long; write down what is said."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._wakes.recv(PIECE_BYTES)
            elif key.data.child:
                self._read(key.data, key.data.child)

    def _read(self, each: Kept, from_child: child.Child) -> None:
        """Pass on what is in the pipe now, bounded, so that a talker does not hold up the rest."""
        for _ in range(16):
            try:
                piece = os.read(from_child.output, PIECE_BYTES)
            except BlockingIOError:
                return
            for line in each.lines.add(piece) if piece else each.lines.end():
                self._log.line(each.spec.name, line)
            if not piece:
                with suppress(KeyError):
                    self._selector.unregister(from_child.output)
                return


def _reaped() -> dict[int, int]:
    """The children that have ended, each with its exit code or, negative, its signal."""
    dead: dict[int, int] = {}
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            dead[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    return dead
