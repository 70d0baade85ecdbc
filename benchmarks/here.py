"""Django in this process, on a durable PostgreSQL and a Valkey of the benchmark's own."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.core.embedded import running

HERE = Path(__file__).parent


@contextmanager
def django_here() -> Iterator[None]:
    """Set up and migrated; everything is gone after the block."""
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        running(Path(folder)) as urls,
    ):
        os.environ |= {
            "WINNOW_VAR": folder,
            "DATABASE_URL": urls.database_url,
            "REDIS_URL": urls.redis_url,
            "WINNOW_TESTING": "1",
            "WINNOW_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "apps.settings",
        }
        Path(folder, "static").mkdir()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


def timed(what: str, do: Callable[[], None]) -> None:
    """Do it and print how long it took."""
    started = time.perf_counter()
    do()
    print(f"{what}: {time.perf_counter() - started:.0f} s", flush=True)


def execute(name: str, values: dict[str, object]) -> None:
    """The statements of a file beside this one, then VACUUM ANALYZE."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in filter(str.strip, (HERE / name).read_text().split(";\n")):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
