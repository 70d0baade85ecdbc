"""What model servers say of their load is kept beside the work, never in its way."""

import asyncio

import pytest
from django.db import DatabaseError

from apps.generation.models import ServerSample
from worker import loads
from worker.engines.metrics import MetricsSample

ONE = MetricsSample(
    at=0.0, prompt_tokens=100, cached_prompt_tokens=60, completion_tokens=7, running=3, waiting=1,
    cache_use=0.25,
)  # fmt: skip
OTHER = MetricsSample(
    at=0.0, prompt_tokens=1, cached_prompt_tokens=0, completion_tokens=1, running=2, waiting=0,
    cache_use=0.5,
)  # fmt: skip


async def one() -> MetricsSample | None:
    return ONE


async def other() -> MetricsSample | None:
    return OTHER


async def nothing() -> MetricsSample | None:
    return None


async def block(fetches: list[loads.Fetch], until: asyncio.Event) -> None:
    async with loads.sampled(fetches, server="h:1", every=0.01):
        await asyncio.wait_for(until.wait(), 30)


@pytest.mark.django_db(transaction=True)
def test_servers_of_one_worker_are_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = asyncio.Event()
    save = loads.load_save

    def saved(row: ServerSample) -> None:
        save(row)
        loop.call_soon_threadsafe(kept.set)

    monkeypatch.setattr(loads, "load_save", saved)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        runner.run(block([one, nothing, other], kept))
    sample = ServerSample.objects.order_by("pk").first()
    assert sample and (sample.server, sample.running, sample.waiting) == ("h:1", 5, 1)
    assert (sample.kv_cache, sample.prompt_tokens, sample.cached_tokens) == (0.5, 101, 60)


def test_a_database_that_is_away_and_a_server_without_metrics_do_not_end_the_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    again = asyncio.Event()
    times: list[ServerSample] = []

    def fails(row: ServerSample) -> None:
        times.append(row)
        if len(times) > 1:
            loop.call_soon_threadsafe(again.set)
        raise DatabaseError("it is away")

    monkeypatch.setattr(loads, "_keep", fails)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        runner.run(block([one], again))
    assert "The load of the model server is not kept: it is away" in caplog.text
