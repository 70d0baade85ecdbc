"""Django in this process, on a durable PostgreSQL and a Valkey of the benchmark's own."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        from apps.core.preparing import migrate

        migrate()
        yield


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A folder for an installation: every account may pass it, as the services have their own."""
    folder = Path(tempfile.mkdtemp(prefix="winnow-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell(
    figures: Mapping[str, float],
    bounds: Mapping[str, float],
    least: Mapping[str, float] | None = None,
) -> list[str]:
    """Print `name=value` lines, then what `missed` tells."""
    for name, value in figures.items():
        told = str(int(value)) if float(value).is_integer() else f"{value:.4g}"
        print(f"{name}={told}", flush=True)
    return missed(figures, bounds, least)


def missed(
    figures: Mapping[str, float],
    bounds: Mapping[str, float],
    least: Mapping[str, float] | None = None,
) -> list[str]:
    """Print what is over its bound or under the least that it may be; the names of these. Bounds of
    what was not measured do not count.
    """
    least = least or {}
    over = [name for name, bound in bounds.items() if figures.get(name, bound) > bound]
    under = [name for name, bound in least.items() if figures.get(name, bound) < bound]
    for name in over:
        print(f"missed: {name} is {figures[name]:.4g}, more than {bounds[name]:.4g}")
    for name in under:
        print(f"missed: {name} is {figures[name]:.4g}, less than {least[name]:.4g}")
    return over + under


def timed(what: str, do: Callable[[], None]) -> None:
    """Do it and print how long it took: the words without numbers are the figure's name."""
    started = time.perf_counter()
    do()
    print(f"{name_of(what)}_seconds={time.perf_counter() - started:.1f}", flush=True)


def name_of(what: str) -> str:
    """The name that a figure has, from the words that say what it is of."""
    return "_".join(re.findall(r"[a-z]+", what.lower()))


def execute(name: str, values: Mapping[str, Any]) -> None:
    """The statements of a file beside this one, then VACUUM ANALYZE."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in filter(str.strip, (HERE / name).read_text().split(";\n")):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def defaults_in_database(*apps_named: str) -> None:
    """Give columns the defaults that Django gives their fields: files of SQL name only what they
    are about, and a field that is added later does not break them.
    """
    from django.apps import apps
    from django.db import connection

    models = [one for name in apps_named for one in apps.get_app_config(name).get_models()]
    fields = [(model._meta.db_table, one) for model in models for one in model._meta.local_fields]
    with connection.cursor() as cursor:
        for table, field in fields:
            if field.has_default() and field.column and not field.is_relation:
                value = field.get_db_prep_save(field.get_default(), connection)
                cursor.execute(
                    f'ALTER TABLE "{table}" ALTER COLUMN "{field.column}" SET DEFAULT %s', [value]
                )
