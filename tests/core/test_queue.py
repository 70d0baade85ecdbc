"""Which message a worker takes next, and what becomes of one, by a real Valkey."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from kombu import Connection, Consumer, Queue

from apps.core.embedded import valkey
from apps.core.processes.spec import SHORT_QUEUES
from apps.core.queue import app
from apps.generation.runs import AHEAD_QUEUE
from tests.ports import free_port

# Of these tests alone: queues have the names of those that a worker takes.
OWN = {"global_keyprefix": "test_queue:"}


def taken(waiting: list[str]) -> list[str]:
    """The queues of these messages in the order in which a worker that does one after the other
    gets them.
    """
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **OWN}
    found: list[str] = []
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as connection:
        queues = [Queue(name) for name in SHORT_QUEUES.split(",")]
        with connection.Producer() as producer:
            for name in waiting:
                producer.publish(name, routing_key=name, declare=[Queue(name)])

        def take(body: str, message: object) -> None:
            found.append(body)
            message.ack()  # type: ignore[attr-defined]

        with Consumer(connection, queues, callbacks=[take], prefetch_count=1):
            while len(found) < len(waiting):
                connection.drain_events(timeout=30)
    return found


def test_what_a_reviewer_waits_for_comes_first_and_the_others_take_turns() -> None:
    waiting = ["validate"] * 4 + ["import"] * 2 + ["export"] * 2 + [AHEAD_QUEUE] * 3
    order = taken(waiting)
    assert sorted(order) == sorted(waiting)
    assert order[:3] == [AHEAD_QUEUE] * 3
    assert set(order[3:6]) == {"validate", "import", "export"}, "none is starved by another"


def test_a_connection_that_was_lost_with_messages_can_be_closed(tmp_path: Path) -> None:
    """As Celery's worker does it; what this raises ends the worker."""
    port = free_port()
    server = subprocess.Popen(
        [valkey.program(), "--port", str(port), "--save", ""], stdout=subprocess.PIPE, cwd=tmp_path
    )
    try:
        assert server.stdout and any(b"Ready to accept" in line for line in server.stdout)
        connection = app.connection_for_read(f"redis://127.0.0.1:{port}/0")
        channels = [connection.channel() for _ in range(2)]
        taken: list[str] = []
        for number, channel in enumerate(channels):
            queue = Queue(f"validate-{number}")
            with connection.Producer() as producer:
                producer.publish("a", routing_key=queue.name, declare=[queue])
            Consumer(channel, [queue], on_message=taken.append).consume()
        while len(taken) < len(channels):
            connection.drain_events(timeout=30)
    finally:
        server.kill()
        server.wait()
    connection.collect()  # the first channel that cannot give its message back keeps the others
    for channel in channels:
        with suppress(*connection.connection_errors):  # it may have been waiting for an answer
            channel.close()
        channel.close()
