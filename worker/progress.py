"""Whether a model server gets on, by the counters of its `/metrics`."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from worker.engines.metrics import MetricsSample


class ServerProgress:
    """When the server was last seen to have read or written tokens; `watch` looks again and again.

    A server without `/metrics` is never seen to get on.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[MetricsSample | None]], *, every: float
    ) -> None:
        self._fetch = fetch
        self._every = every
        self._work: int | None = None
        self._moved_at = 0.0

    def idle_seconds(self, since: float) -> float:
        """Seconds of the monotonic clock since the server got on, at most since `since`."""
        return time.monotonic() - max(since, self._moved_at)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            sample = await self._fetch()
            if sample is None:
                continue
            if self._work is not None and sample.work != self._work:
                self._moved_at = time.monotonic()
            self._work = sample.work
