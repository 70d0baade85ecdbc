"""How fast the front page answers with a million pairs, and what counting for it costs.

    python -m benchmarks.home [--responses 1000000] [--quick] [--check]

Starts a PostgreSQL and a Valkey of its own, filled as benchmarks/review.py does it: ten responses
to an instruction, two verdicts each, a fifth of the pairs labelled. The page is taken over HTTP
from the machine's own web command by an editor. Each figure is a line `name=value`; with --check
the exit status is 1 where a bound is missed. --quick: 30,000 responses, half a minute.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from benchmarks.here import django_here, timed
from benchmarks.review_client import Browser
from benchmarks.review_fill import fill, label_fifth, queue_all

MOST_MS = 200.0
TIMES = 40


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the front page")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.responses = min(options.responses, 30_000)
    with django_here():
        worst = _run(options.responses)
    if worst > MOST_MS:
        print(f"missed: home_p95_ms is {worst:.4g}, more than {MOST_MS:g}")
        if options.check:
            sys.exit(1)


def _run(responses: int) -> float:
    timed(f"{responses:,} responses stored", lambda: fill(responses))
    timed(f"{responses:,} responses queued", lambda: queue_all(responses))
    timed("a fifth labelled, ANALYZE", lambda: label_fifth(responses))
    from apps.home.counting import count_standing
    from apps.home.figures import count_figures
    from tests.web import web_server

    _told("responses", responses)
    _told("count_figures_seconds", _seconds(count_figures))
    _told("count_standing_seconds", _seconds(count_standing))
    with tempfile.TemporaryDirectory() as folder, web_server(Path(folder)) as address:
        browser = Browser(address, "looks", htmx=False)
        browser.get("/")
        times = [browser.get("/")[0] for _ in range(TIMES)]
    cuts = quantiles(times, n=20)
    _told("home_p50_ms", cuts[9])
    _told("home_p95_ms", cuts[18])
    return cuts[18]


def _seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _told(name: str, value: float) -> None:
    print(f"{name}={value:.4g}", flush=True)


if __name__ == "__main__":
    main()
