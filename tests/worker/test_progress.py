"""Whether a server gets on, and whether it knows of what it was asked, by its counters."""

import asyncio
from collections.abc import Iterable

import pytest

from worker.engines.metrics import MetricsSample, read_metrics
from worker.progress import ServerProgress

IDLE = "vllm:generation_tokens_total 7\nvllm:num_requests_running 0\nvllm:num_requests_waiting 0\n"
MOVED = IDLE.replace("total 7", "total 8")
BUSY = IDLE.replace("running 0", "running 1")
QUEUED = IDLE.replace("waiting 0", "waiting 1")
SILENT = "vllm:generation_tokens_total 7\n"
AWAY = None


def lost_after(monkeypatch: pytest.MonkeyPatch, pages: Iterable[str | None], since: float) -> float:
    """What is said after these pages, of which one comes at each second from the first."""
    clock = 0.0
    left = iter(pages)

    async def fetch() -> MetricsSample | None:
        nonlocal clock
        clock += 1.0
        try:
            page = next(left)
        except StopIteration:
            raise asyncio.CancelledError from None
        return None if page is None else read_metrics(page, at=clock)

    progress = ServerProgress(fetch, every=0.0)
    monkeypatch.setattr("worker.progress.time.monotonic", lambda: clock)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(progress.watch())
    return progress.lost_seconds(since)


@pytest.mark.parametrize(
    ("pages", "since", "seconds"),
    [
        ([IDLE] * 5, 0.0, 4.0),
        ([IDLE] * 5, 3.5, 1.5),
        ([IDLE] * 5, 9.0, 0.0),
        ([IDLE, BUSY, IDLE, IDLE], 0.0, 1.0),
        ([IDLE, QUEUED, IDLE, IDLE], 0.0, 1.0),
        ([IDLE, AWAY, IDLE, IDLE], 0.0, 1.0),
        ([IDLE, MOVED, MOVED, MOVED], 0.0, 1.0),
        ([IDLE, IDLE, BUSY], 0.0, 0.0),
        ([IDLE, IDLE, AWAY], 0.0, 0.0),
        ([SILENT] * 5, 0.0, 0.0),
        ([], 0.0, 0.0),
    ],
)
def test_a_request_is_lost_for_as_long_as_the_server_says_that_it_has_none(
    monkeypatch: pytest.MonkeyPatch, pages: list[str | None], since: float, seconds: float
) -> None:
    assert lost_after(monkeypatch, pages, since) == seconds
