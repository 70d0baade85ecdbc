"""Web processes killed while people label: every label that was acknowledged is there."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db.models import Count
from django.test import Client

from apps.review.models import Label, Seat
from tests.builders import make_user
from tests.review.building import make_queued
from tests.web import web_server

PEOPLE, PAIRS, KILLS = 6, 60, 3
_PAIR = re.compile(r'data-pair="(\d+)"')
_TOKEN = "t" * 32


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(entry.name))
    return found


def web_workers() -> list[int]:
    """The processes of the web server that answer, children of this process's child, waited for
    where the server is just starting again.
    """
    for _ in range(2400):
        servers = [
            pid
            for pid in children_of(os.getpid())
            if b"apps.core.web" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        if workers := [worker for server in servers for worker in children_of(server)]:
            return workers
        time.sleep(0.1)
    raise AssertionError("The web server has no workers.")


class Reviewer(threading.Thread):
    """Labels until nothing is left, and goes on after each answer that did not come."""

    def __init__(self, address: str, cookie: str, reached: threading.Semaphore) -> None:
        super().__init__()
        headers = {"Cookie": f"{cookie}; csrftoken={_TOKEN}", "X-CSRFToken": _TOKEN}
        self.http = httpx.Client(
            base_url=address, headers=headers | {"HX-Request": "true"}, timeout=60
        )
        self.acknowledged: set[int] = set()
        self.reached = reached

    def run(self) -> None:
        pair = 0
        for _ in range(10_000):
            try:
                if pair:
                    answer = self.http.post(f"/review/pairs/{pair}/label/", data={"value": "good"})
                else:
                    answer = self.http.get("/review/")
                answer.raise_for_status()
            except httpx.HTTPError:
                pair = 0
                time.sleep(0.05)  # nobody listens until the workers are back: do not spin
                continue
            if pair and "Labelled good." in answer.text:
                self.acknowledged.add(pair)
                self.reached.release()
            found = _PAIR.search(answer.text)
            if not found:
                return
            pair = int(found.group(1))


@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_label_is_there(tmp_path: Path) -> None:
    pairs = {make_queued().pk for _ in range(PAIRS)}
    cookies = []
    for number in range(PEOPLE):
        client = Client()
        client.force_login(make_user(username=f"r{number}"))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session}")
    reached = threading.Semaphore(0)
    with web_server(tmp_path, is_kept=True) as address:
        people = [Reviewer(address, cookie, reached) for cookie in cookies]
        for person in people:
            person.start()
        for _ in range(KILLS):
            for _ in range(10):
                assert reached.acquire(timeout=240)
            os.kill(web_workers()[0], signal.SIGKILL)
        for person in people:
            person.join(240)
            assert not person.is_alive()

    stored = set(Label.objects.filter(value="good").values_list("reviewer__username", "response"))
    for number, person in enumerate(people):
        assert {(f"r{number}", pair) for pair in person.acknowledged} <= stored
    assert {pair for _, pair in stored} == pairs
    doubled = Label.objects.values("response").annotate(labels=Count("pk")).filter(labels__gt=1)
    assert not doubled, "nobody labelled a pair a second time"
    assert not Seat.objects.filter(expires_at__isnull=False).exists()
