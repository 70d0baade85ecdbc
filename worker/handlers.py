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
HANDLERS = {
    "gather": "worker.gathering",
    "generate": "worker.generating",
    "import": "worker.importing",
    "validate": "worker.validating",
    "ahead": "worker.validating",
    "export": "worker.exporting",
    "label": "worker.labelling",
}


def for_queue(queue: str) -> Handler:
    """The handler `do(unit, owner, lease) → result` of a queue. KeyError for an unknown one."""
    handler: Handler = import_module(HANDLERS[queue]).do
    return handler
