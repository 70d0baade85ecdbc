"""The WSGI application in threads of the web process: a2wsgi, with fewer ways between the two.

Of a2wsgi a thread asks the loop for the body and hands it each part of an answer, and waits every
time until it was taken. Here what has come of the body is there when the thread begins, and an
answer that is whole is what the thread comes back with: that was a third of a small request's time.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, build_environ
from a2wsgi.wsgi_typing import WSGIApp

from apps.core.bodies import Application, Message, Receive, Scope, Send

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


class InThreads:
    """An ASGI application of a WSGI one; `receive` gives at once what is here of a body."""

    def __init__(self, application: WsgiApplication, *, threads: int) -> None:
        self._application = application
        self._executor = ThreadPoolExecutor(threads, "WSGI")
        self._other = cast(Application, WSGIMiddleware(cast(WSGIApp, application)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._other(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        environ: Any = build_environ(cast(Any, scope), _Begun(loop, receive, await receive()))
        answer = _Answer(
            lambda message: asyncio.run_coroutine_threadsafe(_sent(send, message), loop)
        )
        work = partial(contextvars.copy_context().run, answer.take, self._application, environ)
        for message in await loop.run_in_executor(self._executor, work):
            await send(message)


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

    def take(self, application: WsgiApplication, environ: Any) -> list[Message]:
        """In a thread: the whole answer; or nothing more, where its parts are sent as they come."""
        answer: Any = application(environ, self._started)
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


async def _sent(send: Send, message: Message) -> None:
    await send(message)


def _part(body: bytes, *, is_last: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}
