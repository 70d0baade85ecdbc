"""What the sandbox's own database servers have in common: a private folder, a life, an end.

Everything in such a server may be lost: it is made anew after a reboot or when it does not start.
It listens on a Unix socket in a private folder only, runs unprivileged, without network, and
without a file system beyond its own folder where the kernel has Landlock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from apps.core import standstill
from apps.core.accounts import NOBODY, SANDBOX_CHILD
from apps.validation.databases import homes
from apps.validation.databases.base import Unavailable
from apps.validation.sandbox.launch import Confinement
from apps.validation.sandbox.process import clean_environment

_MEBIBYTE = 1024 * 1024
# Of a start, without anything done or said; and so many tries after a kill -9.
_STILL_SECONDS = 20.0
_TRIES = 60
_RETRY_SECONDS = 10.0
_READY = "ready"
_CRASHED = "crashed"
_IN_A_ROW_SECONDS = 60.0
_MAX_LINE = 2_000


class SandboxServer(ABC):
    """The server that belongs to `folder`, whoever started it.

    folder: keeps the keeper's password, the lock and the log; private to this user.
    home: the server's data and socket; see `homes`.
    """

    title: str
    memory_bytes: int
    file_bytes: int = 256 * _MEBIBYTE

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.home = homes.home_for(self.folder)
        self.data = self.home / "data"
        self.socket = self.home / "socket"
        self._process: subprocess.Popen[bytes] | None = None
        # The server is tied to the thread that starts it: one that lives as long as we do.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-server")

    @abstractmethod
    def programs(self) -> tuple[Path, ...]:
        """Folders that the server may read and run; the first holds its program."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether it answers to the keeper."""

    @abstractmethod
    def _make(self) -> None:
        """Make the data folder; `home` and `socket` are there. Raises `Unavailable`."""

    @abstractmethod
    def _prepare(self) -> None:
        """With the new server running: make what the jobs need."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The command line of the server, in the foreground."""

    @abstractmethod
    def _pid_file(self) -> Path:
        """Where the running server writes its number first."""

    def layers(self) -> dict[str, bool | str]:
        """What was taken from the server that runs, or why not: its launcher's first words."""
        held: dict[str, bool | str] = {}
        with contextlib.suppress(OSError, ValueError), (self.folder / "log").open() as log:
            held = json.loads(log.readline(_MAX_LINE))
        unknown = "not known: its log does not say"
        return {
            "server without network": held.get("network", unknown),
            "server's files closed in (Landlock)": held.get("files", unknown),
        }

    def ensure(self) -> None:
        """Start it unless it runs; by whichever process comes first. Raises `Unavailable`.

        A server that `serve` keeps is waited for, not started: it would end with this process.
        """
        still = standstill.Standstill(_STILL_SECONDS)
        while not self.is_ready():
            if not self._is_kept():
                self._start_first()
                return
            if still.look(standstill.size_of(self.folder / "log"), self._work_of_any()):
                raise Unavailable(f"the sandbox's {self.title} is down: {self._last_words()}")
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Whether it answers, and all that the jobs need is made: one that starts answers early."""
        return self._is_of_this_boot() and self.is_alive()

    def _start_first(self) -> None:
        with self._locked("lock"):
            if self.is_ready():
                return
            self._recover_or_make()

    def _recover_or_make(self) -> None:
        """Start what is there, once; what does not start, or not last, is made anew.

        So is what is of another boot.
        """
        self._let_children_pass()
        if self._is_of_this_boot() and not self._crashes_again() and self._start():
            return
        self._kill_own()
        self._remove()
        self._make_home()
        self._make()
        if not self._start():
            raise Unavailable(f"the sandbox's {self.title} does not start: {self._last_words()}")
        self._prepare()
        (self.folder / _READY).write_text(_boot())

    def _is_of_this_boot(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / _READY).read_text() == _boot() and self.data.exists()
        return False

    def _crashes_again(self) -> bool:
        """Whether it was started after a crash just before: what it holds makes it crash then."""
        crashed = self.folder / _CRASHED
        with contextlib.suppress(FileNotFoundError):
            if time.time() - crashed.stat().st_mtime < _IN_A_ROW_SECONDS:
                return True
        crashed.touch(mode=0o600)
        return False

    def _make_home(self) -> None:
        homes.remove_orphans()
        owner = self._server_user()
        for path in (self.home, self.socket):
            path.mkdir(mode=0o700, exist_ok=True)
            if os.getuid() == 0:
                os.chown(path, owner, SANDBOX_CHILD)
        self._let_children_pass()
        homes.mark(self.home, self.folder)

    def _let_children_pass(self) -> None:
        """The children have an account of their own, and must reach the socket: only that."""
        for path in (self.home, self.socket):
            if os.getuid() == 0 and path.exists():
                os.chown(path, -1, SANDBOX_CHILD)
                path.chmod(0o710)

    def _run(self, *command: str, text: str = "") -> None:
        """Run one of the server's programs as the server's user, to its end."""
        done = subprocess.run(
            self._confinement(closed=False).command(*command),
            env=clean_environment(self.home) | self._libraries(),
            cwd=self.home,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-500:]
            raise Unavailable(f"the sandbox's {self.title} cannot be made: {said}")

    def _libraries(self) -> dict[str, str]:
        """Environment that the programs need to find their libraries."""
        return {}

    def _start(self) -> bool:
        """Start the server and wait until it answers.

        After a kill -9 that takes some tries; one of its processes killed makes it recover by
        itself, so a server that runs is waited for.
        """
        for _ in range(_TRIES):
            if self._process is None or self._process.poll() is not None:
                self._process = self._starter.submit(self._spawn).result()
            if self._await(self._process):
                return True
            if self._process.poll() is None or not self._is_worth_another_try():
                break
            time.sleep(0.3)
        self._kill_own()
        return False

    def _await(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it answers, before it ends or does nothing any more."""
        log = self.folder / "log"
        start = standstill.Start(
            process.pid, seconds=_STILL_SECONDS, said=lambda: standstill.size_of(log)
        )
        while process.poll() is None and not self.is_alive():
            if start.trouble():
                return False
            time.sleep(0.05)
        return self.is_alive()

    def _is_worth_another_try(self) -> bool:
        """Whether what a killed server left behind is why it did not start."""
        said = self._last_words()
        return any(words in said for words in ("postmaster.pid", "shared memory", "lock"))

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                self._confinement(closed=True).command(*self._command()),
                env=clean_environment(self.home) | self._libraries(),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _confinement(self, *, closed: bool) -> Confinement:
        owner = self._server_user()
        return Confinement(
            write=(str(self.home),),
            execute=tuple(str(path) for path in self.programs()),
            user=owner if os.getuid() == 0 and owner else -1,
            mapped=os.getuid() == 0 and owner == 0,
            memory_bytes=self.memory_bytes,
            file_bytes=self.file_bytes,
            parent=os.getpid(),
            closed=closed,
        )

    def _server_user(self) -> int:
        """nobody for root, or root's own files in a user namespace where nobody cannot pass."""
        if os.getuid() != 0:
            return os.getuid()
        reachable = homes.anyone_may_pass(self.programs()[0]) and homes.anyone_may_pass(
            self.home.parent
        )
        return NOBODY if reachable else 0

    def stop(self) -> None:
        """End it at once with all that it holds, if this object started it."""
        if self._process is not None:
            with self._locked("lock"):
                self._kill_own()
                self._remove()
        self._starter.shutdown(wait=False)
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-server")

    def remove(self) -> None:
        """Stop it and delete all that it had."""
        self.stop()
        self._remove()

    def renew(self) -> None:
        """End it, whoever started it, with all that it holds; who needs it makes it anew."""
        with self._locked("lock"):
            self._kill_any()
            self._kill_own()
            self._remove()

    def _kill_any(self) -> None:
        """Kill the server that runs; the number is its own word, so its command is looked at."""
        with contextlib.suppress(psutil.Error):
            if process := self._any():
                process.kill()

    def _work_of_any(self) -> float:
        """Seconds of processor time of the server that runs, whoever started it."""
        process = self._any()
        return standstill.used_by([process.pid])[0] if process else 0.0

    def _any(self) -> psutil.Process | None:
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(self._pid_file().read_text().split()[0]))
            if any(str(self.data) in word for word in process.cmdline()):
                return process
        return None

    def _remove(self) -> None:
        for name in (_READY, _CRASHED):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def _kill_own(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGQUIT)
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def serve(self) -> None:
        """Keep it running in the foreground until this process is told to end; then remove it.

        A server that cannot be made is tried again and again: all else can do without it.
        """
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with self._locked("kept"):
            try:
                while True:
                    time.sleep(self._keep())
            except KeyboardInterrupt:
                return
            finally:
                self.remove()

    def _keep(self) -> float:
        """Start it if it does not run; seconds until the next look."""
        try:
            if not self.is_ready():
                self._start_first()
        except Unavailable as error:
            print(f"{error}; trying again in {_RETRY_SECONDS:g} s", flush=True)
            return _RETRY_SECONDS
        return 1.0

    def _is_kept(self) -> bool:
        """Whether another process is in `serve`."""
        descriptor = os.open(self.folder / "kept", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _password(self) -> str:
        """The keeper's password, made at the first call; only this user may read it."""
        path = self.folder / "keeper"
        with contextlib.suppress(FileNotFoundError):
            return path.read_text()
        fresh = path.with_name(f"keeper.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(24))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        return path.read_text()

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _last_words(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "log").read_text(errors="replace").strip()[-500:]
        return "it said nothing"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "unknown"
