"""Asking a server through the client, as the tests of the client do."""

import asyncio
from collections.abc import Iterable

from apps.core import work
from apps.generation.models import Run
from tests.builders import make_run, make_seed
from tests.worker.fake_server import FakeServer
from worker.client import ModelClient
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest

Outcome = CompletionResult | CompletionFailure


def ask(
    fake: FakeServer, requests: Iterable[CompletionRequest] | None = None, **options: float
) -> list[Outcome]:
    """Send the requests (one by default) and collect what comes back."""

    async def go() -> list[Outcome]:
        settings = {"concurrency": 4, "patience": 5.0, "first_retry": 0.01} | options
        async with ModelClient(fake.url + "/v1", model="m", **settings) as client:  # type: ignore[arg-type]
            wanted = requests or [CompletionRequest(id="a", prompt="SELECT")]
            return [outcome async for outcome in client.complete(wanted)]

    return asyncio.run(go())


def many(count: int) -> list[CompletionRequest]:
    return [CompletionRequest(id=str(number), prompt=f"p{number}") for number in range(count)]


def run_of(*texts: str) -> Run:
    """A run of seeds with these statements, planned as one unit."""
    run = make_run(seeds=[make_seed(text=text) for text in texts])
    last = len(texts) - 1
    run.job.units.create(queue="generate", key="seeds-0", payload={"first": 0, "last": last})
    work.planned(job=run.job)
    return run
