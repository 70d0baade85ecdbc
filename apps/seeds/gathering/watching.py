"""Looking at a gathering from the command line: progress, workers, and the figures at the end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from apps.core import work
from apps.core.models import Job
from apps.seeds.gathering.summary import Summary, summary
from apps.seeds.models import Gathering

LOOK_SECONDS = 0.5
LINE_SECONDS = 30.0  # between lines where there is no terminal to draw a bar on
END_SECONDS = 30


class WorkersDiedError(Exception):
    """Every process of --workers has ended and the work has not."""


class Watch:
    """A bar with rate and remaining time on a terminal, a line now and then anywhere else."""

    def __init__(self, gathering: Gathering, stdout: Any) -> None:
        self._gathering = gathering
        self._console = Console(file=stdout)
        self._started = self._looked = self._written = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[figures]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._line = self._bar.add_task(_short(gathering.source.spec), total=1.0, figures="")

    def __enter__(self) -> Watch:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def look(self) -> None:
        """Show where it stands; called often, looks twice a second."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        told = summary(self._gathering)
        self._bar.update(self._line, completed=told.done_share, figures=figures(told))
        if not self._console.is_terminal and now - self._written >= LINE_SECONDS:
            self._written = now
            self._console.print(f"{told.done_share:.0%}  {figures(told)}", highlight=False)

    def print_end(self) -> None:
        """The figures of the gathering, and everything that was rejected by reason."""
        told = summary(self._gathering)
        seconds = time.monotonic() - self._started
        # Not as the table's title: a long path would be broken to the width of the table.
        self._console.print(
            f"Gathering {self._gathering.pk}: {self._gathering.source.spec} ({seconds:.1f} s)",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        table = Table("what", "number")
        table.columns[1].justify = "right"
        lines = [("files read", told.files_read), ("files known already", told.files_known)]
        lines += [(f"files not read: {code}", number) for code, number in told.files_unread]
        lines += [("statements", told.statements), ("seeds kept", told.kept_total)]
        lines += [(f"  kept: {code}", number) for code, number in told.kept]
        lines += [(f"  rejected: {code}", number) for code, number in told.rejected]
        lines += [(f"no statement: {code}", number) for code, number in told.no_statements]
        for what, number in lines:
            table.add_row(what, f"{number:,}")
        self._console.print(table)
        if told.hint:
            self._console.print(told.hint, highlight=False)


def figures(told: Summary) -> str:
    """One line: files, rate, seeds, remaining time; while it is planned, what is found so far."""
    if told.files_expected is None and not told.files_total:
        return f"looking what is there: {told.chunks:,} chunks so far"
    expected = f"/{told.files_expected:,}" if told.files_expected is not None else ""
    remaining = f", {told.remaining} left" if told.remaining is not None else ""
    return (
        f"{told.files_total:,}{expected} files, {told.files_per_second:,.0f}/s,"
        f" {told.kept_total:,} seeds{remaining}"
    )


class Crew:
    """Processes that work on one gathering, each `manage.py gather --join ID`."""

    def __init__(self, gathering: Gathering, size: int) -> None:
        self._job = gathering.job
        command = [sys.executable, "manage.py", "gather", "--join", str(gathering.pk)]
        # Sessions of their own: Ctrl-C comes to them through us, after the job has been stopped.
        self._processes = [
            subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)
            for _ in range(size)
        ]

    def work(self, watch: Watch) -> None:
        """Watch until the job ends. Raises WorkersDiedError when nobody is left to do it."""
        try:
            while Job.objects.filter(pk=self._job.pk, status=Job.Status.RUNNING).exists():
                if all(process.poll() is not None for process in self._processes):
                    self._check_ended()
                    return
                watch.look()
                time.sleep(LOOK_SECONDS / 2)
        except KeyboardInterrupt:
            work.stop_job(job=self._job)
            raise
        finally:
            self._end()

    def _check_ended(self) -> None:
        self._job.refresh_from_db()
        if self._job.is_running:
            codes = ", ".join(str(process.returncode) for process in self._processes)
            raise WorkersDiedError(
                f"All worker processes ended (exit codes {codes}) before the work did; what is"
                " done is kept. Their messages stand above; go on with --resume."
            )

    def _end(self) -> None:
        """Ask those that are still there to end, then make them."""
        self._job.refresh_from_db()
        if self._job.status != Job.Status.DONE:
            for process in self._processes:
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + END_SECONDS
        for process in self._processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _short(spec: str) -> str:
    return spec if len(spec) <= 40 else f"…{spec[-39:]}"
