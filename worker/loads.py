"""Samples what a model server says of its load, for the run page; beside the work, never in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async
from django.db import DatabaseError

from apps.generation.loads import EVERY, load_save
from apps.generation.models import ServerSample
from worker.engines.metrics import MetricsSample

log = logging.getLogger(__name__)
Fetch = Callable[[], Awaitable[MetricsSample | None]]


@asynccontextmanager
async def sampled(fetch: Fetch, *, server: str, every: float = EVERY) -> AsyncIterator[None]:
    """Keep a sample of the server every few seconds for as long as the block runs. `server` is the
    worker process that keeps it busy, as in apps.generation.usage.
    """
    watching = asyncio.create_task(_watch(fetch, server, every))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(fetch: Fetch, server: str, every: float) -> None:
    while True:
        sample = await fetch()
        if sample is not None:
            try:
                await sync_to_async(load_save)(_row(sample, server))
            except DatabaseError as error:
                log.warning("The load of the model server is not kept: %s", error)
        await asyncio.sleep(every)


def _row(sample: MetricsSample, server: str) -> ServerSample:
    return ServerSample(
        server=server,
        running=max(sample.running, 0),
        waiting=max(sample.waiting, 0),
        kv_cache=sample.cache_use,
        prompt_tokens=max(sample.prompt_tokens, 0),
        cached_tokens=max(sample.cached_prompt_tokens, 0),
        completion_tokens=max(sample.completion_tokens, 0),
    )
