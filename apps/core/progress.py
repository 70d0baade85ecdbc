"""How far a long piece of work is, as pages show it: told in the cache, and never in its way.

While the cache is away, or has no room, nothing is told: the work goes on, and pages are shown.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache

log = logging.getLogger(__name__)
KEPT_SECONDS = 3600


def progress_tell(name: str, value: object) -> None:
    """Say how far it is."""
    with _at_most_a_warning(name):
        cache.set(name, value, KEPT_SECONDS)


def progress_of(name: str) -> Any:
    """What was told last; None without it."""
    with _at_most_a_warning(name):
        return cache.get(name)


def progress_end(name: str) -> None:
    """It is over: what it came to stands elsewhere."""
    with _at_most_a_warning(name):
        cache.delete(name)


@contextmanager
def _at_most_a_warning(name: str) -> Iterator[None]:
    from redis.exceptions import RedisError  # with the cache, which only some pages ask

    try:
        yield
    except RedisError as error:
        log.warning("How far %s is, is not known: %s", name, error)
