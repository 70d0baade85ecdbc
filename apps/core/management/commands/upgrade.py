"""Move an installation of an older version to this code: a backup, then the migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

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
                if others := database.others_connected():
                    raise CommandError(
                        f"{others} others use the database. End web and workers on every machine"
                        " first: `make stop`."
                    )
                made = services.upgrade(to=to)
        except (BackupError, EmbeddedError, OSError) as error:
            raise CommandError(str(error)) from error
        if made:
            self.stdout.write(
                f"What was there before is in {made.folder}"
                f" (`make restore FROM={made.folder}`, with the older code)."
            )
        self.stdout.write("The database is as this version wants it. `make start` starts it.")
