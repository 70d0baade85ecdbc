"""Units of the queue `generate`: one dispatcher in this process does them all, as it needs them.

A message of the queue begins it, or tells the one that is at work of a unit. While that has enough
to do the message waits a little, so that another worker that is idle gets the next ones.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any, Final

from celery.signals import worker_shutting_down
from django.conf import settings

from apps.core import work
from apps.core.excuses import disk_is_full, excuse_for
from apps.core.leases import Leases
from apps.core.models import WorkUnit
from apps.generation.models import Recipe, Run
from apps.generation.usage import server_of
from worker import loads, model_server
from worker.dispatching.dispatcher import Dispatcher
from worker.dispatching.lane import Served
from worker.dispatching.store import Store
from worker.engines.errors import EngineError, EngineSetupError

log = logging.getLogger(__name__)
MESSAGE_SECONDS: Final = 10.0


class _Desk:
    """The one dispatcher of this process, and whether it is to begin anew."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.dispatcher: Dispatcher | None = None
        self.is_closed = False

    def close(self, **_: Any) -> None:
        """The worker is asked to end: units are given back, further ones are not begun."""
        self.is_closed = True
        if self.dispatcher:
            self.dispatcher.stop()


_desk = _Desk()
worker_shutting_down.connect(_desk.close)


def serve(unit_id: int) -> None:
    """See to it that a waiting unit is done: here and now together with all others that wait, or
    by the dispatcher that is at work, when it has room.
    """
    until = time.monotonic() + MESSAGE_SECONDS
    while not _desk.is_closed and work.is_claimable(unit_id):
        if _desk.turn.acquire(blocking=False):
            try:
                _dispatch(unit_id)
            finally:
                _desk.turn.release()
            return
        if _desk.dispatcher and _desk.dispatcher.wants_more():
            _desk.dispatcher.hint(unit_id)
        if time.monotonic() > until:
            return
        time.sleep(0.5)


def _dispatch(unit_id: int) -> None:
    """Do the unit and whatever else waits, one kind of server after the other."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    unit = work.claim(unit_id=unit_id, owner=owner, counts=not disk_is_full())
    with Leases(owner) as leases:
        while unit:
            leases.hold(unit)
            unit = _with_server(unit, Store(owner), leases)


def _with_server(unit: WorkUnit, store: Store, leases: Leases) -> WorkUnit | None:
    """Work with the server that the unit needs until nothing is left for it; return a claimed unit
    that needs another one.
    """
    recipe = Run.objects.select_related("recipe").get(job=unit.job_id).recipe
    try:
        with model_server.serving(recipe) as served:
            dispatcher = Dispatcher(
                served,
                serves=lambda other: _is_served(other, recipe),
                store=store,
                leases=leases,
                drain_seconds=settings.WINNOW_DRAIN_SECONDS,
            )
            _desk.dispatcher = dispatcher
            asyncio.run(_watched(dispatcher, served, unit, store.owner))
            return dispatcher.foreign
    except EngineError as error:
        store.give_back(unit, _final(error, unit))
        leases.drop(unit)
        return None
    finally:
        _desk.dispatcher = None
        store.close()


async def _watched(
    dispatcher: Dispatcher, served: Sequence[Served], unit: WorkUnit, owner: str
) -> None:
    """Work, and keep samples of the servers' load meanwhile."""
    fetches = [one.client.load for one in served]
    async with loads.sampled(fetches, server=server_of(owner)):
        await dispatcher.run(unit)


def _final(error: EngineError, unit: WorkUnit) -> Exception:
    """Every other unit of the run needs the same server, and a start may take minutes: what needs
    a person, or lasts, fails the run. But for want of room nothing is final.
    """
    if excuse_for(error):
        return error
    if isinstance(error, EngineSetupError) or unit.attempts >= work.MAX_ATTEMPTS:
        return work.JobFailsError(str(error))
    return error


def _is_served(other: Recipe, recipe: Recipe) -> bool:
    """Whether the servers of one recipe do for another."""
    kinds = [(one.engine, one.model, one.revision) for one in (other, recipe)]
    if kinds[0] != kinds[1]:
        return False
    if other.pk == recipe.pk or recipe.engine != "vllm":
        return True
    served, wanted = model_server.engine_settings(recipe), model_server.engine_settings(other)
    return all(map(model_server.does_for, served, wanted))
