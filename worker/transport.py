"""HTTP to one model server: bounded bodies, patience by the server's progress, its metrics."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from apps.core.certificates import trusted
from worker.engines.metrics import MetricsSample, read_metrics
from worker.engines.pages import MOST_BYTES
from worker.engines.urls import api_base, http_options, query_of, server_root, shown
from worker.progress import ServerProgress

MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
"""A longer body is given up: no completion of 1,536 tokens comes near it."""

_CONNECTIONS_EACH: Final = 16
_MOST_CLIENTS: Final = 32
_LOOK_SECONDS: Final = 15.0
_LONGEST_RETRY_AFTER: Final = 300.0
_LIST_SECONDS: Final = 30.0
_METRICS_SECONDS: Final = 10.0
# vLLM's page is as old as its newest step, and the first step of long prompts takes its time.
_LOST_SHARE: Final = 1 / 4


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body of an answer. body: None where it was too large to be an honest one.
    retry_after: seconds that the server asks to be left alone, 0 where it does not say. location:
    where a redirection points to.
    """

    status: int
    body: bytes | None
    retry_after: float = 0.0
    location: str = ""


class Transport:
    """Connections to one server. `timeout` is seconds without an answer in which the server did
    not read or write a token either (by its `/metrics`; without one, all seconds count). A request
    is given up after a quarter of that where the server says that it has none.
    """

    def __init__(self, url: str, *, api_key: str, connections: int, timeout: float) -> None:
        self.api = api_base(url)
        self.name = shown(self.api)
        self._root = server_root(url)
        self._timeout = timeout
        self._look = min(timeout / 8, _LOOK_SECONDS)
        self._progress = ServerProgress(self.metrics, every=self._look)
        self._watching: asyncio.Task[None] | None = None
        # A client looks through all its connections at every request: some clients share them.
        shares = min(max(connections // _CONNECTIONS_EACH, 1), _MOST_CLIENTS)
        clients = [
            httpx.AsyncClient(
                verify=trusted(),
                params=query_of(url),
                timeout=httpx.Timeout(timeout, connect=10.0, pool=None, read=None),
                limits=httpx.Limits(max_connections=connections // shares + 1),
                **http_options(self.api, api_key=api_key),
            )
            for _ in range(shares)
        ]
        self._http, self._clients, self._turns = clients[0], clients, itertools.cycle(clients)

    def open(self) -> None:
        """Begin to watch the server's progress; called in the event loop."""
        self._watching = asyncio.create_task(self._progress.watch())

    async def close(self) -> None:
        """Close the connections; requests in flight are dropped."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for client in self._clients:
            await client.aclose()

    async def post(self, path: str, payload: dict[str, object]) -> Reply:
        """Raises `httpx.TransportError`; `httpx.ReadTimeout` when the server has stopped getting
        on, or says that it has no request.
        """
        started = time.monotonic()
        lost = self._timeout * _LOST_SHARE
        posting = asyncio.create_task(self._post(path, payload))
        try:
            while not (await asyncio.wait({posting}, timeout=self._look))[0]:
                if self._progress.idle_seconds(started) > self._timeout:
                    raise httpx.ReadTimeout(f"the server did nothing for {self._timeout:g} s")
                if self._progress.lost_seconds(started) > lost:
                    raise httpx.ReadTimeout(
                        f"the server says for {lost:g} s that it has no request"
                    )
            return posting.result()
        finally:
            posting.cancel()

    async def _post(self, path: str, payload: dict[str, object]) -> Reply:
        async with next(self._turns).stream("POST", f"{self.api}{path}", json=payload) as reply:
            return await _read(reply, MAX_RESPONSE_BYTES)

    async def models(self) -> Reply:
        """The server's list of models, whatever its status. Raises `httpx.TransportError`."""
        return await self._get(f"{self.api}/models", _LIST_SECONDS)

    async def has_chat_template(self, model: str) -> bool:
        """Whether a vLLM server makes a prompt of messages: where the model has no chat template it
        refuses that. False where nobody can say.
        """
        asked = {"model": model, "messages": [{"role": "user", "content": "SELECT 1;"}]}
        try:
            async with (
                asyncio.timeout(_LIST_SECONDS),
                self._http.stream("POST", f"{self._root}/tokenize", json=asked) as reply,
            ):
                read = await _read(reply, MOST_BYTES)
        except (TimeoutError, httpx.TransportError):
            return False
        return read.status == 200 and b'"tokens"' in (read.body or b"")

    async def slot_action(self, slot: int, action: str, name: str) -> bool:
        """Whether a llama.cpp server did it; not where it is away, another one or has no files."""
        url = f"{self._root}/slots/{slot}"
        try:
            reply = await self._http.post(
                url, params={"action": action}, json={"filename": name}, timeout=self._timeout
            )
        except httpx.TransportError:
            return False  # the request that follows is told, and waits
        return reply.is_success

    async def metrics(self) -> MetricsSample | None:
        """What `/metrics` says now; None where there is none or the server is away."""
        try:
            reply = await self._get(f"{self._root}/metrics", _METRICS_SECONDS)
        except httpx.TransportError:
            return None  # a server that is away has no load to report
        if reply.status != 200 or reply.body is None:
            return None
        return read_metrics(reply.body.decode("utf-8", "replace"), at=time.monotonic())

    async def _get(self, url: str, seconds: float) -> Reply:
        """A page, bounded in size and in time as a whole."""
        try:
            async with (
                asyncio.timeout(seconds),
                self._http.stream("GET", url, timeout=seconds) as reply,
            ):
                return await _read(reply, MOST_BYTES)
        except TimeoutError as exc:
            raise httpx.ReadTimeout(f"{shown(url)} did not end within {seconds:g} s") from exc


async def _read(reply: httpx.Response, most: int) -> Reply:
    """What came, None for a body that is too large; one that cannot be unpacked is empty."""
    said = reply.headers
    read = Reply(
        reply.status_code,
        b"",
        _seconds(said.get("Retry-After", "")),
        said.get("Location", "")[:300],
    )
    body = bytearray()
    try:
        async for chunk in reply.aiter_bytes():
            body += chunk
            if len(body) > most:
                return replace(read, body=None)
    except httpx.DecodingError as exc:
        return replace(read, body=f"its Content-Encoding is wrong: {exc}".encode())
    return replace(read, body=bytes(body))


def _seconds(retry_after: str) -> float:
    """The header's seconds or date as seconds from now, bounded; 0 for anything else."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER) if seconds == seconds else 0.0
