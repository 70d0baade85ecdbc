"""The database of the tests: migrated once for all workers, and emptied of what a test wrote.

After a test that commits Django truncates every table, which is some 600 new files, and stores
content types and permissions anew. Rows are deleted instead, from the few tables that have some;
what a test makes in bulk is still truncated, so that nothing bloats.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from django.db import connection, transaction
from django.test import TransactionTestCase

from apps.review.apps import _begin

# A copy of the first worker's database as it was migrated; nobody is ever connected to it.
MIGRATED = "test_migrated"
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


def copy(shared: Path) -> None:
    """Make this worker's database: of the first that asks by migrations, of the others as a copy.

    `shared` is a folder of all workers of the run.
    """
    creation, is_made = connection.creation, shared / MIGRATED
    own = creation._get_test_db_name()
    with (shared / f"{MIGRATED}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        source, copied = (MIGRATED, own) if is_made.exists() else (own, MIGRATED)
        if source == own:
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connection.close()
        with creation._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{copied}" TEMPLATE "{source}"')
        is_made.touch()


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
        some = " UNION ALL ".join(
            f"(SELECT '{name}' FROM {quote(name)} LIMIT 1)" for name in tables
        )
        cursor.execute(some)
        filled = [name for (name,) in cursor.fetchall()]
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
