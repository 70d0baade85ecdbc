"""Ask a model server for many completions at once.

One client for every engine: it speaks the OpenAI-compatible HTTP interface (completions or chat)
that vLLM, llama.cpp and most services share. Results come as they are ready, matched to requests
by id, never by position.

What is wrong with one prompt rejects that prompt and nothing else; what is wrong with the server
(its key, its quota, a parameter that it does not take) is said at once and is no answer. They are
told apart by asking for something harmless with the same parameters: `_is_well`.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpx

from worker import refusals, saying
from worker.engines.errors import EngineError, EngineSetupError
from worker.engines.metrics import MetricsSample, ServerMetrics
from worker.engines.urls import only_chats
from worker.many import each_answered
from worker.replies import BadReply, CompletionFailure, CompletionResult, parse_reply
from worker.requests import CompletionRequest, Interface, Message
from worker.transport import MAX_RESPONSE_BYTES, Reply, Transport
from worker.ways import Way

_MAX_ATTEMPTS: Final = 5
"""How often one request may be *answered* badly; a server that is away is waited for instead."""

_SLOWEST_RETRY: Final = 10.0
_AWAY: Final = frozenset({"unreachable", "timeout", "busy"})
_BUSY_STATUS: Final = frozenset({408, 409, 425, 429, 503})
_GATEWAY: Final = frozenset({502, 504, *range(520, 531)})
"""Said by what stands before a server that is away."""
_HARMLESS: Final = "SELECT 1;"
_SOON: Final = ("e", ";")


class _Look(NamedTuple):
    """When (monotonic seconds) the server was asked for something harmless; whether it answered."""

    at: float
    is_well: bool


class ModelClient:
    """An asynchronous client of one model server; use it with `async with`.

    `base_url` is the server's address (see `engines.urls.api_base`). `timeout` is seconds without
    an answer in which the server did not read or write a token either (by its `/metrics`; without
    one, all seconds count): many requests share what a CPU writes, so a healthy answer may take any
    time, and one that is given up begins anew. `patience` is seconds that one request goes on
    trying while the server is away (being restarted, or busy) or answers with errors.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        api_key: str = "",
        interface: Interface = Interface.AUTO,
        concurrency: int = 16,
        timeout: float = 600.0,
        patience: float = 300.0,
        first_retry: float = 0.5,
    ) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.model = model
        self.concurrency = concurrency
        self._way = Way(Interface.CHAT if only_chats(base_url) else interface)
        self._patience = patience
        self._first_retry = first_retry
        self._is_listed = False
        # Whether it has answered as a completion: then a page that is not there is one prompt's.
        self._completes = False
        # Known after `check`: it samples several texts in one request.
        self.is_vllm = False
        self.is_llama = False
        self._well: dict[CompletionRequest, _Look] = {}
        self._looking = asyncio.Lock()
        self._sample: MetricsSample | None = None
        self._transport = Transport(
            base_url, api_key=api_key, connections=concurrency + 2, timeout=timeout
        )

    async def __aenter__(self) -> Self:
        self._transport.open()
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
        await self._transport.close()

    async def check(self) -> None:
        """Raise `EngineError` unless the server lists our model (`EngineSetupError` when it answers
        and does not). A server without a list, or that shows it to others only, is taken at its
        word: what it says to prompts tells.

        llama.cpp answers for any model name, so a wrong name would go unnoticed without this.
        """
        try:
            reply = await self._transport.models()
        except httpx.TransportError as exc:
            raise EngineError(
                f"No model server answers at {self._transport.name}: {exc!r}"
            ) from exc
        if reply.status in refusals.NO_LIST:
            return
        if reply.status >= 500 or reply.status in _BUSY_STATUS:
            raise EngineError(self._refusal(reply.status, saying.said(reply)))
        if reply.status >= 300:
            raise EngineSetupError(self._refusal(reply.status, saying.said(reply)))
        if not await self._is_on_list(reply):
            return
        self._is_listed = True
        is_open = self.is_vllm and self._way.interface is Interface.AUTO
        if is_open and await self._transport.has_chat_template(self.model):
            self._way = replace(self._way, interface=Interface.CHAT)

    async def _is_on_list(self, reply: Reply) -> bool:
        """Whether the server lists our model. False where it lists none at all, goes on on further
        pages, or says something else to whoever asks and answers prompts.
        """
        try:
            listed = saying.list_of_models(reply, api=self._transport.name)
        except EngineSetupError:
            if await self._answers_prompts():
                return False
            raise
        self.is_vllm, self.is_llama = "vllm" in listed.owners, "llamacpp" in listed.owners
        if listed.has(self.model):
            return True
        if listed.is_part or not listed.names:
            return False
        raise EngineSetupError(
            f"The server at {self._transport.name} does not serve the model {self.model!r}; "
            f"it serves {', '.join(listed.names)}. Set the model's name to one of these."
        )

    async def _answers_prompts(self) -> bool:
        request = CompletionRequest(
            id="", prompt=_HARMLESS, messages=(Message("user", _HARMLESS),), max_tokens=16
        )
        outcome = await self._ask(request)
        if isinstance(outcome, CompletionFailure):
            outcome = await self._otherwise(request, request, outcome)
        return isinstance(outcome, CompletionResult)

    async def complete(
        self, requests: AsyncIterable[CompletionRequest] | Iterable[CompletionRequest]
    ) -> AsyncIterator[CompletionResult | CompletionFailure]:
        """Yield one result or failure per request, as they come, `concurrency` at a time.

        Requests are drawn only when there is room, so an endless stream is fine. Raises
        `EngineSetupError` for faults of the server (unknown model, wrong key, a parameter that it
        refuses) that no retry mends.
        """
        answers = each_answered(requests, self.complete_one, at_once=self.concurrency)
        async with contextlib.aclosing(answers):
            async for answer in answers:
                yield answer

    async def complete_one(
        self, request: CompletionRequest, *, is_last: bool = False
    ) -> CompletionResult | CompletionFailure:
        """Ask until there is an answer, a final refusal, or patience runs out. is_last: nobody
        will ask once more: a server that is too busy for this prompt alone refuses it.
        """
        first_failure: float | None = None
        delay = self._first_retry
        answers = 0
        while True:
            asked_as, began = self._way, time.monotonic()
            outcome = await self._attempt(request)
            if isinstance(outcome, CompletionResult) or not outcome.retryable:
                return outcome
            now = time.monotonic()
            first_failure = first_failure or now
            answers += outcome.code not in _AWAY or outcome.is_dropped
            is_late = now - first_failure >= self._patience
            if answers >= _MAX_ATTEMPTS or is_late:
                if is_last or outcome.code != "busy":
                    outcome = await self._lasting(request, outcome, began)
                may_pass = _may_pass(outcome) and outcome.retryable and not is_late
                if self._way == asked_as and not may_pass:
                    return outcome
                answers = 0
            # The jitter keeps a thousand waiting requests from knocking in the same instant.
            pause = max(delay, outcome.retry_after) * random.uniform(0.5, 1.5)  # noqa: S311
            await asyncio.sleep(max(pause, outcome.retry_after))
            delay = min(delay * 2, _SLOWEST_RETRY)

    async def ask_once(self, request: CompletionRequest) -> CompletionResult | CompletionFailure:
        """Ask without trying again: for what nobody misses."""
        return await self._ask(request)

    async def _lasting(
        self, request: CompletionRequest, failure: CompletionFailure, began: float
    ) -> CompletionFailure:
        """The failure, final where the server answers others: then it is this prompt's."""
        if failure.code == "unreachable" and not failure.is_dropped:
            return failure
        return replace(failure, retryable=not await self._is_well(request, since=began))

    async def _attempt(self, request: CompletionRequest) -> CompletionResult | CompletionFailure:
        asked_as, began = self._way, time.monotonic()
        outcome = await self._ask(request)
        if isinstance(outcome, CompletionResult) or not _is_refusal(outcome):
            return outcome
        is_well = await self._is_well(request, since=began)
        if self._way != asked_as:
            return await self._attempt(request)
        # That money is at an end for one prompt alone cannot be.
        return outcome if outcome.code == "busy" else replace(outcome, retryable=not is_well)

    async def _is_well(self, request: CompletionRequest, *, since: float) -> bool:
        """Whether the server answers something harmless that is asked with the same parameters,
        and was `since` (monotonic seconds): what it answered before says nothing of now.

        False when nobody can say (it is away). Raises `EngineSetupError` with the server's words
        when it refuses that as well: then nothing is wrong with the prompt.
        """
        # An answer that has been begun is asked for in a way that some servers refuse.
        begun = request.messages[-1:] if request.goes_on else ()
        harmless = replace(
            request,
            id="",
            prompt=_HARMLESS,
            messages=(Message("user", _HARMLESS), *begun),
            # As many as there are, and the answer is over after a word or two.
            stop=(*_SOON[: len(request.stop)], *request.stop[len(_SOON) :]),
            seed=None,
            n=1,
            slot=None,
        )
        async with self._looking:
            known = self._well.get(harmless)
            if known and known.at >= since:
                return known.is_well
            began = time.monotonic()
            outcome = await self._ask(harmless)
            if isinstance(outcome, CompletionFailure) and outcome.code not in _AWAY:
                outcome = await self._otherwise(request, harmless, outcome)
            if isinstance(outcome, CompletionFailure) and _is_refusal(outcome):
                raise EngineSetupError(self._refusal(outcome.status, outcome.message))
            is_well = isinstance(outcome, CompletionResult)
            self._well[harmless] = _Look(began, is_well)
            return is_well

    async def _otherwise(
        self, request: CompletionRequest, harmless: CompletionRequest, failure: CompletionFailure
    ) -> CompletionResult | CompletionFailure:
        """What a server that refuses everything says when it is asked in other ways in which the
        request can be asked. Where it answers it is asked so from now on.
        """
        before = self._way
        for way in before.others(request):
            outcome = await self._ask(harmless, way)
            if isinstance(outcome, CompletionResult):
                self._way = self._way.changed(before, way)
                return outcome
        return failure

    async def _ask(
        self, request: CompletionRequest, wanted: Way | None = None
    ) -> CompletionResult | CompletionFailure:
        """One answer or failure; asked anew where the server wants to be asked in another way."""
        while True:
            way, started = wanted or self._way, time.monotonic()
            try:
                reply = await self._transport.post(
                    way.endpoint(request).path, way.payload(request, self.model)
                )
            except httpx.TimeoutException as exc:
                return _failure(request, "timeout", f"no answer in time: {exc}")
            except httpx.TransportError as exc:
                failure = _failure(request, "unreachable", f"{self._transport.name}: {exc!r}")
                return replace(failure, is_dropped=not isinstance(exc, httpx.ConnectError))
            outcome = self._read(request, reply, way, time.monotonic() - started)
            if not isinstance(outcome, Way):
                return outcome
            self._way = self._way.changed(way, outcome)
            wanted = outcome if wanted else None

    def _read(
        self, request: CompletionRequest, reply: Reply, way: Way, seconds: float
    ) -> CompletionResult | CompletionFailure | Way:
        """What was answered, or the way in which the server wants to be asked instead."""
        if reply.body is None:
            message = f"the answer is longer than {MAX_RESPONSE_BYTES:,} bytes"
            return _failure(request, "response_too_large", message, retryable=False)
        status, message = reply.status, saying.said(reply)
        if 200 <= status < 300:
            try:
                read = parse_reply(request.id, reply.body, seconds=seconds, samples=request.n)
                is_completion = way.endpoint(request) is Interface.COMPLETIONS
                self._completes = self._completes or is_completion
                return read.without(request.prompt)
            except BadReply as exc:
                status, message = refusals.told_error(reply.body)
                if not status:
                    return _failure(request, "bad_response", str(exc))
        wanted = way.after(request, status=status, said=message, completes=self._completes)
        if wanted:
            return wanted
        failure = _failure(request, _code(status, message), f"HTTP {status}: {message}")
        return replace(failure, status=status, retry_after=reply.retry_after)

    def _refusal(self, status: int, said: str) -> str:
        return refusals.refusal(
            status, said, api=self._transport.name, model=self.model, is_listed=self._is_listed
        )

    async def slot_action(self, slot: int, action: str, name: str) -> bool:
        """llama.cpp: `save` what a slot has read as a file, or `restore` it; whether it has."""
        return await self._transport.slot_action(slot, action, name)

    async def load(self) -> MetricsSample | None:
        """The server's counters now; None where it has no `/metrics` or is away."""
        return await self._transport.metrics()

    async def metrics(self) -> ServerMetrics | None:
        """What the server says of its load; None where it has no `/metrics`.

        `tokens_per_second` is measured between this call and the one before it.
        """
        sample = await self._transport.metrics()
        if sample is None:
            return None
        before, self._sample = self._sample, sample
        return sample.since(before)


_REFUSED: Final = frozenset({"prompt_too_long", "bad_request"})


def _is_refusal(failure: CompletionFailure) -> bool:
    """Whether the server says that it will not, where waiting mends nothing."""
    return failure.code in _REFUSED or refusals.is_without_money(
        failure.status, failure.message, retry_after=failure.retry_after
    )


def _code(status: int, message: str) -> str:
    """What a status that is none of success is called; see CompletionFailure."""
    if status in _BUSY_STATUS:
        return "busy"
    if status >= 500:
        return "server_error"
    return "prompt_too_long" if refusals.is_prompt_too_long(status, message) else "bad_request"


def _failure(
    request: CompletionRequest, code: str, message: str, *, retryable: bool = True
) -> CompletionFailure:
    return CompletionFailure(request.id, code, refusals.storable(message[:500]), retryable)


def _may_pass(failure: CompletionFailure) -> bool:
    """Whether what stands in the way is likely to be over soon, as when a server is restarted."""
    return failure.is_dropped or failure.status in _GATEWAY
