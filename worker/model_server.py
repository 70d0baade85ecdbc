"""The model server that this worker process keeps for the recipe at hand.

The recipe says which engine and model; the settings say how they are served here. One server is
kept at a time: a unit with another recipe waits until nobody uses the present one.
"""

from __future__ import annotations

import atexit
import logging
import shlex
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from django.conf import settings

from apps.generation.engines import DEFAULT_MODELS
from apps.generation.models import Recipe
from worker.client import ModelClient
from worker.dispatching.lane import Served
from worker.engines.errors import EngineError, EngineSetupError
from worker.engines.server import ModelServer
from worker.engines.settings import Engine, EngineSettings
from worker.requests import Interface

log = logging.getLogger(__name__)
WATCH_SECONDS = 2.0
# How many requests are under way at once the dispatcher's window says.
_CONNECTIONS = 4096


def engine_settings(recipe: Recipe) -> EngineSettings:
    """How this worker serves the recipe's model. Raises EngineSetupError for what it cannot."""
    engines: dict[str, Engine] = {name: name for name in get_args(Engine)}
    if recipe.engine not in engines:
        raise EngineSetupError(
            f"Recipe {recipe.pk} names the engine {recipe.engine!r}, unknown here."
        )
    own_model = recipe.model == DEFAULT_MODELS[recipe.engine]
    return EngineSettings(
        engine=engines[recipe.engine],
        root=Path(settings.BASE_DIR),
        var_dir=Path(settings.VAR_DIR),
        model="" if own_model else recipe.model,
        revision=recipe.revision,
        dtype=settings.WINNOW_DTYPE,
        tensor_parallel=settings.WINNOW_TENSOR_PARALLEL,
        extra_args=tuple(shlex.split(settings.WINNOW_ENGINE_ARGS)),
        base_url=settings.WINNOW_MODEL_URL if recipe.engine == "url" else "",
        api_key=settings.WINNOW_MODEL_API_KEY,
        interface=settings.WINNOW_MODEL_INTERFACE,
        context_length=settings.WINNOW_CONTEXT,
        concurrency=settings.WINNOW_MODEL_CONCURRENCY,
    )


class _Keeper:
    """One server at a time, counted users, switched when the last user of another is gone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._server: ModelServer | None = None
        self._users = 0
        self._watched = False

    def take(self, wanted: EngineSettings) -> ModelServer:
        with self._changed:
            while self._server and self._server.settings != wanted and self._users:
                self._changed.wait()
            self._users += 1
            try:
                return self._serving(wanted)
            except BaseException:
                self._users -= 1
                self._changed.notify_all()
                raise

    def leave(self) -> None:
        with self._changed:
            self._users -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            if self._server:
                self._server.stop()
            self._server = None

    def watch(self) -> None:
        """Bring the server back while clients wait for it: they find it at the same address."""
        while True:
            time.sleep(WATCH_SECONDS)
            with self._changed:
                if not (self._server and self._users):
                    continue
                try:
                    self._server.ensure()
                except EngineError as error:
                    log.error("The model server cannot be brought back yet: %s", error)

    def _serving(self, wanted: EngineSettings) -> ModelServer:
        if self._server and self._server.settings != wanted:
            self._server.stop()
            self._server = None
        if self._server is None:
            server = ModelServer(wanted, say=log.info)
            server.start()
            self._server = server
            self._start_watching()
        else:
            self._server.ensure()
        return self._server

    def _start_watching(self) -> None:
        if not self._watched:
            self._watched = True
            threading.Thread(target=self.watch, name="model-server-watch", daemon=True).start()


_keeper = _Keeper()
atexit.register(_keeper.stop)


@contextmanager
def serving(recipe: Recipe) -> Iterator[list[Served]]:
    """Servers that serve the recipe's model, each with a client; started first when they must be.

    Raises EngineError.
    """
    wanted = engine_settings(recipe)
    server = _keeper.take(wanted)
    try:
        client = ModelClient(
            server.base_url,
            model=server.model_name,
            api_key=server.api_key,
            interface=Interface(wanted.interface),
            concurrency=_CONNECTIONS,
        )
        slots = wanted.concurrency_or_default
        yield [Served(client, slots, is_known=wanted.engine != "url")]
    finally:
        _keeper.leave()
