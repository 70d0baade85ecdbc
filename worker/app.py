"""What `celery -A worker.app` starts: the application of apps.core.queue with its tasks."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")

from apps.core.queue import app  # noqa: E402  the settings' name must be there first

app.conf.imports = ["worker.tasks"]
