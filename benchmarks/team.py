"""Fifty people label one queue at once, while the web server and PostgreSQL are killed.

    python -m benchmarks.team [--pairs 2000] [--people 50] [--quick] [--check]

Each pair wants two people. They label over HTTP on the machine's own web command; now and then
one closes their browser before the answer is there, and comes back. Meanwhile the web's processes
and PostgreSQL are killed with -9 by turns (a supervisor's work, starting them again, is done
here). Counted afterwards from the database: labels that a browser was told of and that are not
stored, pairs without exactly two people, pairs that one person was shown again after their label.
Each figure is a line `name=value`; with --check the exit status is 1 where one of these is not 0,
and where fewer was killed than was to be, or no browser was closed: then nothing was tried.
--quick: 200 pairs, about a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from apps.core.embedded import service
from apps.core.embedded.postgres import Postgres
from benchmarks.here import defaults_in_database, django_here

_PAIR = re.compile(r'data-pair="(\d+)"')
_TOKEN = "t" * 32
_CLOSED = 0.02  # of the labels: the browser goes away before it has its answer
_KILLS = 6
_PAUSE = 0.2


@dataclass
class Person:
    """One reviewer's browser. acknowledged: pairs whose label the server said is stored."""

    name: str
    http: httpx.AsyncClient
    acknowledged: set[int] = field(default_factory=set)
    shown_again: int = 0
    left: int = 0

    async def work(self, desk: str, queue: int) -> None:
        """Label until nothing is left for this person, whatever happens to the server."""
        pair = None
        while True:
            try:
                pair = await self._next(desk, queue, pair)
            except httpx.HTTPError:
                await asyncio.sleep(_PAUSE)
                pair = None
            else:
                if pair is None:
                    return

    async def _next(self, desk: str, queue: int, pair: int | None) -> int | None:
        if pair is None:
            answer = await self.http.get(desk)
        else:
            fields = {"value": "good", "queue": str(queue), "seconds": "1.5"}
            asked = self.http.post(f"/review/pairs/{pair}/label/", data=fields)
            if random.random() < _CLOSED:  # noqa: S311
                await self._closed(asked)
                return await self._next(desk, queue, None)
            answer = await asked
        answer.raise_for_status()
        if pair is not None and "Labelled good." in answer.text:
            self.acknowledged.add(pair)
        found = _PAIR.search(answer.text)
        following = int(found[1]) if found else None
        self.shown_again += following in self.acknowledged
        return following

    async def _closed(self, asked: object) -> None:
        self.left += 1
        task = asyncio.ensure_future(asked)  # type: ignore[call-overload]
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Many people, one queue, and kill -9")
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.pairs = min(options.pairs, 200)
    with django_here():
        figures = _run(options.pairs, options.people)
    for name, value in figures.items():
        print(f"{name}={value:.4g}", flush=True)
    missed = _missed(figures)
    for words in missed:
        print(f"missed: {words}")
    if options.check and missed:
        sys.exit(1)


def _missed(figures: dict[str, float]) -> list[str]:
    """What was lost or shown twice, and what was to happen to the server and did not."""
    wrong = ("lost", "not_two", "shown_again", "unfinished")
    missed = [f"{name} is {figures[name]:g}, not 0" for name in wrong if figures[name]]
    if figures["kills"] != _KILLS:
        missed.append(f"kills is {figures['kills']:g}, not {_KILLS}")
    if not figures["browsers_closed"]:
        missed.append("browsers_closed is 0")
    return missed


def _run(pairs: int, people: int) -> dict[str, float]:
    from benchmarks.review_fill import fill
    from tests.web import web_server

    defaults_in_database("review")
    fill(pairs)
    queue = _queue()
    with tempfile.TemporaryDirectory() as folder, web_server(Path(folder), is_kept=True) as address:
        team = [_person(address, f"team{number}") for number in range(people)]
        started = time.perf_counter()
        kills = asyncio.run(_work(team, queue, pairs))
        seconds = time.perf_counter() - started
    return {"pairs": pairs, "people": people, "kills": kills, "seconds": seconds} | _counted(
        team, queue, pairs, seconds
    )


def _queue() -> int:
    """A queue of every pair in which each wants two people, filled."""
    from apps.review.managing import queue_create
    from apps.review.queue import queue_fill
    from tests.builders import make_user
    from tests.review.test_queues import settings_of

    queue = queue_create(chosen=settings_of(reviewers=2), created_by=make_user("editor"))
    while queue_fill(queue=queue, most=5000):
        pass
    return queue.pk


def _person(address: str, name: str) -> Person:
    from django.conf import settings
    from django.test import Client

    from tests.builders import make_user

    client = Client()
    client.force_login(make_user("reviewer", name))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={_TOKEN}"
    headers = {"Cookie": cookie, "X-CSRFToken": _TOKEN, "HX-Request": "true"}
    return Person(name, httpx.AsyncClient(base_url=address, headers=headers, timeout=60))


async def _work(team: list[Person], queue: int, pairs: int) -> int:
    """Let everybody work to the end; the number of kills meanwhile."""
    desk = f"/review/queues/{queue}/work/"
    work = [asyncio.ensure_future(person.work(desk, queue)) for person in team]
    everyone = asyncio.ensure_future(asyncio.gather(*work))
    kills = 0
    while not everyone.done() and kills < _KILLS:
        await asyncio.sleep(_PAUSE)
        labelled = sum(len(person.acknowledged) for person in team)
        if labelled >= 2 * pairs * (kills + 1) / (_KILLS + 1):
            killed = await asyncio.to_thread(_kill_postgres if kills % 2 else _kill_web)
            assert killed, "nothing was there to kill"
            kills += 1
    await everyone
    for person in team:
        await person.http.aclose()
    return kills


def _kill_web() -> int:
    """The process of the web server that answers, of two; granian brings another. How many."""
    killed = 0
    for child in psutil.Process().children():
        with suppress(psutil.ZombieProcess):  # a PostgreSQL that was killed
            if "apps.core.web" in " ".join(child.cmdline()):
                child.children()[0].send_signal(signal.SIGKILL)
                killed += 1
    return killed


def _kill_postgres() -> int:
    """All of PostgreSQL at once, as when the machine loses its power; then it is started again.
    How many processes that were."""
    # Not to die with its parent: that would be this thread. Whoever runs it ends what is left.
    postgres = Postgres(Path(os.environ["WINNOW_VAR"]), durable=True, dies_with_parent=False)
    processes = service.processes_in(postgres.folder)
    for process in processes:
        process.send_signal(signal.SIGKILL)
    service.start(postgres, postgres.var / "log" / "postgres.log")
    return len(processes)


def _counted(team: list[Person], queue: int, pairs: int, seconds: float) -> dict[str, float]:
    from django.db import connection
    from django.db.models import Count

    from apps.review.models import Entry, Label

    connection.close()  # it was made before PostgreSQL was killed
    stored = set(Label.objects.values_list("reviewer__username", "response"))
    told = {(person.name, pair) for person in team for pair in person.acknowledged}
    people = Label.objects.values("response").annotate(
        labels=Count("pk"), people=Count("reviewer", distinct=True)
    )
    two = sum(row["labels"] == row["people"] == 2 for row in people)
    return {
        "labels_per_second": len(stored) / seconds,
        "browsers_closed": sum(person.left for person in team),
        "lost": len(told - stored),
        "not_two": pairs - two,
        "shown_again": sum(person.shown_again for person in team),
        "unfinished": Entry.objects.filter(queue=queue, state="open").count(),
    }


if __name__ == "__main__":
    main()
