"""The rows of an installation of commit c16bb91 (`make_dump.py` makes them anew), and how an empty
database becomes it: `python -m tests.upgrade.before` for the one of DATABASE_URL.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

DUMP = Path(__file__).parent / "before.jsonl"
APPLIED = "django_migrations"
# What other tables hold now: an entry for each item, a seat for each claim and each label.
MOVED = {"review_queueitem": "review_entry", "review_claim": "review_seat"}
SEQUENCES = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND is_identity = 'YES'
"""


def dumped() -> dict[str, dict[str, Any]]:
    lines = map(json.loads, DUMP.read_text(encoding="utf-8").splitlines())
    return {line["table"]: line for line in lines}


def applied() -> set[tuple[str, str]]:
    table = dumped()[APPLIED]
    app, name = table["columns"].index("app"), table["columns"].index("name")
    rows = [line.split("\t") for line in table["rows"].splitlines()]
    return {(row[app], row[name]) for row in rows}


def migrate_to_before() -> None:
    """To what was applied then, and no further."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(dict(sorted(applied())).items()))  # the last of every app
    executor.loader.build_graph()
    assert set(executor.loader.applied_migrations) == applied()


def load() -> None:
    """The rows; foreign keys are looked at when all are there."""
    tables = [table for name, table in dumped().items() if name != APPLIED]
    _switch_triggers(tables, "DISABLE")
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            columns = ", ".join(f'"{column}"' for column in table["columns"])
            with cursor.copy(f'COPY "{table["table"]}" ({columns}) FROM STDIN') as copy:
                copy.write(table["rows"])
        cursor.execute(SEQUENCES)
        for name, column in cursor.fetchall():
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'),"
                f' (SELECT coalesce(max("{column}"), 0) + 1 FROM "{name}"), false)'
            )
    _switch_triggers(tables, "ENABLE")


def _switch_triggers(tables: list[dict[str, Any]], to: str) -> None:
    """Our own, which refuse rows of what is finished."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table["table"]}" {to} TRIGGER USER')


if __name__ == "__main__":
    import django

    django.setup()
    migrate_to_before()
    load()
