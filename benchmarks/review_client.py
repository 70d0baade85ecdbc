"""A reviewer's browser, as far as the review's benchmark needs one: a session and HTTP.

HTTP is spoken on a bare socket that stays open: the header and a short body are one piece, as
browsers send them, and of the answer the status and the length are read. What a library for HTTP
does beside, in this process, is no time of the server's: http.client sends a form in two pieces,
for the second of which the server waits, and reads each header by a parser of mails.
"""

from __future__ import annotations

import re
import socket
import time
from typing import Any
from urllib.parse import urlencode

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
_PIECE = 1 << 16
_PAIR = re.compile(rb'data-pair="(\d+)"')
_TOKEN = "b" * 32


class Browser:
    """One person signed in at the server's address."""

    def __init__(self, address: str, username: str, *, htmx: bool = True) -> None:
        from django.conf import settings
        from django.test import Client

        from tests.builders import make_user

        client = Client()
        client.force_login(make_user("editor", username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._host = address.removeprefix("http://")
        self._socket: socket.socket | None = None
        self._headers = {
            "Host": self._host,
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={_TOKEN}",
            "X-CSRFToken": _TOKEN,
        } | ({"HX-Request": "true"} if htmx else {})
        self.pair = 0

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds and the page."""
        return self._ask("GET", path)

    def open(self) -> None:
        """Open the desk: the first pair."""
        _, page = self._ask("GET", "/review/")
        self._look(page)

    def label(self, number: int) -> float:
        """Label the pair in sight, a third of them bad; milliseconds until the next one is here."""
        bad = {"value": "bad", "reasons": "wrong_result"}
        fields: dict[str, Any] = {"value": "good"} if number % 3 else bad
        fields |= {"note": "", "seconds": "4.2"}
        took, page = self._ask("POST", f"/review/pairs/{self.pair}/label/", urlencode(fields))
        assert b"Labelled" in page, page[:500]
        self._look(page)
        return took

    def _look(self, page: bytes) -> None:
        found = _PAIR.search(page)
        assert found, "no pair is left"
        self.pair = int(found.group(1))

    def _ask(self, method: str, path: str, body: str = "") -> tuple[float, bytes]:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        headers = self._headers | form | {"Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        request = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
        server = self._socket = self._socket or self._connected()
        started = time.perf_counter()
        server.sendall(request)
        head, page = _answer(server)
        took = 1000 * (time.perf_counter() - started)
        assert head.startswith(b"HTTP/1.1 200 "), (path, head, page[:500])
        return took, page

    def _connected(self) -> socket.socket:
        host, port = self._host.split(":")
        opened = socket.create_connection((host, int(port)), timeout=120)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened


def _answer(server: socket.socket) -> tuple[bytes, bytes]:
    """The header of an answer and its body, which says how long it is."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _piece(server)
    head = bytes(data[: end + 2])
    length = _LENGTH.search(head)
    assert length, head
    whole = end + 4 + int(length[1])
    while len(data) < whole:
        data += _piece(server)
    return head, bytes(data[end + 4 : whole])


def _piece(server: socket.socket) -> bytes:
    piece = server.recv(_PIECE)
    assert piece, "The server closed the connection."
    return piece
