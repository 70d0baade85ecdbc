from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.webhooks import delivering
from apps.webhooks.models import Endpoint, Event
from apps.webhooks.services import endpoint_create
from tests.webhooks.receiver import Receiver, receiving
from worker import tasks


class Time:
    """The clock as Winnow reads it; `move` puts it forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._real = timezone.now

    def now(self) -> datetime:
        return self._real() + self._ahead

    def move(self, **by: float) -> None:
        self._ahead += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(timezone, "now", time.now)

    class Receivers(datetime):
        """The receiver's clock, by which its library refuses old messages."""

        @classmethod
        def now(cls, tz=None) -> datetime:  # type: ignore[no-untyped-def,override]
            return time.now()

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Receivers)
    return time


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:  # type: ignore[no-untyped-def]
    settings.WINNOW_WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with receiving() as one:
        yield one


@pytest.fixture
def endpoint(db: None, receiver: Receiver) -> Endpoint:
    made = endpoint_create(name="Ours", url=receiver.url, events=list(Event.values))
    receiver.secret = made.secret
    # The first hint is sent when the endpoint is stored; there is nothing to deliver yet.
    tasks.work(made.job.units.get().pk)
    return made


Rounds = Callable[[], int]


@pytest.fixture
def round_of(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    """What beat and a worker do within five seconds: wake, then each hinted unit; how many."""
    hinted: list[int] = []
    monkeypatch.setattr(
        "apps.core.work.send", lambda units: hinted.extend(unit.pk for unit in units)
    )

    def one_round() -> int:
        hinted.clear()
        delivering.wake()
        for unit_id in list(hinted):
            tasks.work(unit_id)
        return len(hinted)

    return one_round
