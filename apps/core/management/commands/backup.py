"""Back this installation up: database and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from apps.core.backups import database, services
from apps.core.backups.manifest import BackupError
from apps.core.embedded import EmbeddedError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to",
            type=Path,
            default=services.default_folder(),
            help="where the backup's folder is made (default: %(default)s)",
        )

    def handle(self, *args: Any, to: Path, **options: Any) -> None:
        try:
            with database.answering():
                made = services.backup(to=to)
        except (BackupError, EmbeddedError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{made.folder}: the database and {made.files} files,"
            f" {filesizeformat(made.bytes)}. `make restore FROM={made.folder}` brings them back."
        )
