"""What a backup says of itself."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

NAME = "manifest.json"
DATABASE, FILES = "database.dump", "files.tar.zst"
_MOST_BYTES = 1024 * 1024


class BackupError(Exception):
    """A backup cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`sha256`: of each file of the backup, in hexadecimal. `migrations`: "app.name", sorted."""

    winnow: str
    made_at: str
    postgres: str
    migrations: list[str]
    sha256: dict[str, str]


def winnow_version() -> str:
    """The version of this code, as pyproject.toml has it."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def applied_migrations() -> list[str]:
    """The migrations that the database names as applied."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def postgres_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Put the manifest beside the files it speaks of."""
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were when it was made.

    :raises BackupError: it is none, or a file is missing or changed.
    """
    try:
        with (folder / NAME).open("rb") as file:
            manifest = Manifest(**json.loads(file.read(_MOST_BYTES)))
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {NAME}.") from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder / NAME} cannot be read: {error}") from error
    for name in (DATABASE, FILES):
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{folder} is not whole: {name} is missing.")
        if hash_of(path) != manifest.sha256.get(name):
            raise BackupError(f"{path} is not what was backed up: its SHA-256 is another.")
    return manifest
