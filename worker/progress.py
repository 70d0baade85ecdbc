"""Whether a model server gets on, by the counters of its `/metrics`."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from worker.engines.metrics import MetricsSample


class ServerProgress:
    """When the server was last seen to have read or written tokens, and since when it says that it
    has no request; `watch` looks again and again.

    A server without `/metrics` is never seen to get on, nor to have no request.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[MetricsSample | None]], *, every: float
    ) -> None:
        self._fetch = fetch
        self._every = every
        self._work: int | None = None
        self._moved_at = 0.0
        self._empty_since: float | None = None
        self._seen_at = 0.0

    def idle_seconds(self, since: float) -> float:
        """Seconds of the monotonic clock since the server got on, at most since `since`."""
        return time.monotonic() - max(since, self._moved_at)

    def lost_seconds(self, since: float) -> float:
        """Seconds for which a server that was sent a request at `since` has said, at every look up
        to the newest, that it has none: it cannot answer what it does not know of.
        """
        if self._empty_since is None:
            return 0.0
        return max(0.0, self._seen_at - max(since, self._empty_since))

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            sample = await self._fetch()
            if sample is None:
                self._empty_since = None  # nobody knows what it does
            else:
                self._note(sample, time.monotonic())

    def _note(self, sample: MetricsSample, now: float) -> None:
        moved = self._work is not None and sample.work != self._work
        if moved:
            self._moved_at = now
        if moved or not sample.is_idle:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = now
        self._work, self._seen_at = sample.work, now
