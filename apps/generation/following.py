"""Following a run on the command line until it ends."""

from __future__ import annotations

import time
from typing import Any

from django.template.defaultfilters import pluralize
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from apps.core.evidence import percent
from apps.core.models import Job
from apps.generation import funnel
from apps.generation.caching import cached_share
from apps.generation.controls import why_fewer
from apps.generation.costs import costs_of
from apps.generation.models import Run

EVERY = 1.0
LINE_SECONDS = 30.0  # between lines where there is no terminal to draw a bar on
HINT_SECONDS = 10.0  # a worker that is there takes a unit sooner than that


class _View:
    """A bar on a terminal, a line now and then anywhere else; errors of units on both, once."""

    def __init__(self, run: Run, console: Console) -> None:
        self._run, self._console = run, console
        self._told: set[str] = set()
        self._written = self._busy = time.monotonic()
        self._bar = Progress(
            TextColumn("run {task.fields[run]}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} work units  {task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._line = self._bar.add_task("", total=None, run=run.pk, note="")

    def __enter__(self) -> _View:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def look(self, now: funnel.Progress) -> None:
        done, total, note = now.units_done, now.units_total, _note(now)
        self._bar.update(self._line, completed=done, total=total, note=note)
        for error, units in now.errors:
            number = f"{units} work unit{pluralize(units)}"
            self._tell(error, f"{number} did not succeed yet: {error}")
        moment = time.monotonic()
        self._busy = self._busy if now.nobody_works else moment
        if moment - self._busy >= HINT_SECONDS:
            self._tell("", "No worker takes the work. `make start` starts one; this waits for it.")
        if not self._console.is_terminal and moment - self._written >= LINE_SECONDS:
            self._written = moment
            self._print(f"run {self._run.pk}: {done}/{total} work units  {note}")

    def _tell(self, key: str, text: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(escape(text), highlight=False, soft_wrap=True)


def follow(run: Run, stdout: Any) -> Job:
    """Show a run's progress until its job ends; Ctrl-C only stops looking. Returns the job."""
    console = Console(file=stdout)
    try:
        with _View(run, console) as view:
            while True:
                run.job.refresh_from_db()
                view.look(funnel.progress(run))
                if not run.job.is_running:
                    break
                time.sleep(EVERY)
    except KeyboardInterrupt:
        console.print(f"Run {run.pk} goes on in the background.")
        return run.job
    show(run, console)
    return run.job


def show(run: Run, console: Console) -> None:
    """Print a run's funnel, its reasons and its cost."""
    now = funnel.progress(run)
    title = f"run {run.pk}: {run.job.status}, {run.job.duration.total_seconds():.0f} s"
    table = Table("stage", "asked", "good", "rejected", "tokens", title=title)
    for stage in now.stages:
        figures = (stage.asked, stage.parsed, stage.rejected, stage.completion_tokens)
        table.add_row(stage.label, *(f"{figure:,}" for figure in figures))
    console.print(table)
    for one in now.reasons:
        said = f"  ({one.message})" if one.message else ""
        line = f"  {one.stage}: {one.label} {one.number}{said}"
        console.print(escape(line), highlight=False, soft_wrap=True)
    _show_cost(run, console)
    if earlier := funnel.written_before(run):
        runs = ", ".join(str(other.pk) for other in earlier)
        console.print(
            "Nothing new was written: this recipe had answers for these seeds already, from run"
            f" {runs}. For new ones name another --random-seed, more seeds or more responses.",
            soft_wrap=True,
        )
    for told in filter(None, (run.job.message, why_fewer(run))):
        console.print(escape(told), highlight=False, soft_wrap=True)


def _show_cost(run: Run, console: Console) -> None:
    """What the run's page shows of the prefix cache, and of what was spent as far as it is counted
    (in the background).
    """
    cached = cached_share(run)
    if cached.prompt:
        measured, expected = percent(cached.measured_share), percent(cached.expected_share)
        told = f"{measured} of prompt tokens from the cache, {expected} expected."
        console.print(told, highlight=False, soft_wrap=True)
    cost = costs_of([run]).get(run.pk)
    if cost is None:
        return
    by = ("per response", "per passed pair", "per accepted pair")
    table = Table(Column("spent, as far as counted", no_wrap=True), "in all", *by)
    for line in cost.lines:
        each = (line.each, line.per_passed, line.per_accepted)
        shares = ("–" if value is None else f"{value:,.1f}" for value in each)
        table.add_row(line.label, f"{line.total:,.0f}", *shares)
    console.print(table)
    told = f"Passed: {cost.pass_rate}; accepted: {cost.acceptance}."
    console.print(told, highlight=False, soft_wrap=True)


def _note(now: funnel.Progress) -> str:
    counts = "  ".join(f"{stage.label} {stage.parsed}/{stage.asked}" for stage in now.stages)
    left = "" if now.remaining is None else f"  about {now.remaining} left"
    return f"{counts}  {now.tokens_per_second:.0f} tokens/s{left}"
