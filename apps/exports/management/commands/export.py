"""`manage.py export`: accepted pairs as JSONL, with lineage and manifest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import local
from apps.exports.models import Export
from apps.exports.records import Filters
from apps.exports.services import export_start, export_write, folder
from apps.validation.models import OUTCOMES


class Command(BaseCommand):
    help = "Export accepted pairs as JSONL, with a lineage file and a manifest (SHA-256)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="copy the files there")
        parser.add_argument("--tag", default="winnow", help="a word in the file's name")
        parser.add_argument("--run", type=int, action="append", default=[], help="only this run")
        parser.add_argument("--outcome", action="append", default=[], choices=dict(OUTCOMES))
        parser.add_argument("--kind", action="append", default=[], help="only this statement kind")
        parser.add_argument("--licence", action="append", default=[], help="only this licence")
        parser.add_argument("--strength", type=float, default=0.0, help="least strength, 0 to 1")

    def handle(self, *args: Any, **options: Any) -> None:
        export = export_start(
            filters=Filters(
                runs=tuple(options["run"]),
                outcomes=tuple(options["outcome"]),
                kinds=tuple(options["kind"]),
                licences=tuple(options["licence"]),
                strength=options["strength"],
            ),
            tag=options["tag"],
        )
        for _ in local.work_through(
            job=export.job, do=lambda _, lease: export_write(export=export, lease=lease)
        ):
            pass
        export.refresh_from_db()
        export.job.refresh_from_db()
        if export.job.status != "done":
            raise CommandError(export.job.message or "The export was stopped.")
        self._tell(export, options["to"])

    def _tell(self, export: Export, target: Path | None) -> None:
        path = folder() / export.file_name
        if target:
            target.mkdir(parents=True, exist_ok=True)
            for name in (path.stem + ".lineage.jsonl", path.stem + ".manifest.json", path.name):
                shutil.copy2(path.with_name(name), target / name)
            path = target / path.name
        self.stdout.write(f"{export.rows} pairs, SHA-256 {export.sha256}\n{path}")
        for reason, number in export.manifest["left_out"].items():
            self.stderr.write(f"{number} accepted pairs were left out: {reason}")
