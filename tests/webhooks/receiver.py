"""A receiver of webhooks on a port of this machine, as somebody would write one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

Answer = Callable[[BaseHTTPRequestHandler], None]


def plain(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        body = b"" if status == 204 else b"ok"
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def slowly(status: int, *, head: bool = False) -> Answer:
    """A status at once and then a body without end, or (head) a header line now and then."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if not head:
            handler.send_response(status)
            handler.end_headers()
        else:
            handler.wfile.write(f"HTTP/1.1 {status} OK\r\n".encode())
        try:
            for number in range(2000):
                handler.wfile.write(f"x-{number}: y\r\n".encode())
                time.sleep(0.01)
        except OSError:
            handler.close_connection = True

    return answer


def endless_status(status: int) -> Answer:
    """One interim answer after the other, and never the last."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        with suppress(OSError):
            while True:
                handler.wfile.write(f"HTTP/1.1 {status} Wait\r\n\r\n".encode())

    return answer


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    """Bytes that are no HTTP."""
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.write(b"\x16\x03\x01" * 1000)


@dataclass
class Receiver:
    """What came, verified with the library that receivers use. `answer` says what is answered."""

    url: str
    port: int
    secret: str = ""
    answer: Answer = field(default_factory=lambda: plain(204))
    got: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    seen: int = 0

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.seen += 1
        told = Webhook(self.secret).verify(body, dict(handler.headers))
        self.got.append(told)
        self.keys.append(handler.headers["webhook-id"])
        self.answer(handler)


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = server.server_address[1]
    receiver = Receiver(url=f"http://127.0.0.1:{port}/hook", port=port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
