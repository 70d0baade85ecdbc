"""How fast the API answers with a million responses stored, over HTTP.

    python -m benchmarks.api [--responses 1000000] [--labels 300] [--quick] [--check]

The data is that of benchmarks.review, on a PostgreSQL of its own with fsync. Measured on the
machine's own web command: the list of pairs with each filter of the pairs page (the worst p95),
a label through the page and through the API, in turns so that a busy machine is busy for both, and
100,000 labels streamed to their end. The answer to a label is the next pair in both, held for its
reviewer.
Each figure is a line `name=value`; with --check the exit status is 1 where a bound is missed.
--quick: 30,000 responses, about a minute; all their labels are streamed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.here import django_here, name_of, timed
from benchmarks.review_client import Browser
from benchmarks.review_fill import fill, label_fifth, queue_all
from benchmarks.review_pages import named

TIMES = 60  # of fewer the p95 is one odd request
STREAMED = 100_000


class Program:
    """A program with a token at the server's address."""

    def __init__(self, address: str, username: str) -> None:
        from tests.api.client import make_secret
        from tests.builders import make_user

        secret = make_secret(make_user("editor", username), per_minute=10**9)
        self._http = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> tuple[float, bytes]:
        """Milliseconds until the whole answer is here, and its body."""
        sent = None if body is None else json.dumps(body)
        started = time.perf_counter()
        self._http.request(method, f"/api/v1{path}", sent, self._headers)
        answer = self._http.getresponse()
        found = answer.read()
        took = 1000 * (time.perf_counter() - started)
        assert answer.status in (200, 201), (path, answer.status, found[:500])
        return took, found


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the API's answers")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.responses, options.labels = min(options.responses, 30_000), 100
    with django_here():
        figures = _run(options.responses, options.labels)
    for name, value in figures.items():
        print(f"{name}={value:.4g}", flush=True)
    missed = [text for text, met in _bounds(figures) if not met]
    for line in missed:
        print(f"missed: {line}")
    if options.check and missed:
        sys.exit(1)


def _bounds(figures: dict[str, float]) -> list[tuple[str, bool]]:
    return [
        ("every list of pairs p95 within 60 ms", figures["pairs_worst_p95_ms"] <= 60),
        ("a label and the next pair within 1.2 times the page's", figures["label_ratio"] <= 1.2),
        ("100,000 labels streamed in 5 s", figures["stream_100000_seconds"] <= 5),
    ]


def _run(responses: int, labels: int) -> dict[str, float]:
    timed(f"{responses:,} responses stored", lambda: fill(responses))
    timed(f"{responses:,} responses queued", lambda: queue_all(responses))
    timed("a fifth labelled, ANALYZE", lambda: label_fifth(responses))
    from tests.web import web_server

    figures = {"responses": float(responses)}
    with tempfile.TemporaryDirectory() as folder, web_server(Path(folder)) as address:
        program = Program(address, "program")
        started = time.perf_counter()
        program.ask("GET", "/me")
        figures["first_request_seconds"] = time.perf_counter() - started
        figures["pairs_worst_p95_ms"] = max(_pairs(program, query) for query in named())
        figures |= _labels(program, Browser(address, "page"), labels)
        figures |= _stream(program)
    return figures


def _pairs(program: Program, query: str) -> float:
    """The p95 of one filter's list, in milliseconds."""
    path = f"/pairs?{query}"
    program.ask("GET", path)
    times = [program.ask("GET", path)[0] for _ in range(TIMES)]
    p95 = statistics.quantiles(times, n=20)[18]
    name = f"pairs_{name_of(query or 'all')}"
    print(f"{name}_p50_ms={statistics.median(times):.4g}\n{name}_p95_ms={p95:.4g}", flush=True)
    return p95


def _labels(program: Program, browser: Browser, number: int) -> dict[str, float]:
    """Medians in milliseconds of a label and the next pair, through the page and the API;
    `api_next_ms` is the pair one holds asked for once more.
    """
    from apps.review.queue import default_queue

    queue = f"/queues/{default_queue().pk}"
    browser.open()
    pages, given, taken = [], [], []
    for count in range(number + 20):
        took, found = program.ask("POST", f"{queue}/next")
        taken.append(took)
        sent = {"pair": json.loads(found)["id"], "value": "bad", "reasons": ["wrong_result"]}
        if count % 3:
            sent |= {"value": "good", "reasons": []}
        given.append(program.ask("POST", f"{queue}/labels", sent)[0])
        pages.append(browser.label(count))
    page, label, take = (statistics.median(each[20:]) for each in (pages, given, taken))
    return {
        "page_label_ms": page,
        "api_label_ms": label,
        "api_next_ms": take,
        "label_ratio": label / page,
    }


def _stream(program: Program) -> dict[str, float]:
    """All labels in one answer, as seconds for 100,000 of them."""
    took, lines = program.ask("GET", "/labels.jsonl?everyone=true")
    number = lines.count(b"\n")
    assert json.loads(lines.rpartition(b"\n")[0].rpartition(b"\n")[2])["id"]
    return {"streamed": float(number), "stream_100000_seconds": took / 1000 * STREAMED / number}


if __name__ == "__main__":
    main()
