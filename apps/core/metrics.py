"""Requests counted and timed, for Prometheus. Every web process writes into files of its own,
which any of them adds up: prometheus_client's multiprocess mode.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from prometheus_client import Histogram

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
Handler = Callable[[HttpRequest], HttpResponse]


def begin(var: Path, environment: MutableMapping[str, str]) -> None:
    """Name an empty folder for the figures of the web processes that are forked next.

    Before prometheus_client is imported: it looks only once.
    """
    folder = var / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    environment[FOLDER] = str(folder)


class Measured:
    """Middleware: a histogram of seconds per view, method and class of status.

    The view's name and not the address: strangers cannot make up series without end.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._seconds = _histogram()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
        self._seconds.labels(
            view=match.view_name if match else "none",
            method=method,
            status=f"{response.status_code // 100}xx",
        ).observe(time.perf_counter() - begun)
        return response


@cache
def _histogram() -> Histogram:
    """One of its kind in a process, however often the middleware is made (tests make it anew)."""
    from prometheus_client import Histogram

    labels = ("view", "method", "status")
    told = "Time until a request was answered."
    return Histogram("winnow_request_seconds", told, labels, buckets=BUCKETS)


def requests_text() -> bytes:
    """The histograms of all web processes, in Prometheus' text format."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
