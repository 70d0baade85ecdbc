"""Ask a model server for many completions at once.

One client for every engine: it speaks the OpenAI-compatible HTTP interface (`/v1/completions`,
`/v1/chat/completions`) that vLLM and llama.cpp share. Results come as they are ready, matched to
requests by id, never by position.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import httpx

from worker.engines.errors import EngineError, EngineSetupError
from worker.engines.metrics import MetricsSample, ServerMetrics, read_metrics
from worker.engines.urls import http_options, server_root
from worker.progress import ServerProgress
from worker.replies import (
    BadReply,
    CompletionFailure,
    CompletionResult,
    error_message,
    is_prompt_too_long,
    parse_reply,
)

MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
"""A longer body is given up: no completion of 1,536 tokens comes near it."""

_MAX_ATTEMPTS: Final = 5
"""How often one request may be *answered* badly; a server that is away is waited for instead."""

_SLOWEST_RETRY: Final = 10.0
_LOOK_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: role is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """What to ask for: a `prompt`, or `messages` for a model that follows a chat template."""

    id: str
    prompt: str = ""
    messages: tuple[Message, ...] = ()
    max_tokens: int = 1536
    temperature: float = 0.7
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The endpoint that answers this request."""
        return "/v1/chat/completions" if self.messages else "/v1/completions"

    def payload(self, model: str) -> dict[str, object]:
        """The JSON body, as both vLLM and llama.cpp understand it."""
        body: dict[str, object] = {
            "model": model,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
        }
        if self.messages:
            body["messages"] = [{"role": m.role, "content": m.content} for m in self.messages]
        else:
            body["prompt"] = self.prompt
        if self.frequency_penalty:
            body["frequency_penalty"] = self.frequency_penalty
        if self.seed is not None:
            body["seed"] = self.seed
        if self.stop:
            body["stop"] = list(self.stop)
        return body


class ModelClient:
    """An asynchronous client of one model server; use it with `async with`.

    `base_url` is the server's root (a trailing `/v1` is cut off). `timeout` is seconds without an
    answer in which the server did not read or write a token either (by its `/metrics`; without one,
    all seconds count): many requests share what a CPU writes, so a healthy answer may take any
    time, and one that is given up begins anew. `patience` is seconds that one request goes on
    trying while the server is away (being restarted) or answers with errors.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        api_key: str = "",
        concurrency: int = 16,
        timeout: float = 600.0,
        patience: float = 300.0,
        first_retry: float = 0.5,
    ) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.model = model
        self.concurrency = concurrency
        self._root = server_root(base_url)
        self._patience = patience
        self._first_retry = first_retry
        self._timeout = timeout
        self._look = min(timeout / 8, _LOOK_SECONDS)
        self._progress = ServerProgress(self._fetch_metrics, every=self._look)
        self._watching: asyncio.Task[None] | None = None
        self._sample: MetricsSample | None = None
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=10.0, pool=None, read=None),
            limits=httpx.Limits(max_connections=concurrency + 2),
            **http_options(self._root, api_key=api_key),
        )

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._progress.watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; requests in flight are dropped."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._http.aclose()

    async def check(self) -> None:
        """Raise `EngineError` unless the server lists our model (`EngineSetupError` when it answers
        and does not).

        llama.cpp answers for any model name, so a wrong name would go unnoticed without this.
        """
        try:
            reply = await self._http.get(f"{self._root}/v1/models", timeout=30.0)
        except httpx.TransportError as exc:
            raise EngineError(f"No model server answers at {self._root}: {exc!r}") from exc
        self._raise_for_configuration(reply.status_code, reply.text)
        try:
            listed = [str(entry["id"]) for entry in reply.json()["data"]]
        except (ValueError, KeyError, TypeError) as exc:
            raise EngineSetupError(
                f"{self._root}/v1/models is no OpenAI-compatible list of models; "
                "is the address of the model server right?"
            ) from exc
        if self.model not in listed:
            raise EngineSetupError(
                f"The server at {self._root} does not serve the model {self.model!r}; "
                f"it serves {', '.join(listed) or 'nothing'}. Set the model's name to one of these."
            )

    async def complete(
        self, requests: AsyncIterable[CompletionRequest] | Iterable[CompletionRequest]
    ) -> AsyncIterator[CompletionResult | CompletionFailure]:
        """Yield one result or failure per request, as they come, `concurrency` at a time.

        Requests are drawn only when there is room, so an endless stream is fine. Raises
        `EngineSetupError` for faults of the set-up (unknown model, wrong key) that no retry mends.
        """
        source = _aiter(requests)
        drawing = asyncio.Lock()
        done: asyncio.Queue[CompletionResult | CompletionFailure | BaseException | None]
        done = asyncio.Queue(maxsize=self.concurrency)

        async def work() -> None:
            try:
                while True:
                    async with drawing:
                        request = await anext(source, None)
                    if request is None:
                        break
                    await done.put(await self.complete_one(request))
            except Exception as exc:  # noqa: BLE001 - handed to the consumer, which raises it
                await done.put(exc)
            await done.put(None)

        tasks = [asyncio.create_task(work()) for _ in range(self.concurrency)]
        try:
            working = len(tasks)
            while working:
                item = await done.get()
                if item is None:
                    working -= 1
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def complete_one(
        self, request: CompletionRequest
    ) -> CompletionResult | CompletionFailure:
        """Ask until there is an answer, a final refusal, or patience runs out."""
        first_failure: float | None = None
        delay = self._first_retry
        answers = 0
        while True:
            outcome = await self._attempt(request)
            if isinstance(outcome, CompletionResult) or not outcome.retryable:
                return outcome
            now = time.monotonic()
            first_failure = first_failure or now
            answers += outcome.code not in _AWAY
            if answers >= _MAX_ATTEMPTS or now - first_failure >= self._patience:
                return outcome
            # The jitter keeps a thousand waiting requests from knocking in the same instant.
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311
            delay = min(delay * 2, _SLOWEST_RETRY)

    async def _attempt(self, request: CompletionRequest) -> CompletionResult | CompletionFailure:
        def failure(code: str, message: str, *, retryable: bool) -> CompletionFailure:
            return CompletionFailure(request.id, code, message[:500], retryable)

        started = time.monotonic()
        try:
            status, body = await self._answer(request)
        except httpx.TimeoutException as exc:
            return failure("timeout", f"no answer in time: {exc}", retryable=True)
        except httpx.TransportError as exc:
            return failure("unreachable", f"{self._root}: {exc!r}", retryable=True)
        if body is None:
            message = f"the answer is longer than {MAX_RESPONSE_BYTES:,} bytes"
            return failure("response_too_large", message, retryable=False)
        if status == 200:
            try:
                return parse_reply(request.id, body, seconds=time.monotonic() - started)
            except BadReply as exc:
                return failure("bad_response", str(exc), retryable=True)
        message = error_message(body)
        self._raise_for_configuration(status, message)
        if status >= 500 or status == 429:
            return failure("server_error", f"HTTP {status}: {message}", retryable=True)
        code = "prompt_too_long" if is_prompt_too_long(status, message) else "bad_request"
        return failure(code, f"HTTP {status}: {message}", retryable=False)

    async def _answer(self, request: CompletionRequest) -> tuple[int, bytes | None]:
        """Status and body; raises `httpx.ReadTimeout` when the server has stopped getting on."""
        started = time.monotonic()
        posting = asyncio.create_task(self._post(request))
        try:
            while not (await asyncio.wait({posting}, timeout=self._look))[0]:
                if self._progress.idle_seconds(started) > self._timeout:
                    raise httpx.ReadTimeout(f"the server did nothing for {self._timeout:g} s")
            return posting.result()
        finally:
            posting.cancel()

    async def _post(self, request: CompletionRequest) -> tuple[int, bytes | None]:
        """Status and body; None for a body that is too large to be an honest answer."""
        url, payload = f"{self._root}{request.path}", request.payload(self.model)
        async with self._http.stream("POST", url, json=payload) as reply:
            body = bytearray()
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    return reply.status_code, None
            return reply.status_code, bytes(body)

    def _raise_for_configuration(self, status: int, message: str) -> None:
        if status in (401, 403):
            raise EngineSetupError(
                f"The model server at {self._root} refuses our API key (HTTP {status}). "
                "Set the key that the server was started with."
            )
        if status == 404:
            raise EngineSetupError(
                f"The model server at {self._root} does not know the model {self.model!r} "
                f"(HTTP 404: {message[:200]}). Set the name that {self._root}/v1/models lists."
            )

    async def metrics(self) -> ServerMetrics | None:
        """What the server says of its load; None where it has no `/metrics`.

        `tokens_per_second` is measured between this call and the one before it.
        """
        sample = await self._fetch_metrics()
        if sample is None:
            return None
        before, self._sample = self._sample, sample
        return sample.since(before)

    async def _fetch_metrics(self) -> MetricsSample | None:
        try:
            reply = await self._http.get(f"{self._root}/metrics", timeout=10.0)
        except httpx.TransportError:
            return None  # a server that is away has no load to report
        if reply.status_code != 200:
            return None
        return read_metrics(reply.text, at=time.monotonic())


_AWAY: Final = frozenset({"unreachable", "timeout"})


async def _aiter(
    requests: AsyncIterable[CompletionRequest] | Iterable[CompletionRequest],
) -> AsyncIterator[CompletionRequest]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request
