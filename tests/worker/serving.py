"""The server that the worker finds when it looks for one: any that a test has at an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.generation.models import Recipe
from worker import model_server
from worker.client import ModelClient
from worker.dispatching.lane import Served

# Of a client that gives up soon.
HASTY = {"patience": 1.0, "first_retry": 0.01}


def serve(
    monkeypatch: pytest.MonkeyPatch,
    *urls: str,
    slots: int = 8,
    launch: dict[str, str] | None = None,
    **client: Any,
) -> None:
    """The worker speaks to these servers over real HTTP. client: settings of `ModelClient`."""

    @contextmanager
    def serving(recipe: Recipe) -> Iterator[list[Served]]:
        yield [
            Served(ModelClient(url, model="tiny", **client), slots=slots, launch=launch or {})
            for url in urls
        ]

    monkeypatch.setattr(model_server, "serving", serving)
