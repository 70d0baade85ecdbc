"""The Celery application, without its tasks: enough to send. `worker.app` adds the tasks."""

from __future__ import annotations

from celery import Celery

app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")
