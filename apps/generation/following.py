"""Following a run on the command line until it ends."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from apps.core.models import Job
from apps.generation import funnel
from apps.generation.models import Run

EVERY = 1.0


def follow(run: Run, stdout: Any) -> Job:
    """Show a run's progress until its job ends; Ctrl-C only stops looking. Returns the job."""
    console = Console(file=stdout)
    bar = Progress(
        TextColumn("run {task.fields[run]}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} work units  {task.fields[note]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    try:
        with bar:
            line = bar.add_task("", total=None, run=run.pk, note="")
            while True:
                run.job.refresh_from_db()
                now = funnel.progress(run)
                bar.update(line, completed=now.units_done, total=now.units_total, note=_note(now))
                if not run.job.is_running:
                    break
                time.sleep(EVERY)
    except KeyboardInterrupt:
        console.print(f"Run {run.pk} goes on in the background.")
        return run.job
    show(run, console)
    return run.job


def show(run: Run, console: Console) -> None:
    """Print a run's funnel."""
    now = funnel.progress(run)
    title = f"run {run.pk}: {run.job.status}, {run.job.duration.total_seconds():.0f} s"
    table = Table("stage", "asked", "good", "rejected", "tokens", title=title)
    for stage in now.stages:
        figures = (stage.asked, stage.parsed, stage.rejected, stage.completion_tokens)
        table.add_row(stage.label, *(f"{figure:,}" for figure in figures))
    console.print(table)
    for stage_name, reason, number in now.reasons:
        console.print(f"  {stage_name}: {reason} {number}")
    if run.job.message:
        console.print(run.job.message)


def _note(now: funnel.Progress) -> str:
    counts = "  ".join(f"{stage.label} {stage.parsed}/{stage.asked}" for stage in now.stages)
    return f"{counts}  {now.tokens_per_second:.0f} tokens/s"
