"""Model servers that workers on this machine have started, as their state files tell
(worker.engines.state): where they listen, and the key that they ask for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings

STATES = "engines/model-server-*.json"


@dataclass(frozen=True, slots=True)
class ServerHere:
    """A server that runs on this machine, of whatever model."""

    url: str
    key: str = field(repr=False)


def servers_here() -> Iterator[ServerHere]:
    """Those whose processes still live; on a machine without workers there are none."""
    for path in sorted(Path(settings.VAR_DIR).glob(STATES)):
        try:
            said = json.loads(path.read_text())
            pid, started = int(said["pid"]), float(said["started"])
            found = ServerHere(f"http://127.0.0.1:{int(said['port'])}", str(said["api_key"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # torn, another user's, or of another Winnow
        if _lives(pid, started):
            yield found


def name_served(model: str) -> str:
    """The name under which a server of ours answers for a recipe's model, as
    worker.engines.settings has it: a path's last part, or the model's own name.
    """
    is_path = model.startswith(("/", "./", "../")) or Path(model).exists()
    return Path(model).name.removesuffix(".gguf") if is_path else model


def _lives(pid: int, started: float) -> bool:
    """Whether it is that very process: a number alone may have been given anew."""
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1.0
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
