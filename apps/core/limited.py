"""Queries that may take so long and no longer."""

from __future__ import annotations

import math
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet


def rows_within(seconds: float, rows: QuerySet[Any], *settings: str) -> list[Any] | None:
    """The rows of a query, None when they take longer. settings: of PostgreSQL, for it alone."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            given = (f"statement_timeout = '{math.ceil(seconds * 1000)}ms'", *settings)
            cursor.execute(";".join(f"SET LOCAL {setting}" for setting in given))
            found: list[Any] = list(rows.all())
            transaction.set_rollback(True)  # takes the settings back, also within a transaction
            return found
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
    return None
