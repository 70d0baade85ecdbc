"""One POST to a receiver: bounded in time, never to an address that is refused, never redirected.

The name is looked up here and the connection goes to the address that was looked at, so that a
name cannot mean something else at the second look (DNS rebinding). Imported by workers only.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any

import httpcore

from apps.webhooks.addresses import AddressError, Network, require_allowed

log = logging.getLogger(__name__)
# For all of it: name, connection, request, and the beginning of the answer.
SECONDS = 15.0
# The status is the answer; a body that comes slowly is not waited for.
BODY_SECONDS = 1.0
BODY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a POST: a status, or a problem in words. `location`: where a redirect leads."""

    status: int | None
    body: str = ""
    problem: str = ""
    location: str = ""
    retry_after: int = 0


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes as long as many a round."""
    return httpcore.default_ssl_context()


class Poster:
    """Posts one thing after the other, over one connection where the receiver keeps it."""

    def __init__(self, *, listed: Sequence[Network]) -> None:
        self._clock = _Clock()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=1,
            network_backend=_Guarded(self._clock, listed),
        )
        self._plain_pool = httpcore.ConnectionPool(
            max_connections=1,
            network_backend=_Guarded(self._clock, listed, encrypted=False),
        )

    def __enter__(self) -> Poster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._pool.close()
        self._plain_pool.close()

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the receiver says, or why it says nothing. Takes SECONDS at most."""
        self._clock.start(SECONDS)
        pool = self._pool if url.lower().startswith("https:") else self._plain_pool
        try:
            with pool.stream("POST", url, headers=list(headers.items()), content=body) as response:
                return self._read(response)
        except AddressError as error:
            return Answer(None, problem=str(error))
        except httpcore.TimeoutException:
            return Answer(None, problem=f"No answer within {SECONDS:.0f} seconds.")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
            return Answer(None, problem=f"{type(error).__name__}: {error}"[:400])

    def _read(self, response: httpcore.Response) -> Answer:
        self._clock.shorten(BODY_SECONDS)
        said = b""
        try:
            for part in response.iter_stream():
                said += part
                if len(said) >= BODY_BYTES:
                    break
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            log.debug("The rest of an answer did not come: %r", error)
        named = {name.lower(): value for name, value in response.headers}
        return Answer(
            response.status,
            body=said[:BODY_BYTES].decode("utf-8", "replace").replace("\0", "�"),
            location=named.get(b"location", b"")[:300].decode("latin-1"),
            retry_after=_seconds(named.get(b"retry-after", b"")),
        )


class _Clock:
    """The time that is left of a POST."""

    def __init__(self) -> None:
        self._end = 0.0

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        self._end = min(self._end, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds, above 0. Raises httpcore.ReadTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("no time is left")
        return left


class _Guarded(httpcore.NetworkBackend):
    """Connections to addresses that may be posted to, under a clock."""

    def __init__(self, clock: _Clock, listed: Sequence[Network], *, encrypted: bool = True) -> None:
        self._clock = clock
        self._listed = listed
        self._encrypted = encrypted
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = _addresses(host, port)
        for each in found:
            require_allowed(each, encrypted=self._encrypted, listed=self._listed)
        stream = self._plain.connect_tcp(found[0], port, self._clock.left())
        return _Timed(stream, self._clock)


class _Timed(httpcore.NetworkStream):
    """A connection whose every step has only what is left of the whole time."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._clock.left()
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """All IP addresses of a name, each once, in the order to try. Raises OSError."""
    told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in told))


def _seconds(header: bytes) -> int:
    """The seconds of a Retry-After; 0 for a date or nonsense."""
    return int(header) if header.isdigit() and len(header) < 7 else 0
