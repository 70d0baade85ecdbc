"""Django's WSGI application in threads, behind ASGI.

Of a2wsgi a thread asks the loop for the body and hands it each part of an answer, and waits every
time until it was taken. Here what has come of the body is there when the thread begins, and an
answer that is whole is what the thread comes back with: that was a third of a small request's time.

Who asks and does not read the answer holds no thread: a file is handed over piece by piece by the
loop, and nobody is waited for longer than `reading_seconds` without taking anything.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, build_environ
from a2wsgi.wsgi_typing import WSGIApp
from django.db import close_old_connections

from apps.core.bodies import Application, Message, Receive, Scope, Send

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


class InThreads:
    """An ASGI application of a WSGI one; `receive` gives at once what is here of a body."""

    def __init__(
        self, application: WsgiApplication, *, threads: int, reading_seconds: float = 60.0
    ) -> None:
        self._application = application
        self._reading_seconds = reading_seconds
        self._executor = ThreadPoolExecutor(threads, "WSGI")
        self._other = cast(Application, WSGIMiddleware(cast(WSGIApp, application)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        # The connection of who reads nothing ends with the answer that is not whole.
        with suppress(TimeoutError):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            async with asyncio.timeout(self._reading_seconds):
                await send(message)

        loop = asyncio.get_running_loop()
        environ: Any = build_environ(cast(Any, scope), _Begun(loop, receive, await receive()))
        answer = _Answer(lambda message: asyncio.run_coroutine_threadsafe(sent(message), loop))
        work = partial(contextvars.copy_context().run, answer.take, self._application, environ)
        try:
            for message in await loop.run_in_executor(self._executor, work):
                await sent(message)
            if answer.file is not None:
                await self._send_file(iter(answer.file), sent)
        finally:
            if answer.file is not None:
                await loop.run_in_executor(self._executor, answer.file.close)

    async def _send_file(self, pieces: Iterator[bytes], send: Send) -> None:
        loop = asyncio.get_running_loop()
        while piece := await loop.run_in_executor(self._executor, next, pieces, b""):
            await send(_part(piece))
        await send(_part(b"", is_last=True))


class _Begun(Body):
    """What a thread reads of a body: the beginning is here already."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Any, begun: Message) -> None:
        super().__init__(loop, receive)
        self.buffer += begun.get("body", b"")
        self._has_more = begun.get("more_body", False)


class _Answer:
    """What an application answers, as messages. hand_over: to the loop, from a thread."""

    def __init__(self, hand_over: Callable[[Message], Future[None]]) -> None:
        self._hand_over = hand_over
        self._start: list[Message] = []
        # Of a file, for the loop to send and to close: no thread is needed but to read a piece.
        self.file: Any = None

    def take(self, application: WsgiApplication, environ: Any) -> list[Message]:
        """In a thread: the whole answer; or nothing more, where its parts are sent as they come."""
        answer: Any = application(environ, self._started)
        if is_of_a_file(answer):
            # Closed by another thread, and later: what this one has of the database is given back.
            close_old_connections()
            self.file = answer
            return self._start
        try:
            if not getattr(answer, "streaming", True):
                return [*self._start, _part(b"".join(answer), is_last=True)]
            for part in answer:
                self._send(_part(part))
            self._send(_part(b"", is_last=True))
        finally:
            getattr(answer, "close", lambda: None)()
        return []

    def _started(self, status: str, headers: Iterable[tuple[str, str]], *_error: Any) -> None:
        encoded = [
            (name.strip().lower().encode("latin1"), value.strip().encode("latin1"))
            for name, value in headers
        ]
        code = int(status.partition(" ")[0])
        self._start = [{"type": "http.response.start", "status": code, "headers": encoded}]

    def _send(self, part: Message) -> None:
        """With the start before the first one; waits until each was taken."""
        while self._start:
            self._hand_over(self._start.pop()).result()
        self._hand_over(part).result()


def _part(body: bytes, *, is_last: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}


def is_of_a_file(answer: Any) -> bool:
    """Whether an answer of Django's gives nothing but pieces of a file."""
    return bool(getattr(answer, "file_to_stream", None) or getattr(answer, "is_of_a_file", False))
