"""`manage.py gather PATH…`: SQL files become seeds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from apps.core import local, work
from apps.seeds.gathering import (
    FILES_PER_CHUNK,
    GatherSettings,
    gathering_start,
    unit_do,
)
from apps.seeds.models import Gathering
from apps.seeds.readers.base import SourceError
from apps.seeds.summary import Summary, summary


class Command(BaseCommand):
    help = (
        "Gather seeds from folders, .sql files, archives, JSONL or Parquet files, or a Hugging"
        " Face data set (hf:bigcode/the-stack-dedup). Ctrl-C keeps what is done; --resume goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH")
        parser.add_argument("--limit", type=int, help="stop after this many seeds kept")
        parser.add_argument(
            "--text-column", help="column of a JSONL or Parquet file that has the SQL"
        )
        parser.add_argument(
            "--chunk", type=int, default=FILES_PER_CHUNK, help="files per work unit"
        )
        parser.add_argument("--resume", type=int, metavar="ID", help="go on with this gathering")
        parser.add_argument(
            "--background", action="store_true", help="leave the work to the workers and return"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        gatherings = [self._resumed(options["resume"])] if options["resume"] else []
        try:
            for path in options["paths"]:
                settings = GatherSettings(
                    text_column=options["text_column"], files_per_chunk=options["chunk"]
                )
                gatherings.append(
                    gathering_start(spec=path, settings=settings, limit=options["limit"])
                )
            if not gatherings:
                raise CommandError("Name a folder, a file or a data set: manage.py gather PATH")
            for gathering in gatherings:
                self._follow(gathering, options["background"])
        except SourceError as error:
            raise CommandError(str(error)) from error

    def _resumed(self, gathering_id: int) -> Gathering:
        try:
            gathering = Gathering.objects.select_related("job", "source").get(pk=gathering_id)
        except Gathering.DoesNotExist as error:
            raise CommandError(f"There is no gathering {gathering_id}.") from error
        work.resume_job(job=gathering.job)
        return gathering

    def _follow(self, gathering: Gathering, background: bool) -> None:
        if background:
            self.stdout.write(f"Gathering {gathering.pk} is in the queue.")
            return
        console = Console(file=self.stdout)
        try:
            _work(gathering, console)
        except KeyboardInterrupt:
            work.stop_job(job=gathering.job)
            console.print(
                f"Stopped. What is done is kept; go on with: manage.py gather --resume {gathering.pk}"
            )
            raise SystemExit(130) from None
        gathering.job.refresh_from_db()
        _print(console, gathering, summary(gathering))
        if gathering.job.status == "failed":
            raise CommandError(gathering.job.message)


def _work(gathering: Gathering, console: Console) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} chunks  {task.fields[seeds]} seeds"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        line = bar.add_task(gathering.source.spec, total=None, seeds=0)
        for _ in local.work_through(job=gathering.job, do=_do):
            now = summary(gathering)
            bar.update(line, completed=now.chunks_done, total=now.chunks, seeds=now.kept_total)


def _do(unit: Any, lease: work.Lease) -> dict[str, Any]:
    return unit_do(unit=unit, lease=lease)


def _print(console: Console, gathering: Gathering, told: Summary) -> None:
    seconds = gathering.job.duration.total_seconds()
    table = Table("what", "number", title=f"{gathering.source.spec} ({seconds:.1f} s)")
    table.columns[1].justify = "right"
    lines = [("files read", told.files_read), ("files known already", told.files_known)]
    lines += [(f"files not read: {code}", number) for code, number in told.files_unread]
    lines += [("statements", told.statements), ("seeds kept", told.kept_total)]
    lines += [(f"  kept: {code}", number) for code, number in told.kept]
    lines += [(f"  rejected: {code}", number) for code, number in told.rejected]
    for what, number in lines:
        table.add_row(what, f"{number:,}")
    console.print(table)
