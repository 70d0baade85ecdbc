"""`manage.py import_pairs FILE…`: finished pairs come into the review queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import local, work
from apps.core.models import WorkUnit
from apps.generation.importing import QUEUE, import_read, import_start
from apps.generation.models import Import

SHOWN = 10


class Command(BaseCommand):
    help = (
        "Bring in finished pairs from JSONL, a JSON array or Parquet: records with instruction and"
        " response, chat (messages), ShareGPT, Alpaca, or prompt and completion. They are validated"
        " and wait for reviewers. A file comes in once, however often it is named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        refused = 0
        for path in options["files"]:
            try:
                made, is_new = import_start(path=path.resolve(), file_name=path.name)
            except OSError as error:
                refused += 1
                self.stderr.write(f"{path}: {error}")
            else:
                refused += not self._read(made, is_new)
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files were not brought in.")

    def _read(self, made: Import, is_new: bool) -> bool:
        """Read it here and tell what came of it; whether it is in."""
        if not is_new and made.rows:
            self.stdout.write(f"{made.file_name} is here already, as import {made.pk}.")
            return True
        assert made.job
        try:
            for _ in local.work_through(job=made.job, do=_do, queue=QUEUE):
                pass
        except (KeyboardInterrupt, work.JobStoppedError):
            self.stderr.write(f"Stopped in {made.file_name}. The workers, if any, go on with it.")
            raise SystemExit(130) from None
        made.refresh_from_db()
        self._tell(made)
        return made.rows > 0

    def _tell(self, made: Import) -> None:
        if not made.rows:
            assert made.job
            made.job.refresh_from_db()
            self.stderr.write(f"{made.file_name}: {made.job.message}")
            return
        self.stdout.write(
            f"{made.file_name}: {made.rows:,} pairs, {made.rejected:,} rows rejected. They wait for"
            " reviewers when the workers have validated them."
        )
        for bad in made.rejections[:SHOWN]:
            self.stderr.write(f"  line {bad['line']}: {bad['reason']}: {bad['message']}")
        if made.rejected > SHOWN:
            self.stderr.write(f"  … and {made.rejected - SHOWN:,} more")


def _do(unit: WorkUnit, lease: work.Lease) -> dict[str, Any]:
    return import_read(unit=unit, lease=lease)
