"""`manage.py reparse`: a newer parser over what models wrote before, without asking them again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.generation.models import Run
from apps.generation.reparsing import Reparsed, run_reparse
from apps.review.models import Correction, Label


class Command(BaseCommand):
    help = (
        "Read stored completions once more: rejected ones that can be read now go on to the next"
        " stage; good ones that read otherwise are told, and changed only with --change where"
        " nobody has labelled or corrected them. Exit codes: 0 done, 1 no such run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("runs", nargs="*", type=int, metavar="RUN", help="numbers of runs")
        parser.add_argument("--all", action="store_true", help="every run")
        parser.add_argument("--change", action="store_true", help="change what reads otherwise")
        parser.add_argument("--dry-run", action="store_true", help="only tell, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["runs"]) == options["all"]:
            raise CommandError("Name runs, or --all.")
        runs = Run.objects.select_related("job", "recipe").order_by("pk")
        if not options["all"]:
            runs = runs.filter(pk__in=options["runs"])
            missing = sorted(set(options["runs"]) - {run.pk for run in runs})
            if missing:
                raise CommandError(f"There is no run {missing[0]}: manage.py runs lists them.")
        for run in runs:
            found = run_reparse(
                run=run,
                settled=settled_by_people,
                change=options["change"],
                dry_run=options["dry_run"],
            )
            self._tell(run, found)
        if options["dry_run"]:
            self.stdout.write("Nothing was changed: this was a dry run.")

    def _tell(self, run: Run, found: Reparsed) -> None:
        self.stdout.write(
            f"Run {run.pk}: {found.read:,} completions read, {found.rescued:,} rejected ones are"
            f" good now, {found.other_reason:,} are rejected for another reason;"
            f" {found.differ:,} good ones read otherwise, {found.changed:,} of them changed,"
            f" {found.settled:,} kept because a person judged them."
        )
        for line in found.told:
            self.stdout.write(f"  {line}")


def settled_by_people(response_ids: Collection[int]) -> set[int]:
    """Of these responses, those that somebody has labelled or corrected."""
    settled: set[int] = set()
    for model in (Label, Correction):
        rows = model.objects.filter(response__in=response_ids)
        settled |= set(rows.values_list("response", flat=True))
    return settled
