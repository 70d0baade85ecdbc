"""Request bodies that come slowly cost no thread, and none takes for ever.

The web server waits for a request's header at most, never for its body, and a thread that reads
from it cannot be called back: some hundred bodies that do not come would take them all. So the
beginning of every body is awaited here, between the server and the threads, and what is longer
is read under a clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

# So much of a body is here before a thread sees its request; more needs somebody signed in
# (apps.accounts.bodies), so that a stranger never holds a thread.
SMALL_BYTES = 64 * 1024
# The server closes a connection whose request is not read to its end when it learns that nobody
# will, but misses that now and then if it comes at the moment of the answer: so it comes later.
_LINGER_SECONDS = 1.0
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a body may be waited for: some seconds, and one more for every so many bytes that
    came, up to a bound. Time in which nobody waits for the sender does not count.
    """

    seconds: float = 20.0
    bytes_per_second: int = 16 * 1024
    most_seconds: float = 3600.0

    def left(self, *, waited: float, received: int) -> float:
        """Seconds that may still be waited."""
        allowed = self.seconds + received / self.bytes_per_second
        return min(allowed, self.most_seconds) - waited


class TooSlowError(OSError):
    """A body did not come in time. An OSError, as Django expects of a connection that fails."""


class CutOffError(OSError):
    """The sender went away before the body was whole: what came must not be taken for all."""


class BodyGuard:
    """An ASGI application before another one: begins its requests when the first SMALL_BYTES of
    the body are here, and answers 408 where it does not come.
    """

    def __init__(self, application: Application, patience: Patience | None = None) -> None:
        self._application = application
        self._patience = patience or Patience()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        body = _Body(receive, length=_content_length(scope), patience=self._patience)
        try:
            await body.begin()
        except TooSlowError:
            await _too_slow(send)
        except CutOffError:
            return
        else:
            answer = _Answer(send, body)
            await self._application(_cleaned(scope), body.receive, answer.send)
            await answer.end()
        if not body.is_whole or _is_chunked(scope):
            await asyncio.sleep(_LINGER_SECONDS)


class _Body:
    """What an application receives: the beginning that is here, then the rest as it comes."""

    def __init__(self, receive: Receive, *, length: int, patience: Patience) -> None:
        self._receive = receive
        self._length = length
        self._patience = patience
        self._begun = bytearray()
        self._received = 0
        self._waited = 0.0
        self.failed: OSError | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all that was announced has come."""
        return self._received >= self._length

    async def begin(self) -> None:
        """Wait for the first SMALL_BYTES, or all. Raises TooSlowError or CutOffError."""
        while len(self._begun) < min(self._length, SMALL_BYTES):
            self._begun += await self._next()

    async def receive(self) -> Message:
        """The application's `receive`; a body that says no length has none."""
        begun, self._begun = bytes(self._begun), bytearray()
        if not begun and not self.is_whole:
            begun = await self._next()
        return {"type": "http.request", "body": begun, "more_body": not self.is_whole}

    async def _next(self) -> bytes:
        if self.failed is not None:
            raise self.failed
        try:
            return await self._wait()
        except OSError as error:
            self.failed = error
            raise

    async def _wait(self) -> bytes:
        left = self._patience.left(waited=self._waited, received=self._received)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(left):
                message = await self._receive()
        except TimeoutError:
            raise TooSlowError("The body of the request did not come in time.") from None
        self._waited += clock() - began
        piece: bytes = message.get("body", b"")
        self._received += len(piece)
        is_last = message["type"] == "http.disconnect" or not message.get("more_body", False)
        if is_last and self._received < self._length:
            raise CutOffError("The connection ended before the body of the request did.")
        return piece


class _Answer:
    """The application's `send`. Where the body failed it in the middle, 408 is the answer instead
    of what it made of that.
    """

    def __init__(self, send: Send, body: _Body) -> None:
        self._send = send
        self._body = body
        self._begun = False
        self._replaced = False

    async def send(self, message: Message) -> None:
        if not self._begun and self._body.failed is not None:
            self._replaced = True
        self._begun = True
        if not self._replaced:
            await self._send(message)

    async def end(self) -> None:
        if self._replaced:
            await _too_slow(self._send)


async def _too_slow(send: Send) -> None:
    text = b"The request did not come in time. Nothing was saved; try again.\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 408, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _content_length(scope: Scope) -> int:
    """The announced length; 0 without one, as Django takes it."""
    given = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    is_number = len(given) == 1 and given[0].isdigit() and len(given[0]) < 19
    return int(given[0]) if is_number else 0


def _is_chunked(scope: Scope) -> bool:
    """Whether a body comes that says no length: none of it is read."""
    return any(name.lower() == b"transfer-encoding" for name, _ in scope["headers"])


def _cleaned(scope: Scope) -> Scope:
    """Without headers that would pass for others (a_b and a-b are one name to WSGI), and with an
    address that is ASCII, as WSGI asks.
    """
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote_from_bytes(scope["query_string"], safe=_PRINTABLE).encode()
    return {**scope, "headers": headers, "query_string": query}
