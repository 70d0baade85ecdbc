"""`manage.py runs`: the runs there are, and what is done with one: pause, resume, cancel, …"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize
from rich.console import Console

from apps.generation import controls, following
from apps.generation.limits import Limits
from apps.generation.management.limit_options import add_limit_options, limits_of
from apps.generation.models import Run

BY = "the command line"
SHOWN = 20


class Command(BaseCommand):
    help = "List runs, show one, pause, resume, cancel, extend, retry or limit it."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        actions.add_parser("list", help="the newest runs (the default)")
        _one(actions, "show", "its funnel, why completions were rejected, and its cost")
        _one(actions, "pause", "leave it alone until it is resumed")
        _one(actions, "resume", "let a paused, stopped or failed one go on")
        _one(actions, "cancel", "end it for good; what is written is kept")
        _one(actions, "retry", "ask again for what was rejected")
        extend = _one(actions, "extend", "more seeds, more responses, or both")
        extend.add_argument("--seeds", type=int, default=0, help="how many more seeds")
        extend.add_argument(
            "--responses", type=int, default=0, help="how many more per instruction"
        )
        add_limit_options(_one(actions, "limit", "when it stops by itself; none: never"))

    def handle(self, *args: Any, **options: Any) -> None:
        action = options["action"] or "list"
        if action == "list":
            self._list()
            return
        run = _run(options["run"])
        try:
            getattr(self, f"_{action}")(run, options)
        except controls.ControlError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        runs = Run.objects.without_tries().select_related("job", "recipe").order_by("-pk")[:SHOWN]
        for run in runs:
            status, seeds = run.job.get_status_display(), f"{run.seeds_total:,} seeds"
            self.stdout.write(f"{run.pk:>6}  {status:<9}  {seeds:>15}  {run.recipe.model}")
        if not runs:
            self.stdout.write("No runs yet: manage.py generate --count 100 starts one.")

    def _show(self, run: Run, options: dict[str, Any]) -> None:
        following.show(run, Console(file=self.stdout))  # type: ignore[arg-type]

    def _pause(self, run: Run, options: dict[str, Any]) -> None:
        controls.run_pause(run=run, by=BY)
        self.stdout.write(f"Run {run.pk} is paused. manage.py runs resume {run.pk} lets it go on.")

    def _resume(self, run: Run, options: dict[str, Any]) -> None:
        controls.run_resume(run=run)
        self.stdout.write(f"Run {run.pk} goes on.")

    def _cancel(self, run: Run, options: dict[str, Any]) -> None:
        controls.run_cancel(run=run, by=BY)
        self.stdout.write(f"Run {run.pk} is cancelled. What it wrote is kept and validated.")

    def _retry(self, run: Run, options: dict[str, Any]) -> None:
        number = controls.run_retry(run=run)
        self.stdout.write(
            f"Run {run.pk} asks again for {number:,} rejected completion{pluralize(number)}."
        )

    def _extend(self, run: Run, options: dict[str, Any]) -> None:
        seeds, responses = options["seeds"], options["responses"]
        taken = controls.run_extend(run=run, seeds=seeds, responses=responses)
        self.stdout.write(controls.extended(run, wanted=seeds, taken=taken, responses=responses))

    def _limit(self, run: Run, options: dict[str, Any]) -> None:
        limits = limits_of(options)
        controls.run_limit(run=run, limits=limits)
        self.stdout.write(f"Run {run.pk} stops by itself {said(limits)}.")


def said(limits: Limits) -> str:
    """The limits in one line."""
    return ", or ".join(limits.sentences) or "never"


def _one(actions: Any, name: str, text: str) -> CommandParser:
    parser: CommandParser = actions.add_parser(name, help=text, description=text)
    parser.add_argument("run", type=int, help="the run's number")
    return parser


def _run(number: int) -> Run:
    run = Run.objects.select_related("job", "recipe__fewshot").filter(pk=number).first()
    if run is None:
        raise CommandError(f"There is no run {number}: manage.py runs lists them.")
    return run
