"""`manage.py judge RUN`: a model scores a run's pairs by the rubric."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.generation.engines import DEFAULT_MODELS, default_choice
from apps.generation.models import Run
from apps.judge.models import Judging
from apps.judge.queries import standing_of
from apps.judge.services import SAMPLE, JudgeSpec, NothingToJudgeError, judging_start


class Command(BaseCommand):
    help = (
        "Have a run's pairs judged by a model, or show what came of it. Scores are kept apart from"
        " labels. Exit codes: 0 done or begun, 1 nothing to judge."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="the run's number")
        parser.add_argument("--engine", default="", choices=["", *DEFAULT_MODELS])
        parser.add_argument("--model", default="", help="name at the hub, or a folder")
        parser.add_argument("--revision", default="")
        parser.add_argument("--threshold", type=int, default=4, help="a pair is good from here (4)")
        parser.add_argument("--sample", type=int, default=SAMPLE, help=f"to calibrate ({SAMPLE})")
        parser.add_argument("--show", action="store_true", help="what came of earlier judgings")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}: manage.py runs lists them.")
        if options["show"]:
            self._show(run)
            return
        if not 1 <= options["threshold"] <= 5:
            raise CommandError("--threshold is a score, 1 to 5.")
        if options["sample"] < 0:
            raise CommandError("--sample must be 0 or more.")
        choice = default_choice(options["engine"])
        spec = JudgeSpec(
            choice.engine,
            options["model"] or choice.model,
            options["revision"] or choice.revision,
            options["threshold"],
        )
        try:
            judging = judging_start(run=run, spec=spec, sample=options["sample"])
        except NothingToJudgeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Judging {judging.pk} of run {run.pk} has begun: {judging.judge}.")

    def _show(self, run: Run) -> None:
        judgings = Judging.objects.filter(run=run).select_related("judge", "job").order_by("pk")
        if not judgings:
            raise CommandError(f"Run {run.pk} was not judged yet: manage.py judge {run.pk}")
        for judging in judgings:
            found = standing_of(judging)
            known = found.corrected or "not known"
            self.stdout.write(
                f"Judging {judging.pk}, {judging.judge}, {judging.job.get_status_display()}:"
                f" calls good {found.apparent}; agreement {found.confusion.agreement},"
                f" sensitivity {found.confusion.sensitivity},"
                f" specificity {found.confusion.specificity}; corrected {known}"
            )
