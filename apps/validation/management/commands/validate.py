"""`manage.py validate`: run stored responses again, chosen by a filter."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from apps.core import local, work
from apps.core.models import Job, WorkUnit
from apps.validation.models import OUTCOMES, OVERALL
from apps.validation.revalidating import (
    Filter,
    NothingToValidateError,
    outcomes_of,
    validation_start,
)

# Named, not imported, as in apps.core.work: no app imports the worker. With --here a unit is done
# by the very function that a worker does it with.
DO = "worker.validating.do"
EVERY = 1.0
UNFINISHED = (WorkUnit.Status.WAITING, WorkUnit.Status.LEASED)


class Command(BaseCommand):
    help = "Validate responses again: when rules or databases changed, or some failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", type=int, action="append", default=[], help="only this run")
        parser.add_argument(
            "--response", type=int, action="append", default=[], help="only this response"
        )
        parser.add_argument(
            "--outcome", action="append", default=[], choices=dict(OUTCOMES), help="only this one"
        )
        parser.add_argument("--database", default=OVERALL, help="whose verdict is meant (overall)")
        parser.add_argument(
            "--missing", action="store_true", help="only those without a verdict of --database"
        )
        parser.add_argument(
            "--older", action="store_true", help="only what earlier rules or checks judged"
        )
        parser.add_argument("--all", action="store_true", help="every response there is")
        parser.add_argument("--here", action="store_true", help="in this process, no worker needed")
        parser.add_argument("--background", action="store_true", help="return at once")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self._chosen(options)
        if options["here"] and options["background"]:
            raise CommandError("--here works in this process: leave --background out.")
        try:
            job = validation_start(
                chosen=chosen, told=lambda n: self.stdout.write(f"{n} responses to validate")
            )
        except NothingToValidateError as error:
            raise CommandError(str(error)) from error
        if options["background"]:
            self.stdout.write(f"Validation {job.pk} goes on in the background.")
            return
        ended = self._here(job) if options["here"] else self._follow(job)
        if ended:
            self._summary(job)

    def _chosen(self, options: dict[str, Any]) -> Filter:
        chosen = Filter(
            runs=tuple(options["run"]),
            responses=tuple(options["response"]),
            outcomes=tuple(options["outcome"]),
            database=options["database"],
            missing=options["missing"],
            older=options["older"],
        )
        if chosen == Filter() and not options["all"]:
            raise CommandError(
                "Say which responses: --run, --response, --outcome, --database, --missing,"
                " --older, or --all."
            )
        if chosen != Filter() and options["all"]:
            raise CommandError("--all takes every response: leave it or the filters out.")
        return chosen

    def _here(self, job: Job) -> bool:
        do = import_string(DO)
        total, done = job.units.count(), 0
        try:
            for _ in local.work_through(job=job, do=lambda unit, lease: do(unit, "", lease)):
                done += 1
                self._tell(done, total)
        except KeyboardInterrupt:
            work.stop_job(job=job)
            self.stdout.write(f"\nValidation {job.pk} was stopped. What is done is kept.")
            return False
        return True

    def _follow(self, job: Job) -> bool:
        total = job.units.count()
        try:
            while Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING).exists():
                self._tell(total - job.units.filter(status__in=UNFINISHED).count(), total)
                time.sleep(EVERY)
        except KeyboardInterrupt:
            self.stdout.write(f"\nValidation {job.pk} goes on in the background.")
            return False
        return True

    def _tell(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done} of {total} work units", ending="")
            self.stdout.flush()

    def _summary(self, job: Job) -> None:
        job.refresh_from_db()
        counts = outcomes_of(job)
        seconds = job.duration.total_seconds()
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(f"{counts.total()} responses in {seconds:.1f} s")
        for outcome, number in counts.most_common():
            self.stdout.write(f"{number:10,}  {outcome.replace('_', ' ')}")
        if job.status != Job.Status.DONE:
            raise CommandError(job.message or f"Validation {job.pk} was {job.status}.")
