"""The Celery application, without its tasks: enough to send. `worker.app` adds the tasks."""

from __future__ import annotations

from celery import Celery
from kombu.utils.scheduling import round_robin_cycle

# What somebody waits for, always short: apps.generation.runs.AHEAD_QUEUE.
_FIRST = "ahead"


class AheadFirst(round_robin_cycle):  # type: ignore[type-arg]
    """That queue before all others, which take turns: none of them is starved. The broker's
    `queue_order_strategy`.
    """

    def consume(self, n: int) -> list[str]:  # type: ignore[override]  # gone through more than once
        return sorted(super().consume(n), key=lambda queue: queue != _FIRST)


app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")
