"""The web process is killed while a reviewer's own client labels: what was acknowledged is there
once.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from django.db.models import Count

from apps.review.models import Label, Seat
from apps.review.queue import default_queue
from tests.api.client import make_secret
from tests.builders import make_run, make_user
from tests.review.building import make_queued
from tests.review.test_killed import web_workers
from tests.web import web_server

# What a kill finds half done it finds however many pairs come between it and the next.
PAIRS, KILLS = 120, 3


class Program(threading.Thread):
    """Takes a pair, labels it, and sends again what got no answer."""

    def __init__(self, address: str, secret: str, queue: int) -> None:
        super().__init__()
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60)
        self.queue = f"/queues/{queue}"
        self.acknowledged: dict[int, int] = {}
        self.lost = 0
        self.failure: AssertionError | None = None
        self.reached = threading.Semaphore(0)

    def run(self) -> None:
        try:
            self.label_all()
        except AssertionError as failure:
            self.failure = failure

    def label_all(self) -> None:
        while (taken := self.asked("next", None)).status_code != 204:
            assert taken.status_code == 200, taken.text
            pair = taken.json()["id"]
            given = self.asked("labels", {"pair": pair, "value": "good"})
            assert given.status_code == 201, given.text
            self.acknowledged[pair] = given.json()["id"]
            self.reached.release()

    def asked(self, what: str, body: object) -> httpx.Response:
        while True:
            try:
                return self.http.post(f"{self.queue}/{what}", json=body)
            except httpx.TransportError:
                self.lost += 1
                assert self.lost < 10_000, "the web process did not come back"
                time.sleep(0.05)  # nobody listens until the workers are back: do not spin


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_label_is_there_once(tmp_path: Path) -> None:
    run = make_run(seeds=[])
    pairs = {make_queued(run=run).pk for _ in range(PAIRS)}
    secret = make_secret(make_user())
    with web_server(tmp_path, is_kept=True) as address:
        program = Program(address, secret, default_queue().pk)
        program.start()
        for _ in range(KILLS):
            for _ in range(PAIRS // (KILLS + 1)):
                assert program.reached.acquire(timeout=200)
            for worker in web_workers():
                os.kill(worker, signal.SIGKILL)
        program.join(600)
    assert program.failure is None
    assert not program.is_alive() and program.lost >= 1
    assert set(program.acknowledged) == pairs
    given = Label.objects.values("response").annotate(number=Count("pk"))
    assert list(given.filter(number__gt=1)) == [] and given.count() == PAIRS
    assert dict(Label.objects.values_list("response", "pk")) == program.acknowledged
    assert not Seat.objects.filter(expires_at__isnull=False).exists()
