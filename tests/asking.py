"""What a view looks at of what it is sent: one that looks at nothing answers every value alike."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.handlers.wsgi import WSGIRequest

# Parts of a request whose values the tests choose.
PARTS = ("GET", "POST", "FILES", "body")
# Django looks at one part for another. The audit log notes of every deed that is done what came with
# it, by one function for all of them: tests/accounts/test_audit.py.
OTHERS = ("django.http.request", "django.core.handlers.wsgi", "apps.accounts.audit")


@contextmanager
def looked_at() -> Iterator[set[str]]:
    """The parts of requests that views have looked at since the set was emptied."""
    seen: set[str] = set()
    watched: dict[str, Any] = {name: property(_watched(name, seen), _set(name)) for name in PARTS}
    with patch.multiple(WSGIRequest, **watched):
        yield seen


def _watched(name: str, seen: set[str]) -> Callable[[WSGIRequest], Any]:
    given: Any = getattr(WSGIRequest, name)
    is_kept = not isinstance(given, property)
    get: Callable[[WSGIRequest], Any] = _kept(name, given.func) if is_kept else given.fget

    def look(request: WSGIRequest) -> Any:
        if sys._getframe(1).f_globals["__name__"] not in OTHERS:
            seen.add(name)
        return get(request)

    return look


def _kept(name: str, make: Callable[[WSGIRequest], Any]) -> Callable[[WSGIRequest], Any]:
    """As a cached property has it, where the property itself keeps nothing."""

    def get(request: WSGIRequest) -> Any:
        if name not in vars(request):
            vars(request)[name] = make(request)
        return vars(request)[name]

    return get


def _set(name: str) -> Callable[[WSGIRequest, Any], None] | None:
    given = getattr(WSGIRequest, name)
    if isinstance(given, property):
        return given.fset
    return lambda request, value: vars(request).__setitem__(name, value)
