"""Pairs that an export takes."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from apps.core import work
from apps.core.storage import folder
from apps.exports import queries
from apps.exports.choice.care import Care
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.models import Export
from apps.exports.services import export_start
from apps.exports.shape import Shape
from apps.exports.storing import stem
from apps.generation.models import Response
from apps.generation.prompting import Prompter, prompt_hash
from apps.review.models import Decision, Label
from apps.validation.models import Verdict
from tests.builders import make_user


def accept(response: Response, *, good: bool = True) -> Response:
    reviewer = make_user()
    value = Label.Value.GOOD if good else Label.Value.BAD
    label = Label.objects.create(response=response, reviewer=reviewer, value=value)
    Decision.objects.create(response=response, good=good, label=label)
    Verdict.objects.create(response=response, database="overall", outcome="passed", version=1)
    return response


def with_prompt(response: Response) -> Response:
    """Give the response's completion the hash of the prompt that really asks for it."""
    completion = response.completion
    assert completion
    prompter = Prompter(recipe=completion.recipe, stage="i_r", numbers=[1])
    completion.prompt_hash = prompt_hash(prompter.prompt(response.instruction))
    completion.save()
    return response


def write(
    filters: Filters | None = None, care: Care | None = None, shape: Shape | None = None
) -> Export:
    """An export that is finished."""
    export = export_start(filters=filters or Filters(), care=care, shape=shape)
    export_write(export=export, lease=work.Lease())
    unit = export.job.units.get()
    assert work.claim(unit_id=unit.pk, owner="test")
    work.finish(unit=unit, owner="test", result={})
    export.refresh_from_db()
    return export


def place(export: Export) -> Path:
    """The folder that the export's files lie in."""
    return folder("exports") / stem(export)


def file_of(export: Export, part: str = "pairs") -> Path:
    """A file of a finished export."""
    (offer,) = [one for one in queries.offers(export) if one.part == part]
    path = queries.path_of(export, offer)
    assert path
    return path


def environment() -> dict[str, str]:
    """What a process of its own needs to see this test's database and files."""
    here = connection.settings_dict
    host = here["HOST"].replace("/", "%2F")
    url = f"postgres://{here['USER']}:{here['PASSWORD']}@{host}:{here['PORT']}/{here['NAME']}"
    return os.environ | {"WINNOW_VAR": str(settings.VAR_DIR), "DATABASE_URL": url}


def run_here(code: str, *given: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own. `more` goes into its environment."""
    return subprocess.run(
        [sys.executable, "-c", code, *given], env=environment() | more, cwd=settings.BASE_DIR,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
