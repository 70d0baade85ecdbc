"""Who asks and does not read the answer holds neither a thread nor a connection for long."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web import allow_connections, is_closed, web_server

# More than all threads of the web server.
MANY = 300
LARGE = "/static/vendor/codemirror/codemirror.js"


@pytest.fixture
def server(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    with web_server(tmp_path, "tests.core.impatient:application") as address:
        yield address


def asks_and_does_not_read(address: str, path: str) -> socket.socket:
    """As over a real line: what is not read waits at the server, not in the kernel's buffers."""
    host, port = address.removeprefix("http://").split(":")
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    reader.settimeout(120)
    reader.connect((host, int(port)))
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return reader


def test_pages_are_answered_while_hundreds_do_not_read_theirs(server: str) -> None:
    allow_connections(MANY + 200)
    assert len(httpx.get(server + LARGE, headers={"Accept-Encoding": "identity"}).content) > 300_000
    readers = [asks_and_does_not_read(server, LARGE) for _ in range(MANY)]
    try:
        time.sleep(1)
        for _ in range(3):
            assert httpx.get(f"{server}/accounts/login/", timeout=60).status_code == 200
        assert [is_closed(reader) for reader in readers[:20]] == [True] * 20
    finally:
        for reader in readers:
            reader.close()
