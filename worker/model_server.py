"""The model servers that this worker process keeps for the recipe at hand.

The recipe says which engine and model; the settings say how they are served here, and by how many
servers. One kind is kept at a time: a unit with another recipe waits until nobody uses these.
"""

from __future__ import annotations

import atexit
import logging
import shlex
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

from django.conf import settings

from apps.generation.engines import DEFAULT_MODELS
from apps.generation.models import Recipe
from apps.generation.needs import context_needed
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


def engine_settings(recipe: Recipe) -> list[EngineSettings]:
    """How this worker serves the recipe's model, one for each server: WINNOW_SERVERS of ours on
    GPUs of their own, or all that WINNOW_MODEL_URL names. Raises EngineSetupError for what it
    cannot.
    """
    if recipe.engine == "url":
        urls = settings.WINNOW_MODEL_URL.split(",") or [""]
        return [_engine_settings(recipe, base_url=url.strip()) for url in urls]
    count = settings.WINNOW_SERVERS if recipe.engine == "vllm" else 1
    if count <= 1:
        return [_engine_settings(recipe)]
    each = settings.WINNOW_TENSOR_PARALLEL
    groups = [range(first * each, (first + 1) * each) for first in range(count)]
    return [_engine_settings(recipe, devices=",".join(map(str, group))) for group in groups]


def _engine_settings(recipe: Recipe, *, base_url: str = "", devices: str = "") -> EngineSettings:
    engines: dict[str, Engine] = {name: name for name in get_args(Engine)}
    if recipe.engine not in engines:
        raise EngineSetupError(
            f"Recipe {recipe.pk} names the engine {recipe.engine!r}, unknown here."
        )
    return EngineSettings(
        engine=engines[recipe.engine],
        root=Path(settings.BASE_DIR),
        var_dir=Path(settings.VAR_DIR),
        model=_model(recipe),
        revision=recipe.revision,
        dtype=settings.WINNOW_DTYPE,
        tensor_parallel=settings.WINNOW_TENSOR_PARALLEL,
        extra_args=tuple(shlex.split(settings.WINNOW_ENGINE_ARGS)),
        base_url=base_url,
        devices=devices,
        api_key=settings.WINNOW_MODEL_API_KEY,
        interface=settings.WINNOW_MODEL_INTERFACE,
        context_length=settings.WINNOW_CONTEXT or _context(recipe),
        concurrency=settings.WINNOW_MODEL_CONCURRENCY,
    )


def _model(recipe: Recipe) -> str:
    """What the engine loads; "" is its own small model. An installation from before still has the
    file of the small model that its recipes name.
    """
    if recipe.model == DEFAULT_MODELS[recipe.engine]:
        return ""
    kept = Path(settings.VAR_DIR, "models", Path(recipe.model).name + ".gguf")
    return str(kept) if recipe.engine == "llama" and kept.is_file() else recipe.model


def _context(recipe: Recipe) -> int:
    """On a GPU the room that the recipe needs; elsewhere the engine's own."""
    return context_needed(recipe) if recipe.engine == "vllm" else 0


def does_for(settings: EngineSettings, wanted: EngineSettings) -> bool:
    """Whether a server of these settings does for wanted ones: it may have more room."""
    has, needs = settings.context_or_default, wanted.context_or_default
    is_roomy = has == needs or has == 0 or 0 < needs <= has
    return is_roomy and replace(settings, context_length=wanted.context_length) == wanted


class _Keeper:
    """Servers of one kind at a time, switched when the last user of another kind is gone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._servers: list[ModelServer] = []
        self._users = 0
        self._watched = False

    def take(self, wanted: list[EngineSettings]) -> list[ModelServer]:
        with self._changed:
            while self._are_others(wanted) and self._users:
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
            for server in self._servers:
                server.stop()
            self._servers = []

    def watch(self) -> None:
        """Bring servers back while clients wait for them: they find them at the same address."""
        while True:
            time.sleep(WATCH_SECONDS)
            with self._changed:
                for server in self._servers if self._users else ():
                    try:
                        server.ensure()
                    except EngineError as error:
                        log.error("The model server cannot be brought back yet: %s", error)

    def _are_others(self, wanted: list[EngineSettings]) -> bool:
        if not self._servers:
            return False
        pairs = zip(self._servers, wanted, strict=False)
        same = len(self._servers) == len(wanted)
        return not (same and all(does_for(each.settings, want) for each, want in pairs))

    def _serving(self, wanted: list[EngineSettings]) -> list[ModelServer]:
        if self._are_others(wanted):
            for server in self._servers:
                server.stop()
            self._servers = []
        if self._servers:
            for server in self._servers:
                server.ensure()
            return self._servers
        made = [ModelServer(each, say=log.info) for each in wanted]
        _start_all(made)
        self._servers = made
        self._start_watching()
        return made

    def _start_watching(self) -> None:
        if not self._watched:
            self._watched = True
            threading.Thread(target=self.watch, name="model-server-watch", daemon=True).start()


def _start_all(servers: list[ModelServer]) -> None:
    """Start one after the other; all are stopped when one cannot be."""
    try:
        for server in servers:
            server.start()
    except BaseException:
        for server in servers:
            server.stop()
        raise


_keeper = _Keeper()
atexit.register(_keeper.stop)


@contextmanager
def serving(recipe: Recipe) -> Iterator[list[Served]]:
    """Servers that serve the recipe's model, each with a client; started first when they must be.

    Raises EngineError.
    """
    wanted = engine_settings(recipe)
    servers = _keeper.take(wanted)
    try:
        yield [_served(server) for server in servers]
    finally:
        _keeper.leave()


def _served(server: ModelServer) -> Served:
    kind = server.settings
    client = ModelClient(
        server.base_url,
        model=server.model_name,
        api_key=server.api_key,
        interface=Interface(kind.interface),
        concurrency=_CONNECTIONS,
    )
    launch = {
        "engine": kind.engine,
        "model": server.model_name,
        "revision": kind.revision,
        "version": server.version(),
        "command": server.command,
    }
    is_known = kind.engine != "url" or kind.concurrency > 0
    return Served(client, kind.concurrency_or_default, is_known=is_known, launch=launch)
