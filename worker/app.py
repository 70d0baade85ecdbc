"""What `celery -A worker.app` starts: the application of apps.core.queue with its tasks."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")

from celery.signals import beat_init, worker_ready  # noqa: E402

from apps.core.processes.telling import tell_ready  # noqa: E402
from apps.core.queue import app  # noqa: E402  the settings' name must be there first

app.conf.imports = ["worker.tasks"]


@worker_ready.connect
@beat_init.connect
def _is_ready(**_: object) -> None:
    """Whoever supervises this process may know that it takes orders."""
    tell_ready()
