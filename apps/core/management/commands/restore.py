"""Bring a backup back in the place of everything that is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.backups import database, services
from apps.core.backups.manifest import BackupError
from apps.core.embedded import EmbeddedError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that `backup` has made")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, folder: Path, yes: bool, **options: Any) -> None:
        try:
            with database.answering():
                told = services.check(folder=folder)
                if services.has_data() and not yes and not self._agreed():
                    raise CommandError("Nothing was changed.")
                services.restore(folder=folder)
        except (BackupError, EmbeddedError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored what was backed up at {told.made_at}. `make start` starts it.")

    def _agreed(self) -> bool:
        self.stdout.write("Seeds, pairs, labels, exports of this installation are replaced.")
        if not sys.stdin.isatty():
            self.stdout.write("Nobody is there to ask: YES=1 (--yes) replaces without asking.")
            return False
        return input("Type yes to replace them: ").strip().lower() == "yes"
