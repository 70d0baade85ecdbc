"""`manage.py import_pairs FILE…`: finished pairs come into the review queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.generation.importing import ImportRefusedError, pairs_import
from apps.generation.models import Import

SHOWN = 10


class Command(BaseCommand):
    help = (
        "Bring in finished pairs, JSONL or a JSON array of records with instruction and response:"
        " they are validated and wait for reviewers. A file comes in once, however often it is"
        " named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        refused = 0
        for path in options["files"]:
            try:
                with path.open("rb") as stream:
                    made, is_new = pairs_import(stream=stream, file_name=path.name)
            except (OSError, ImportRefusedError) as error:
                refused += 1
                self.stderr.write(f"{path}: {error}")
            else:
                self._tell(made, is_new)
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files were not brought in.")

    def _tell(self, made: Import, is_new: bool) -> None:
        if not is_new:
            self.stdout.write(f"{made.file_name} is here already, as import {made.pk}.")
            return
        self.stdout.write(
            f"{made.file_name}: {made.rows:,} pairs, {made.rejected:,} rows rejected. They wait for"
            " reviewers when the workers have validated them."
        )
        for bad in made.rejections[:SHOWN]:
            self.stderr.write(f"  line {bad['line']}: {bad['reason']}: {bad['message']}")
        if made.rejected > SHOWN:
            self.stderr.write(f"  … and {made.rejected - SHOWN:,} more")
