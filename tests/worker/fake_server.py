"""A model server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = Callable[[BaseHTTPRequestHandler], None]


def completion(text: str | None = "SELECT 1;", **choice: object) -> dict[str, Any]:
    """The body of a good answer."""
    return {
        "choices": [{"text": text, "index": 0, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }


def says(body: object, *, status: int = 200, **headers: str) -> Answer:
    """Answer with this JSON (or these bytes as they are)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word, as a killed server does."""
    handler.close_connection = True
    handler.connection.close()


def sleeps(seconds: float, then: Answer) -> Answer:
    """Answer late."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        then(handler)

    return answer


def waits(until: threading.Event, then: Answer) -> Answer:
    """Answer when something has happened."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        until.wait(60)
        then(handler)

    return answer


def poisoned(trouble: Answer, *, chat: bool = False) -> Answer:
    """Trouble for prompts that hold POISON, else what any stage can use."""
    text = "update statement, where clause"
    good = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]} if chat else None

    def answer(handler: BaseHTTPRequestHandler) -> None:
        bad = "POISON" in json.dumps(handler.question)  # type: ignore[attr-defined]
        (trouble if bad else says(good or completion(text)))(handler)

    return answer


class FakeServer:
    """Plays `script` first, one answer per completion, then goes on with `always`."""

    def __init__(self) -> None:
        self.script: deque[Answer] = deque()
        self.always: Answer = says(completion())
        self.pages: dict[str, Answer] = {"/health": says({})}
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_get(self, handler: BaseHTTPRequestHandler) -> None:
        """Show the page of this path, where the test has made one."""
        self.pages.get(handler.path, says({"error": "no such page"}, status=404))(handler)

    def answer_post(self, handler: BaseHTTPRequestHandler) -> None:
        """Remember the question and play the next answer."""
        question = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if handler.path == "/tokenize" and "messages" in question:
            self.answer_get(handler)  # whether there is a chat template: no completion
            return
        handler.question = question  # type: ignore[attr-defined]  # for answers that look at it
        with self._lock:
            self.asked.append(question)
            self.paths.append(handler.path)
            self.keys.append(handler.headers.get("Authorization"))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            answer = self.script.popleft() if self.script else self.always
        try:
            answer(handler)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # the client gave up, which some tests want
        finally:
            with self._lock:
                self._at_once -= 1


def _handler_for(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            fake.answer_post(self)

        def do_GET(self) -> None:
            fake.answer_get(self)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    return Handler
