"""Start one process of the machine by a fork of the supervisor, which has no threads.

A Python module goes on in the fork: what the supervisor has imported is there and shared. Any
other program is executed. Whichever it is leads a session of its own, writes into a pipe that the
supervisor reads, and hears a signal when the supervisor is gone.
"""

import atexit
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from apps.core.embedded import EmbeddedError, Service
from apps.core.parent import die_with_parent
from apps.core.processes import telling
from apps.core.processes.spec import ROOT, ProcessSpec

# sysexits.h: EX_CONFIG. What cannot be started until a person has done something.
CANNOT_START = 78
_RESET = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True)
class Child:
    """A started process: `output` gives what it writes, `told` a byte when it says it is ready.

    Both are descriptors that do not block; whoever holds the child closes them.
    """

    pid: int
    output: int
    told: int

    def close(self) -> None:
        os.close(self.output)
        os.close(self.told)


def start(
    spec: ProcessSpec,
    *,
    service: Service | None,
    environment: Mapping[str, str],
    marks: Mapping[str, str],
    descriptors: Iterable[int],
    is_shared: bool,
) -> Child:
    """Fork and become the process: the service, or the spec's command.

    environment: of a process of ours; a service gets its own. marks: by which leftovers are found,
    for all. descriptors: the supervisor's own, closed in the child. is_shared: whether a Python
    module may go on in the fork, else it is executed anew.

    :raises OSError: no process or no descriptor is to be had.
    """
    (output, written), (told, tells) = os.pipe(), os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(written)
        os.close(tells)
        os.set_blocking(output, False)
        os.set_blocking(told, False)
        return Child(pid, output, told)
    for descriptor in (*descriptors, output, told):
        os.close(descriptor)
    try:
        _settle(spec, written, parent, service.stop_signal if service else signal.SIGTERM)
        if service:
            _be_service(service, marks)
        os.environ.clear()
        os.environ.update({**environment, **marks, telling.DESCRIPTOR: str(tells)})
        _be_command(spec, tells, is_shared=is_shared)
    except SystemExit as ended:
        _end(_code(ended))
    except EmbeddedError as error:
        print(error, flush=True)
        os._exit(CANNOT_START)
    except BaseException:  # noqa: BLE001  nothing may go up into the supervisor's own loop
        traceback.print_exc()
        _end(1)


def _settle(spec: ProcessSpec, output: int, parent: int, at_death: signal.Signals) -> None:
    """Take leave of the supervisor: session, signals, standard streams, folder."""
    signal.set_wakeup_fd(-1)
    for number in _RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    die_with_parent(parent, at_death)
    empty = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((empty, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(empty)
    os.close(output)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.umask(0o077)
    os.chdir(ROOT)
    if spec.niceness:
        os.nice(spec.niceness)
    _name(f"winnow:{spec.name}")


def _name(title: str) -> None:
    """What `ps` and `top` show instead of the supervisor's name, where the kernel allows it."""
    own = Path("/proc/self/comm")
    if own.exists():
        own.write_text(title[:15])


def _be_service(service: Service, marks: Mapping[str, str]) -> NoReturn:
    launch = service.prepare()
    os.chdir(launch.folder)
    _execute(launch.command, {**launch.environment, **marks})


def _execute(command: list[str], environment: Mapping[str, str]) -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, other programs rely on it
    os.execvpe(command[0], command, environment)  # noqa: S606


def _be_command(spec: ProcessSpec, tells: int, *, is_shared: bool) -> NoReturn:
    """`python -m` here where that is to be, else the command itself."""
    if is_shared and spec.module:
        sys.argv = list(spec.module)
        runpy.run_module(spec.module[0], run_name="__main__", alter_sys=True)
        sys.exit(0)
    os.set_inheritable(tells, True)
    _execute(list(spec.command), os.environ)


def _code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)
    return 1


def _end(code: int) -> NoReturn:
    """End as the interpreter does, without going back into what the supervisor was at."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
