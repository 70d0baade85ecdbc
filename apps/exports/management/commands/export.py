"""`manage.py export`: accepted pairs in files, with lineage and manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeElapsedColumn
from rich.text import Text

from apps.core import local, work
from apps.exports import asking, queries
from apps.exports.exporting import export_write
from apps.exports.fetching import fetch_all
from apps.exports.models import Export
from apps.exports.services import export_start, rows_written

STOPPED = "The export was stopped; no file was made."


class _Rows(ProgressColumn):
    """Rows that are written, whoever writes them."""

    max_refresh = 0.5

    def __init__(self, export: Export) -> None:
        super().__init__()
        self._export = export

    def render(self, task: Task) -> Text:  # noqa: ARG002  rich's form
        return Text(f"{rows_written(self._export):,} pairs")


class Command(BaseCommand):
    help = "Export accepted pairs, with a lineage file and a manifest (SHA-256)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="copy the files there")
        parser.add_argument("--tag", default="winnow", help="a word in the file's name")
        asking.add_filters(parser)
        asking.add_care(parser)
        asking.add_shape(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            filters = asking.filters_of(options)
        except asking.AskingError as error:
            raise CommandError(str(error)) from error
        export = export_start(
            filters=filters,
            care=asking.care_of(options),
            shape=asking.shape_of(options),
            tag=options["tag"],
        )
        self._work(export)
        export.refresh_from_db()
        export.job.refresh_from_db()
        if export.job.status != "done":
            raise CommandError(export.job.message or STOPPED)
        self._tell(export, options["to"])

    def _work(self, export: Export) -> None:
        """Write it here, unless a worker was quicker; show the rows that either has written."""
        self.stdout.write(f"Export {export.pk} has begun.")
        stream: Any = self.stdout
        console = Console(file=stream)
        columns = (BarColumn(), _Rows(export), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            bar.add_task("", total=None)
            try:
                for _ in local.work_through(
                    job=export.job, do=lambda _, lease: export_write(export=export, lease=lease)
                ):
                    pass
            except work.JobStoppedError as error:
                raise CommandError(STOPPED) from error
            except KeyboardInterrupt:
                work.stop_job(job=export.job)
                raise CommandError(STOPPED, returncode=130) from None

    def _tell(self, export: Export, target: Path | None) -> None:
        if target:
            fetch_all(export, target)
        for offer in queries.offers(export):
            if offer.split:
                path = target / offer.name if target else queries.path_of(export, offer)
                self.stdout.write(str(path or offer.name))
        self.stdout.write(f"{export.rows} pairs, SHA-256 {export.sha256}")
        for reason, number in export.manifest["left_out"].items():
            self.stderr.write(f"{number} pairs were left out: {reason}")
