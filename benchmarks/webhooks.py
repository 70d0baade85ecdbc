"""How fast events reach receivers, in order, and what the outbox costs what it tells of.

    python -m benchmarks.webhooks [--events 5000] [--waiting 100000] [--quick] [--check]

On a PostgreSQL of its own with fsync, with receivers of this process over HTTP: events delivered
a second to one endpoint, and to eight at once by a thread each; whether each got them in its
order; what `wake` (asked every five seconds) takes with many messages waiting at a hundred
endpoints; and what a label takes that no endpoint, one and ten endpoints want to be told of. Each
figure is a line `name=value`; with --check the exit status is 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.here import django_here

if TYPE_CHECKING:
    from apps.webhooks.models import Endpoint
    from tests.webhooks.receiver import Receiver

MANY, ENDPOINTS, LABELS, TIMES = 8, 100, 40, 20


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of webhooks")
    parser.add_argument("--events", type=int, default=5_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.events, options.waiting = min(options.events, 400), min(options.waiting, 20_000)
    with django_here():
        from django.conf import settings

        settings.WINNOW_WEBHOOK_NETWORKS = ["127.0.0.1/32"]
        figures = _told(_delivered(1, options.events))
        figures |= _told(_delivered(MANY, max(1, options.events // MANY)))
        figures |= _told(_labels()) | _told(_wake(options.waiting))
    missed = [text for text, met in _bounds(figures) if not met]
    for line in missed:
        print(f"missed: {line}")
    if options.check and missed:
        sys.exit(1)


def _told(figures: dict[str, float]) -> dict[str, float]:
    for name, value in figures.items():
        print(f"{name}={value:.4g}", flush=True)
    return figures


def _bounds(figures: dict[str, float]) -> list[tuple[str, bool]]:
    kept = figures["in_order_to_1"] == figures[f"in_order_to_{MANY}"] == 1
    return [
        ("each endpoint gets its events in order, each once", kept),
        ("50 events a second to one endpoint", figures["events_per_second_to_1"] >= 50),
        ("waking within 100 ms", figures["wake_ms"] <= 100),
        ("a label that one endpoint wants within 1.5 times one that none wants",
         figures["label_told_to_1_ms"] <= 1.5 * figures["label_told_to_0_ms"]),
    ]  # fmt: skip


def _endpoint(name: str, url: str, *events: str) -> Endpoint:
    from apps.webhooks.services import endpoint_create

    return endpoint_create(name=name, url=url, events=events)


def _delivered(receivers: int, events: int) -> dict[str, float]:
    """Events a second over all endpoints, and whether each got its own in order."""
    from apps.webhooks.models import Endpoint, Message
    from tests.webhooks.receiver import receiving

    with ExitStack() as stack:
        found = []
        for number in range(receivers):
            receiver = stack.enter_context(receiving())
            endpoint = _endpoint(f"{number} of {receivers}", receiver.url, "run.ended")
            receiver.secret = endpoint.secret
            Message.objects.bulk_create(
                Message(endpoint=endpoint, event="run.ended", data={"run": run})
                for run in range(events)
            )
            found.append((endpoint, receiver))
        started = time.perf_counter()
        with ThreadPoolExecutor(receivers) as pool:
            list(pool.map(_deliver_all, [endpoint for endpoint, _ in found]))
        seconds = time.perf_counter() - started
        kept = all(_in_order(receiver, events) for _, receiver in found)
    Endpoint.objects.all().delete()
    return {
        f"events_per_second_to_{receivers}": receivers * events / seconds,
        f"in_order_to_{receivers}": float(kept),
    }


def _in_order(receiver: Receiver, events: int) -> bool:
    return [told["data"]["run"] for told in receiver.got] == list(range(events))


def _deliver_all(endpoint: Endpoint) -> None:
    from django.db import connection

    from apps.webhooks.delivering import deliver

    while deliver(endpoint=endpoint, check=lambda: None):
        pass
    connection.close()


def _labels() -> dict[str, float]:
    """The median of a label in milliseconds, by how many endpoints want to be told of it: in turns,
    so that a busy machine is busy for all.
    """
    from apps.review.services import claim_next, label_add
    from apps.webhooks.models import Endpoint
    from tests.builders import make_run, make_user
    from tests.review.building import make_queued

    run, person = make_run(seeds=[]), make_user()
    wanting = [
        _endpoint(f"wants {number}", "https://example.org/", "label.created")
        for number in range(10)
    ]
    times: dict[int, list[float]] = {0: [], 1: [], 10: []}
    for _ in range(LABELS):
        for number, taken in times.items():
            ids = [endpoint.pk for endpoint in wanting[:number]]
            Endpoint.objects.update(status=Endpoint.Status.OFF)
            Endpoint.objects.filter(pk__in=ids).update(status=Endpoint.Status.ON)
            make_queued(run=run)
            pair = claim_next(reviewer=person)
            assert pair
            give = partial(label_add, response=pair, reviewer=person, value="good")
            taken.append(_milliseconds(give))
    Endpoint.objects.all().delete()
    return {f"label_told_to_{n}_ms": statistics.median(taken) for n, taken in times.items()}


def _wake(waiting: int) -> dict[str, float]:
    """The median in milliseconds, while nothing is due but much is waiting."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from apps.webhooks.delivering import wake
    from apps.webhooks.models import Message

    later = timezone.now() + timedelta(hours=1)
    for number in range(ENDPOINTS):
        endpoint = _endpoint(f"waits {number}", "https://example.org/", "run.ended")
        Message.objects.bulk_create(
            Message(endpoint=endpoint, event="run.ended", data={"run": run}, next_at=later)
            for run in range(waiting // ENDPOINTS)
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE webhooks_message")
    wake()
    return {
        "waiting": float(waiting),
        "wake_ms": statistics.median(_milliseconds(wake) for _ in range(TIMES)),
    }


def _milliseconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
