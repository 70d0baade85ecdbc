"""How fast the review answers with a million responses stored, over HTTP.

    python -m benchmarks.review [--responses 1000000] [--labels 300] [--quick] [--check]

Starts a PostgreSQL and a Valkey of its own (with fsync, as in use), and fills it as
benchmarks/review_fill.py does: no two texts are the same, a fifth of the pairs are labelled. The
machine's own web command is started, and people label over HTTP: one, eight and twenty at once,
each the next pair as soon as it is there, which asks how many labels a second the machine can
take; then twenty who label a pair a second each (a person takes four), which asks what they wait
for, from when the label was due. In turns with the one alone is taken what PostgreSQL needs by
itself: a label stored, its entry done, the next one found and its texts read, as bare statements
in one transaction. Then pages are looked at, as benchmarks/review_pages.py says. Processor time is
that of the web server's processes. Each figure is a line `name=value`; with --check the exit
status is 1 where a bound is missed. --quick: 30,000 responses, about two minutes.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.here import django_here, timed
from benchmarks.review_client import Browser
from benchmarks.review_fill import fill, label_fifth, queue_all
from benchmarks.review_pages import pages

WARMING = 30
TURN = 20
PACED = 20
MOST_PACED = 60
_PRINTED: set[str] = set()
_BARE = (
    "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, seconds, created_at)"
    " VALUES (%(pair)s, %(reviewer)s, 'good', '{}', '', 4.2, now())",
    "UPDATE review_entry SET state = 'done' WHERE response_id = %(pair)s",
    "SELECT response_id FROM review_entry WHERE queue_id = %(queue)s AND state = 'open'"
    " ORDER BY position, response_id LIMIT 1 FOR UPDATE SKIP LOCKED",
    "SELECT instruction.text, response.text FROM generation_response response"
    " JOIN generation_instruction instruction ON instruction.id = response.instruction_id"
    " WHERE response.id = %(pair)s",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of a label and the next pair")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.responses, options.labels = min(options.responses, 30_000), 100
    with django_here():
        missed = _run(options.responses, options.labels)
    for line in missed:
        print(f"missed: {line}")
    if options.check and missed:
        sys.exit(1)


def _run(responses: int, labels: int) -> list[str]:
    timed(f"{responses:,} responses stored", lambda: fill(responses))
    timed(f"{responses:,} responses queued", lambda: queue_all(responses))
    timed("a fifth labelled, ANALYZE", lambda: label_fifth(responses))
    figures = {"responses": float(responses)}
    from tests.web import web_server

    with tempfile.TemporaryDirectory() as folder, web_server(Path(folder)) as address:
        _alone(address, labels, figures)
        _told(figures)
        for people in (8, 20):
            _together(address, people, labels, figures)
        _told(figures)
        _paced(address, min(labels, MOST_PACED), figures)
        _told(figures)
        for told in pages(address):
            figures |= told
            _told(figures)
    return [text for text, met in _bounds(figures) if not met]


def _told(figures: dict[str, float]) -> None:
    """Print what is measured so far and was not printed yet."""
    for name in [name for name in figures if name not in _PRINTED]:
        print(f"{name}={figures[name]:.4g}", flush=True)
        _PRINTED.add(name)


def _bounds(figures: dict[str, float]) -> list[tuple[str, bool]]:
    """What is wanted, with the figure that it is held against, and whether it is met."""
    bare = figures["bare_p50_ms"]
    most = {
        "alone_p50_ms": (5 * bare, f"5 times the {bare:.3g} ms of PostgreSQL alone"),
        "alone_processor_ms": (15, "15 ms of processor time a label"),
        "paced_20_p99_ms": (150, "150 ms for 20 reviewers"),
        "pairs_worst_p95_ms": (100, "100 ms for every filter of the pairs page"),
        "queue_page_p95_ms": (200, "200 ms for a queue's page"),
        "pair_worst_p95_ms": (200, "200 ms for a pair and its siblings"),
        "team_pages_worst_p95_ms": (200, "200 ms for the team's pages"),
        "evidence_pages_worst_p95_ms": (200, "200 ms for the pages of evidence"),
    }
    met = [
        (f"{name} is {figures[name]:.4g}, over {words}", figures[name] <= bound)
        for name, (bound, words) in most.items()
    ]
    rate = figures["people_8_labels_per_second"]
    return [*met, (f"8 reviewers label {rate:.3g} pairs a second, fewer than 80", rate >= 80)]


def _bare() -> Iterator[float]:
    """Milliseconds of the same on PostgreSQL alone, each in a transaction of its own; endless."""
    from django.db import connection, transaction

    from apps.review.queue import default_queue
    from tests.builders import make_user

    values = {"queue": default_queue().pk, "reviewer": make_user(username="bare").pk, "pair": 0}
    with connection.cursor() as cursor:
        cursor.execute(_BARE[2], values)
        values["pair"] = cursor.fetchone()[0]
        while True:
            started = time.perf_counter()
            with transaction.atomic():
                cursor.execute(_BARE[0], values)
                cursor.execute(_BARE[1], values)
                cursor.execute(_BARE[2], values)
                values["pair"] = cursor.fetchone()[0]
                cursor.execute(_BARE[3], values)
                cursor.fetchone()
            yield 1000 * (time.perf_counter() - started)


def _alone(address: str, labels: int, figures: dict[str, float]) -> None:
    """One reviewer and PostgreSQL alone, in turns: a machine is quicker at times than at others."""
    browser, bare = Browser(address, "alone"), _bare()
    browser.open()
    for number in range(WARMING):
        browser.label(number)
        next(bare)
    before = _processor_seconds()
    times: list[float] = []
    bare_times: list[float] = []
    for _ in range(labels // TURN):
        times += [browser.label(number) for number in range(TURN)]
        bare_times += itertools.islice(bare, TURN)
    figures["bare_p50_ms"] = statistics.median(bare_times)
    figures["alone_processor_ms"] = 1000 * (_processor_seconds() - before) / len(times)
    cuts = statistics.quantiles(times, n=100)
    figures |= {"alone_p50_ms": cuts[49], "alone_p95_ms": cuts[94], "alone_p99_ms": cuts[98]}


def _together(address: str, people: int, labels: int, figures: dict[str, float]) -> None:
    """Everybody labels the next pair as soon as it is there."""

    def work(browser: Browser, _: float) -> list[float]:
        return [browser.label(number) for number in range(labels)]

    times, seconds = _side_by_side(address, f"of{people}", people, work)
    assert len(times) == people * labels, "somebody's labels failed"
    figures[f"people_{people}_labels_per_second"] = len(times) / seconds
    _cuts(f"people_{people}", times, figures)


def _paced(address: str, labels: int, figures: dict[str, float]) -> None:
    """Twenty people, one after the other within each second; milliseconds from when it was due."""

    def work(browser: Browser, share: float) -> list[float]:
        begun = time.perf_counter() + share
        times = []
        for number in range(labels):
            late = time.perf_counter() - (begun + number)
            if late < 0:
                time.sleep(-late)
            times.append(browser.label(number) + 1000 * max(0.0, late))
        return times

    times, _ = _side_by_side(address, "paced", PACED, work)
    assert len(times) == PACED * labels, "somebody's labels failed"
    _cuts(f"paced_{PACED}", times, figures)


def _side_by_side(
    address: str, name: str, people: int, work: Callable[[Browser, float], list[float]]
) -> tuple[list[float], float]:
    """What each of them took, and the seconds of all; each works with the share of a second at
    which it begins.
    """
    browsers = [Browser(address, f"{name}-{number}") for number in range(people)]
    times: list[float] = []
    begin = threading.Barrier(people + 1)

    def one(browser: Browser, share: float) -> None:
        browser.open()
        begin.wait()
        times.extend(work(browser, share))

    threads = [
        threading.Thread(target=one, args=[browser, number / people])
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - started


def _cuts(name: str, times: list[float], figures: dict[str, float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    figures |= {f"{name}_p50_ms": cuts[49], f"{name}_p99_ms": cuts[98]}


def _processor_seconds() -> float:
    """What this process's descendants used so far: the web server and its workers."""
    ticks = os.sysconf("SC_CLK_TCK")
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / ticks, command
    total = 0.0
    for pid in used:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and pid != above and b"postgres" not in used[pid][1]:
            total += used[pid][0]
    return total


if __name__ == "__main__":
    main()
