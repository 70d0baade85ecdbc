"""A real web server (granian) on the test's database, with the options of production."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from django.db import connection

from apps.core.processes import spec
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
MOST_LOG = 20_000


@contextmanager
def web_server(
    scratch: Path, application: str = "", *, is_kept: bool = False, **env: str
) -> Iterator[str]:
    """The address of a server of the machine's own command; `scratch` takes its log and its
    temporary files. One that is kept is started again when it ends, as the supervisor does.
    """
    port = free_port()
    (web,) = [one for one in spec.machine(scratch) if one.name == "web"]
    words = [*web.command[:-1], str(port), *filter(None, [application])]
    (scratch / "tmp").mkdir()
    url = re.sub(
        r"/[^/?]*(\?|$)", rf"/{connection.settings_dict['NAME']}\1", os.environ["DATABASE_URL"]
    )
    own = {"DATABASE_URL": url, "TMPDIR": str(scratch / "tmp")}
    server = _Server(words, {**os.environ, **own, **env}, scratch / "web.log")
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(server, address)
        if is_kept:
            server.start()
        yield address
    except BaseException:
        # It goes with its folder, and says what was behind an answer that nobody expected.
        print((scratch / "web.log").read_text(errors="replace")[-MOST_LOG:], file=sys.stderr)
        raise
    finally:
        server.end()


class _Server(threading.Thread):
    """The server's process; the thread starts it again when it ends, which granian does where one
    of its workers dies twice within some seconds.
    """

    def __init__(self, words: list[str], env: dict[str, str], log: Path) -> None:
        super().__init__(daemon=True)
        self.words, self.env, self.log = words, env, log
        self.is_ending = threading.Event()
        self.process = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(self.words, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def run(self) -> None:
        while not self.is_ending.wait(0.1):
            if self.process.poll() is not None:
                self.process = self._begin()

    def end(self) -> None:
        self.is_ending.set()
        if self.is_alive():
            self.join()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _wait(server: _Server, address: str) -> None:
    for _ in range(2400):
        assert server.process.poll() is None, server.log.read_text()
        try:
            # Without certificates: to read them for each look takes longer than the look.
            httpx.get(f"{address}/accounts/login/", timeout=60, verify=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The web server does not answer.\n{server.log.read_text()}")


def allow_connections(number: int) -> None:
    """Let this process have so many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(number, hard)), hard))


def connected(address: str) -> socket.socket:
    """A connection on which nothing is said yet."""
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=120)


def begin_post(address: str, path: str, *lines: str, body: bytes = b"") -> socket.socket:
    """A connection that has sent the header of a POST, and the beginning of its body."""
    sender = connected(address)
    host = address.removeprefix("http://").partition(":")[0]
    head = "\r\n".join([f"POST {path} HTTP/1.1", f"Host: {host}", *lines, "", ""])
    sender.sendall(head.encode() + body)
    return sender


def status_of(sender: socket.socket) -> int:
    """The status that the server answers with, whenever it does."""
    with sender.makefile("rb") as stream:
        line = stream.readline()
    assert line, "The server closed the connection without an answer."
    return int(line.split()[1])


def is_closed(sender: socket.socket) -> bool:
    """Whether the server ends a connection, after what it has still to say on it."""
    sender.settimeout(60)
    with suppress(ConnectionResetError):
        try:
            while sender.recv(10_000):
                pass
        except TimeoutError:
            return False
    return True
