"""Queries that may take so long and no longer."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet


def rows_within(seconds: float, rows: QuerySet[Any], *settings: str) -> list[Any] | None:
    """The rows of a query, None when they take longer. settings: of PostgreSQL, for it alone."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for setting in (f"statement_timeout = '{seconds * 1000:g}ms'", *settings):
                cursor.execute(f"SET LOCAL {setting}")
            found: list[Any] = list(rows.all())
            transaction.set_rollback(True)  # takes the settings back, also within a transaction
            return found
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
    return None
