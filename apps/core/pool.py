"""Connections to PostgreSQL that requests share: 0.15 ms a request instead of 10 for a new one."""

from __future__ import annotations

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections


def use_pool() -> None:
    """Take this process's connections from a pool from now on. Only the web process does:
    Celery's prefork workers must not, for Celery closes the whole pool around every task.
    """
    database = connections.settings[DEFAULT_DB_ALIAS]
    database["CONN_MAX_AGE"] = 0
    database["OPTIONS"] = database.get("OPTIONS", {}) | {"pool": settings.DATABASE_POOL}
