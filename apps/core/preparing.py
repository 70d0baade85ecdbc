"""What the web process does before it answers: the database and the static files as they must be.

Both are looked at cheaply first, so that a web process that was killed is back at once.
"""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from apps.core import fresh

log = logging.getLogger(__name__)
SELDOM = (50_000, 20, 100)  # Python's own are (700, 10, 10); some 40 MB more


def prepare() -> None:
    """Migrate the database and collect the static files, each where it is not as it must be."""
    migrate()
    fingerprint = static_fingerprint()
    if not static_is_collected(fingerprint):
        log.info("Collecting the static files.")
        call_command("collectstatic", interactive=False, verbosity=0)
        _fingerprint_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _fingerprint_file().write_text(fingerprint, encoding="utf-8")


def migrate() -> None:
    """Bring the database to what the migrations say, where it is not there yet."""
    if not migrations_unapplied() or fresh.fill():
        return
    log.info("Migrating the database.")
    with _seldom_collecting():
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Every step of a new database's migrations makes dozens of model classes anew: looking for
    garbage as often as Python does otherwise is a tenth of their time.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()


def migrations_unapplied() -> set[tuple[str, str]]:
    """The migrations (app, name) in our files that the database does not name as applied.

    Two queries and a look into folders: what Django's own plan needs all migrations imported for.
    """
    return set(fresh.migration_files()) - set(MigrationRecorder(connection).applied_migrations())


def static_fingerprint() -> str:
    """SHA-256 over every static file, where it comes from, and how it is stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            content = hashlib.sha256(Path(storage.path(path)).read_bytes()).hexdigest()
            digest.update(f"{path}\0{content}\n".encode())
    return digest.hexdigest()


def static_is_collected(fingerprint: str) -> bool:
    """Whether the files of this fingerprint were collected, and all of them are still there."""
    try:
        if _fingerprint_file().read_text(encoding="utf-8") != fingerprint:
            return False
    except FileNotFoundError:
        return False
    # Storages without a manifest keep the names as they are.
    names = getattr(staticfiles_storage, "hashed_files", {}).values()
    return Path(settings.STATIC_ROOT).is_dir() and all(
        Path(settings.STATIC_ROOT, name).exists() for name in names
    )


def _fingerprint_file() -> Path:
    return Path(settings.VAR_DIR, "run", "static-files")
