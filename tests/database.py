"""The database of the tests: made once for all workers, and emptied of what a test wrote.

It is made as every new installation's: by the script that a test compares with the migrations
(tests/core/test_fresh.py), in a second instead of a dozen, for which all workers would wait. After a test that commits Django truncates every table, which is some 600 new files, and stores
content types and permissions anew. Rows are deleted instead, from the few tables that have some;
what a test makes in bulk is still truncated, so that nothing bloats.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from apps.core import preparing
from apps.review.apps import _begin
from tests.once import made_once

# What every worker's database is a copy of; nobody stays connected to it.
FILLED = "test_filled"
# What migrations and their signals store, and no test changes.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
BULK_BYTES = 8_000_000
# Tables with triggers on DELETE, which guard what is only added to.
_ON_DELETE = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
    WHERE NOT tgisinternal AND tgtype & 8 = 8
"""
_BYTES = (
    "SELECT sum(pg_relation_size(format('%%I', name)::regclass)) FROM unnest(%s::text[]) AS name"
)

_all_tables = TransactionTestCase._fixture_teardown


def connect_to(name: str) -> None:
    """Let Django's one connection lead to this database."""
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def make() -> None:
    """Make this worker's database, and connect to it."""
    made_once(FILLED, _fill)
    own = connection.creation._get_test_db_name()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{FILLED}"')
    connect_to(own)


def _fill(mark: Path) -> None:
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{FILLED}"')  # of one who failed
        cursor.execute(f'CREATE DATABASE "{FILLED}"')
    connect_to(FILLED)
    preparing.migrate()
    connection.close()
    mark.mkdir()


def empty_quickly() -> None:
    """From now on tests that commit empty the database this way."""
    TransactionTestCase._fixture_teardown = _empty


def _empty(case: TransactionTestCase) -> None:
    if not case.serialized_rollback and case.available_apps is None and _delete():
        _begin(connection.alias)
    else:
        _all_tables(case)


def _delete() -> bool:
    """Whether it was little enough to be deleted row by row."""
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - {*KEPT})
    with transaction.atomic(), connection.cursor() as cursor:
        # As TRUNCATE does, wait for whoever still writes.
        cursor.execute(f"LOCK TABLE {', '.join(map(quote, tables))} IN SHARE ROW EXCLUSIVE MODE")
        there = ", ".join(f"EXISTS (SELECT FROM {quote(name)})" for name in tables)
        cursor.execute(f"SELECT {there}")
        filled = [name for name, has in zip(tables, cursor.fetchone(), strict=True) if has]
        cursor.execute(_BYTES, [filled])
        if (cursor.fetchone()[0] or 0) > BULK_BYTES:
            return False
        cursor.execute(_ON_DELETE)
        guarded = {name for (name,) in cursor.fetchall()} & {*filled}
        statements = [f"ALTER TABLE {quote(name)} DISABLE TRIGGER USER" for name in guarded]
        statements += [f"DELETE FROM {quote(name)}" for name in filled]
        statements += ["SET CONSTRAINTS ALL IMMEDIATE"]
        statements += [f"ALTER TABLE {quote(name)} ENABLE TRIGGER USER" for name in guarded]
        cursor.execute("; ".join(statements))
    return True
