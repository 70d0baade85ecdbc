"""The Celery application, without its tasks: enough to send. `worker.app` adds the tasks."""

from __future__ import annotations

import logging

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES
from kombu.utils.scheduling import round_robin_cycle

log = logging.getLogger(__name__)

# What somebody waits for, always short: apps.generation.runs.AHEAD_QUEUE.
_FIRST = "ahead"


class AheadFirst(round_robin_cycle):  # type: ignore[type-arg]
    """That queue before all others, which take turns: none of them is starved. The broker's
    `queue_order_strategy`.
    """

    def consume(self, n: int) -> list[str]:  # type: ignore[override]  # gone through more than once
        return sorted(super().consume(n), key=lambda queue: queue != _FIRST)


TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "apps.core.broker:Transport"))
app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")


def messages_in(queue: str) -> int:
    """How many messages wait in a queue; 0 when the queue does not exist or does not answer."""
    try:
        with app.connection_or_acquire() as broker:
            try:
                declared = broker.default_channel.queue_declare(queue=queue, passive=True)
            except broker.channel_errors:
                return 0  # what is empty is not there; the connection is as good as before
            return int(declared.message_count)
    except Exception as error:  # noqa: BLE001  kombu raises the transport's own errors
        log.debug("Queue %s: %s", queue, error)
        return 0
