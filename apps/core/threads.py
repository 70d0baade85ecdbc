"""The WSGI application in threads of the web process: a2wsgi, with fewer ways between the two.

Of a2wsgi a thread asks the loop for the body and hands it each part of an answer, and waits every
time until it was taken. Here what has come of the body is there when the thread begins, and an
answer that is whole is handed over without waiting: that was a third of a small request's time.

Who asks and does not read the answer holds no thread: a file is handed over piece by piece by the
loop, and nobody is waited for longer than `reading_seconds` without taking anything.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, WSGIResponder, build_environ
from a2wsgi.wsgi_typing import WSGIApp
from django.db import close_old_connections

from apps.core.bodies import Application, Message, Receive, Scope, Send

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


class InThreads:
    """An ASGI application of a WSGI one; `receive` gives at once what is here of a body."""

    def __init__(
        self, application: WsgiApplication, *, threads: int, reading_seconds: float = 60.0
    ) -> None:
        self._reading_seconds = reading_seconds
        self._application = cast(WSGIApp, application)
        self._executor = ThreadPoolExecutor(threads, "WSGI")
        self._other = cast(Application, WSGIMiddleware(self._application))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            responder = _Responder(self._application, self._executor, 10)
            responder.reading_seconds = self._reading_seconds
            # The connection of who reads nothing ends with the answer that is not whole.
            with suppress(TimeoutError):
                await responder.answer(scope, receive, send)
        else:
            await self._other(scope, receive, send)


class _Begun(Body):
    """What a thread reads of a body: the beginning is here already."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Any, begun: Message) -> None:
        super().__init__(loop, receive)
        self.buffer += begun.get("body", b"")
        self._has_more = begun.get("more_body", False)


class _Responder(WSGIResponder):
    reading_seconds = 60.0
    # An answer of a file, which needs no thread but to read its next piece.
    file: Any = None

    async def answer(self, scope: Any, receive: Receive, send: Send) -> None:
        """a2wsgi's own, but for the body."""
        environ: Any = build_environ(scope, _Begun(self.loop, receive, await receive()))
        sender = self.loop.create_task(self.sender(send))
        try:
            context = contextvars.copy_context()
            work = partial(context.run, self.wsgi, environ, self.start_response)
            await self.loop.run_in_executor(self.executor, work)
            await self.send_queue.put(None)
            await sender
            if self.exc_info is not None:
                raise self.exc_info[1].with_traceback(self.exc_info[2])
            if self.file is not None:
                await self._send_file(send)
        finally:
            sender.cancel()
            if self.file is not None:
                await self.loop.run_in_executor(self.executor, self.file.close)

    async def _send_file(self, send: Send) -> None:
        pieces = iter(self.file)
        while True:
            piece = await self.loop.run_in_executor(self.executor, next, pieces, None)
            async with asyncio.timeout(self.reading_seconds):
                await send(
                    {
                        "type": "http.response.body",
                        "body": piece or b"",
                        "more_body": piece is not None,
                    }
                )
            if piece is None:
                return

    async def sender(self, send: Any) -> None:
        while (message := await self.send_queue.get()) is not None:
            async with asyncio.timeout(self.reading_seconds):
                await send(message)
            self.send_queue.task_done()

    def wsgi(self, environ: Any, start_response: Any) -> None:
        answer: Any = self.app(environ, start_response)
        if is_of_a_file(answer):
            # Closed by another thread, and later: what this one has of the database is given back.
            close_old_connections()
            self.file = answer
            return
        try:
            if getattr(answer, "streaming", True):
                for part in answer:
                    self._send_part({"body": part, "more_body": True})
                self._send_part({"body": b"", "more_body": False})
            else:
                whole = b"".join(answer)
                self.send({"type": "http.response.body", "body": whole, "more_body": False})
        finally:
            getattr(answer, "close", lambda: None)()

    def send(self, message: Any) -> None:
        """For the start of an answer and a whole one: two messages, for which there is room."""
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)

    def _send_part(self, message: dict[str, Any]) -> None:
        """Hand over a part of a stream, at the speed of who reads it. Raises TimeoutError."""
        part = self.send_queue.put({"type": "http.response.body", **message})
        handed = asyncio.run_coroutine_threadsafe(part, self.loop)
        try:
            handed.result(self.reading_seconds)
        finally:
            handed.cancel()


def is_of_a_file(answer: Any) -> bool:
    """Whether an answer of Django's gives nothing but pieces of a file."""
    return bool(getattr(answer, "file_to_stream", None) or getattr(answer, "is_of_a_file", False))
