"""Keep one model server running beside the worker."""

import json
import math
import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import psutil

from apps.core import standstill
from worker.engines.commands import SHUTDOWN_SECONDS, build_command
from worker.engines.diagnosis import advice, is_port_taken, needs_a_person
from worker.engines.errors import EngineError, EngineSetupError
from worker.engines.log import ServerLog
from worker.engines.pages import Page, page
from worker.engines.process_environment import server_environment
from worker.engines.settings import EngineSettings
from worker.engines.state import ServerState, StateFile
from worker.engines.urls import api_base, server_root, shown
from worker.refusals import error_message, storable
from worker.saying import NoListError, listed

_HUNG_SECONDS: Final = 120.0
_LAUNCHER_WORDS: Final = 4
"""Of a launcher's command line, before the server's own begins."""
_PROGRESS_SECONDS: Final = 10.0
_LAUNCHER: Final = Path(__file__).with_name("launcher.py")


class ModelServer:
    """A model server for `settings`: started when there is none, shared when there is one.

    Use it as a context manager, or call `start()` and `stop()`; call `ensure()` before work and
    after failures. The server listens on the loopback interface only, and ends with the process
    that started it. `say` gets a line of progress now and then.
    """

    def __init__(self, settings: EngineSettings, *, say: Callable[[str], None] = print) -> None:
        self.settings = settings
        self._say = say
        apart = f"-{settings.devices.replace(',', '-')}" if settings.devices else ""
        self._log = ServerLog(settings.var_dir / "log" / f"model-server{apart}.log")
        # What was started, without the key (which goes through the environment); "" when joined.
        self.command = ""
        name = f"model-server-{settings.digest}.json"
        self._file = StateFile(settings.var_dir / "engines" / name)
        self._state: ServerState | None = None
        self._launcher: subprocess.Popen[bytes] | None = None
        self._url_model = ""
        # Where clients know the server: a restart keeps port and key, so that they find it again.
        self._known: tuple[int, str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The server's address: the root of one of ours, the interface's of somebody else's."""
        if self.settings.engine == "url":
            return self.settings.base_url
        return f"http://127.0.0.1:{self._started().port}"

    @property
    def api_key(self) -> str:
        """The key that the server asks for; empty when it asks for none."""
        return self.settings.api_key or (self._state.api_key if self._state else "")

    @property
    def model_name(self) -> str:
        """The name to put into requests."""
        return self._url_model or self.settings.served_name

    @property
    def owns_process(self) -> bool:
        """Whether this object started the server (and `stop()` therefore ends it)."""
        return self._launcher is not None

    def start(self) -> None:
        """Start or join the server and wait until it answers; raises `EngineError`."""
        if self.settings.engine == "url":
            self._join_url()
            return
        with self._file.locked():
            if self._join_running():
                return
            self._clean_up()
            self._start_process()

    def ensure(self) -> bool:
        """Have a server that answers; True when it had to be started (or joined) anew.

        A live server that does not answer for two minutes counts as hung and is replaced.
        """
        if self.settings.engine == "url":
            self._join_url()
            return False
        if self._is_running() and self._answers_within(_HUNG_SECONDS):
            return False
        self._say("The model server is gone or silent; starting it again.")
        with self._file.locked():
            if not self._join_running():
                self._clean_up()
                self._start_process()
        return True

    def stop(self) -> None:
        """End the server if this object started it; requests in flight may finish (30 s)."""
        if self._launcher is None:
            self._state = None
            return
        with self._file.locked():
            self._launcher.terminate()
            try:
                self._launcher.wait(SHUTDOWN_SECONDS + 5.0)
            except subprocess.TimeoutExpired:
                self._say("The model server does not end by itself; killing it.")
            self._clean_up()

    def version(self) -> str:
        """What `/version` says, as vLLM does; "" for a server that does not tell."""
        try:
            said = page(f"{server_root(self.base_url)}/version", api_key=self.api_key, seconds=5.0)
            version = json.loads(said.body)["version"] if said.status == 200 else ""
        except (httpx.TransportError, ValueError, LookupError, TypeError, RecursionError):
            return ""
        return storable(str(version)[:80])

    def is_healthy(self, *, timeout: float = 5.0) -> bool:
        """Whether `/health` says 200 within `timeout` seconds."""
        try:
            said = page(f"{self.base_url}/health", api_key=self.api_key, seconds=timeout)
            return 200 <= said.status < 300
        except httpx.TransportError:
            return False

    def _started(self) -> ServerState:
        if self._state is None:
            raise EngineError("The model server has not been started; call start() first.")
        return self._state

    def _is_running(self) -> bool:
        if self._launcher is not None and self._launcher.poll() is not None:
            return False
        return self._state is not None and self._state.is_running()

    def _join_running(self) -> bool:
        """Take over the address of a server that another worker keeps for the same settings."""
        state = self._file.read()
        if state is None or not state.is_running():
            return False
        before, self._state = self._state, state
        if self._answers_within(10.0):
            if self._launcher is not None and self._launcher.pid != state.pid:
                self._launcher = None
            self.command = shlex.join(state.arguments()[_LAUNCHER_WORDS:]) or self.command
            return True
        self._state = before
        return False

    def _answers_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._is_running():
            if self.is_healthy():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return False

    def _clean_up(self) -> None:
        """Kill what is left of an earlier server (engine processes survive their parent)."""
        states = [state for state in (self._state, self._file.read()) if state is not None]
        left = [process for state in states for process in state.members()]
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue  # it ended by itself
        psutil.wait_procs(left, timeout=10.0)
        if self._launcher is not None:
            self._launcher.wait(10.0)
        self._launcher = self._state = None
        self._file.clear()

    def _start_process(self) -> None:
        try:
            self._launch()
            self._wait_until_ready()
        except _PortTaken:
            # Somebody took the free port between our look and the server's: once more.
            self._clean_up()
            self._known = None
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self._clean_up()
            raise

    def _launch(self) -> None:
        port, key = self._known or (_choose_port(self.settings.port), secrets.token_urlsafe(24))
        self._known = port, key
        command = build_command(self.settings, port=port, api_key=key)
        self.command = shlex.join(command.arguments)
        launcher = [sys.executable, str(_LAUNCHER), str(_own_pid()), str(SHUTDOWN_SECONDS)]
        with self._log.opened() as log:
            self._launcher = subprocess.Popen(
                [*launcher, *command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=server_environment(command.environment),
                cwd=self.settings.var_dir,
                start_new_session=True,
            )
        self._state = ServerState.of(pid=self._launcher.pid, port=port, api_key=key)
        self._file.write(self._state)

    def _wait_until_ready(self) -> None:
        """Wait for `/health`, with a line of progress every ten seconds."""
        settings, started = self.settings, time.monotonic()
        said, start = started, self._watched()
        self._say(f"Starting {settings.served_name} on {settings.engine} (log: {self._log.path})")
        while not self.is_healthy(timeout=2.0):
            now = time.monotonic()
            status = self._launcher.poll() if self._launcher else None
            if status is not None:
                raise self._early_end(status)
            if trouble := start.trouble():
                raise EngineError(
                    f"The model server {trouble} and was not ready. Last lines of"
                    f" {self._log.path}:\n{self._log.last_lines()}\n"
                    "See whether the model fits this machine, or choose a smaller one."
                )
            if now - said >= _PROGRESS_SECONDS:
                said = now
                self._say(f"  {now - started:.0f} s: {self._log.last_lines(1)[:160]}")
            time.sleep(0.2)
        self._say(f"{settings.served_name} is ready after {time.monotonic() - started:.1f} s")

    def _watched(self) -> standstill.Start:
        """Its start; a big model may be downloaded and compiled for any time."""
        return standstill.Start(
            self._launcher.pid if self._launcher else 0,
            seconds=self.settings.still_seconds_or_default,
            said=lambda: standstill.size_of(self._log.path),
            most_work=math.inf,
        )

    def _early_end(self, status: int) -> EngineError:
        log = self._log.text()
        if self.settings.port == 0 and is_port_taken(log):
            return _PortTaken("The free port that was found has been taken by another program.")
        kind = EngineSetupError if needs_a_person(self.settings, log=log) else EngineError
        return kind(
            f"The model server for {self.settings.model_or_default} ended at its start "
            f"(exit {status}). {advice(self.settings, log=log, exit_status=status)}\n"
            f"Last lines of {self._log.path}:\n{self._log.last_lines()}"
        )

    def _join_url(self) -> None:
        deadline = time.monotonic() + self.settings.still_seconds_or_default
        url = f"{api_base(self.base_url)}/models"
        while True:
            try:
                said = page(url, api_key=self.api_key, seconds=10.0)
                if said.status < 500:
                    break
                problem = f"HTTP {said.status}"
            except httpx.TransportError as exc:
                problem = repr(exc)
            if time.monotonic() > deadline:
                raise EngineError(f"No model server answers at {shown(self.base_url)} ({problem}).")
            time.sleep(0.5)
        if not self.settings.model:
            self._url_model = _only_model(said, self.base_url)


class _PortTaken(EngineError):
    """The port was free a moment ago and is not any more."""


def _own_pid() -> int:
    return os.getpid()


def _choose_port(wanted: int) -> int:
    """A free loopback port, or the wanted one if it is free; raises `EngineError`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as exc:
            raise EngineError(
                f"Port {wanted} for the model server is in use ({exc.strerror}). "
                "Set another port, or 0 for any free one."
            ) from exc
        return int(probe.getsockname()[1])


def _only_model(said: Page, base_url: str) -> str:
    """The name of the first model that a server lists."""
    try:
        return listed(said.body).names[0]
    except (NoListError, IndexError) as exc:
        words = f"to {said.location}" if said.location else error_message(said.body)[:200]
        raise EngineSetupError(
            f"{shown(base_url)} lists no model (HTTP {said.status}: {words}). "
            "Set the model's name, and check that the address and the API key are right."
        ) from exc
