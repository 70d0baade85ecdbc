"""Whether this web process lives, and whether it can work: for load balancers and orchestrators."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from apps.core.preparing import migrations_unapplied

LIVE, READY = "/health/live", "/health/ready"
QUEUE_SECONDS = 2.0
# Anybody may ask: the parts are asked once in so many seconds.
KEPT_SECONDS = 2.0
Handler = Callable[[HttpRequest], HttpResponse]
Part = Callable[[], str]


class Health:
    """Middleware before all others: a probe names no host, is not redirected, has no session."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._kept: tuple[float, dict[str, str]] = (-KEPT_SECONDS, {})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in (LIVE, READY):
            return self._get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.path_info == LIVE:
            return _never_stored(HttpResponse("ok\n", content_type="text/plain"))
        problems = self._problems()
        status = "unready" if any(problems.values()) else "ready"
        parts = {name: problem or "ok" for name, problem in problems.items()}
        body = {"status": status, **parts}
        return _never_stored(JsonResponse(body, status=503 if status == "unready" else 200))

    def _problems(self) -> dict[str, str]:
        asked, problems = self._kept
        if time.monotonic() - asked >= KEPT_SECONDS:
            problems = {name: part() for name, part in PARTS.items()}
            self._kept = (time.monotonic(), problems)
        return problems


def _never_stored(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def _database() -> str:
    """What keeps the database from being used, without its address: anybody may read this."""
    try:
        unapplied = migrations_unapplied()
    except (DatabaseError, InterfaceError):
        return "does not answer"
    return f"{len(unapplied)} migrations are not applied: `make upgrade`" if unapplied else ""


def _queue() -> str:
    import redis  # only here: the site's pages need no client of the queue

    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=QUEUE_SECONDS, socket_connect_timeout=QUEUE_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError:
        return "does not answer"
    return ""


PARTS: dict[str, Part] = {"database": _database, "queue": _queue}
