"""Samples what a model server says of its load, for the run page; beside the work, never in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from django.db import DatabaseError, connection

from apps.generation.loads import EVERY, load_save
from apps.generation.models import ServerSample
from worker.engines.metrics import MetricsSample

log = logging.getLogger(__name__)
Fetch = Callable[[], Awaitable[MetricsSample | None]]


@asynccontextmanager
async def sampled(
    fetches: Sequence[Fetch], *, server: str, every: float = EVERY
) -> AsyncIterator[None]:
    """Keep a sample of these servers together every few seconds for as long as the block runs.
    `server` is the worker process that keeps them busy, as in apps.generation.usage.
    """
    watching = asyncio.create_task(_watch(fetches, server, every))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(fetches: Sequence[Fetch], server: str, every: float) -> None:
    while True:
        samples = [sample for fetch in fetches if (sample := await fetch()) is not None]
        if samples:
            try:
                await asyncio.to_thread(_keep, _row(samples, server))
            except DatabaseError as error:
                log.warning("The load of the model server is not kept: %s", error)
        await asyncio.sleep(every)


def _keep(row: ServerSample) -> None:
    """In a thread of the loop's; its connection ends with the call."""
    try:
        load_save(row)
    finally:
        connection.close()


def _row(samples: Sequence[MetricsSample], server: str) -> ServerSample:
    """Requests and tokens of all servers; the fullest KV cache."""
    return ServerSample(
        server=server,
        running=sum(max(sample.running, 0) for sample in samples),
        waiting=sum(max(sample.waiting, 0) for sample in samples),
        kv_cache=max(sample.cache_use for sample in samples),
        prompt_tokens=sum(max(sample.prompt_tokens, 0) for sample in samples),
        cached_tokens=sum(max(sample.cached_prompt_tokens, 0) for sample in samples),
        completion_tokens=sum(max(sample.completion_tokens, 0) for sample in samples),
    )
