"""Rows read by a plain statement, where the ORM's making of one is a good part of a request."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def row_where(model: type[Row], condition: str, values: Sequence[Any]) -> Row | None:
    """The row that a condition of the module's own words leaves, None without one."""
    statement = f"SELECT {columns_of(model)} FROM {table_of(model)} WHERE {condition}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    return row_from(model, found) if found else None


def row_from(model: type[Row], values: Sequence[Any]) -> Row:
    """A row of what `columns_of` reads. Only for fields that need no conversion."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, values)


@cache
def columns_of(model: type[models.Model]) -> str:
    """All columns of a model, in the order of its fields."""
    quoted, table = connection.ops.quote_name, table_of(model)
    return ", ".join(
        f"{table}.{quoted(str(field.column))}" for field in model._meta.concrete_fields
    )


def table_of(model: type[models.Model]) -> str:
    """The name of a model's table as a statement spells it."""
    return connection.ops.quote_name(model._meta.db_table)
