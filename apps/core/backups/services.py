"""Making a backup, bringing one back, and moving an installation to this code."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.core import preparing
from apps.core.backups import database, files, manifest
from apps.core.backups.manifest import BackupError, Manifest


def default_folder() -> Path:
    """Beside var/, which `make clean-data` empties."""
    return Path(settings.BASE_DIR) / "backups"


@dataclass(frozen=True, slots=True)
class Made:
    folder: Path
    files: int
    bytes: int


def backup(*, to: Path) -> Made:
    """Back the installation up into a new folder below `to`, also while it runs.

    The folder has its name only when everything is in it. The files are read after the database:
    whatever a row names is there.

    :raises BackupError: the database refuses; OSError: the disk does.
    """
    now = datetime.now(UTC)
    folder = to / f"winnow-{now:%Y%m%d-%H%M%S}"
    scratch = to / f".{folder.name}"
    scratch.mkdir(parents=True, mode=0o700)
    try:
        count = _fill(scratch, now)
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    size = sum(path.stat().st_size for path in folder.iterdir())
    return Made(folder=folder, files=count, bytes=size)


def _fill(folder: Path, now: datetime) -> int:
    dump, archive = folder / manifest.DATABASE, folder / manifest.FILES
    migrations, server = manifest.applied_migrations(), manifest.postgres_version()
    database.dump(dump)
    count = files.pack(Path(settings.VAR_DIR), archive)
    told = Manifest(
        winnow=manifest.winnow_version(),
        made_at=now.isoformat(timespec="seconds"),
        postgres=server,
        migrations=migrations,
        sha256={path.name: manifest.hash_of(path) for path in (dump, archive)},
    )
    manifest.write(folder, told)
    return count


def check(*, folder: Path) -> Manifest:
    """The manifest of a backup that this code can bring back now.

    :raises BackupError: it is not whole, from newer code, or somebody uses the database.
    """
    told = manifest.read(folder)
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {".".join(key) for key in loader.disk_migrations}
    replaced = {".".join(key) for each in loader.disk_migrations.values() for key in each.replaces}
    if unknown := sorted(set(told.migrations) - known - replaced):
        raise BackupError(
            f"The backup is of Winnow {told.winnow}, which is newer than this code"
            f" ({manifest.winnow_version()}): it has {unknown[0]}. Bring that version first."
        )
    if others := database.others_connected():
        raise BackupError(
            f"{others} others use the database. End web and workers on every machine first:"
            " `make stop`."
        )
    return told


def restore(*, folder: Path) -> None:
    """Put a checked backup in the place of everything that is there, and migrate it to this code.

    :raises BackupError: nothing was changed, or (said so) the database only.
    """
    connection.close()
    database.restore(folder / manifest.DATABASE)
    try:
        files.unpack(folder / manifest.FILES, Path(settings.VAR_DIR))
    except (BackupError, OSError) as error:
        raise BackupError(
            f"The database is restored, the files are not: {error}. Restore again once that is"
            " mended."
        ) from error
    preparing.migrate()


def has_data() -> bool:
    """Whether the database has tables of ours already."""
    return "django_migrations" in connection.introspection.table_names()


def upgrade(*, to: Path) -> Made | None:
    """Migrate the database to this code, after a backup where there is something to lose.

    Returns the backup; None where the database was empty or is as it must be.
    """
    if not preparing.migrations_unapplied():
        return None
    if not has_data():
        preparing.migrate()
        return None
    made = backup(to=to)
    call_command("migrate", interactive=False, verbosity=1)
    return made
