"""Which function does the units of which queue. Imported on first use, so that a GPU worker
does not load parsers and a CPU worker does not load the model client.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease

Handler = Callable[[WorkUnit, str, Lease], dict[str, Any]]
Server = Callable[[int], None]
HANDLERS = {
    "gather": "worker.gathering",
    "import": "worker.importing",
    "validate": "worker.validating",
    "ahead": "worker.validating",
    "export": "worker.exporting",
    "judge": "worker.judging",
    "label": "worker.labelling",
    "webhook": "worker.telling",
}


def for_queue(queue: str) -> Handler:
    """The handler `do(unit, owner, lease) → result` of a queue. KeyError for an unknown one."""
    handler: Handler = import_module(HANDLERS[queue]).do
    return handler


# Queues whose units are not done one by one: a message of one begins or wakes what does them all.
SERVERS = {"generate": "worker.generating"}


def server_of(queue: str) -> Server | None:
    """What claims and does the units of such a queue by itself: `serve(unit_id)`."""
    if queue not in SERVERS:
        return None
    server: Server = import_module(SERVERS[queue]).serve
    return server
