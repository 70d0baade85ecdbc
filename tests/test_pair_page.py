"""docs/pair.md: what the page says is stored is what is stored, when its seed goes the whole way.

The model is a stand-in that answers what the page has it answer; gathering, prompts, parsing,
sandbox, queue, label and export are real.
"""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.fewshot.models import Version
from apps.generation.models import Completion, Concepts, Instruction, Response
from apps.generation.recipes import RecipeSpec, recipe_get_or_create
from apps.generation.runs import Selection, run_start
from apps.review.models import Decision, Entry, Label
from apps.seeds.models import Seed
from apps.validation.models import StoredReading, Verdict
from tests.builders import make_user
from tests.exports.building import file_of, write
from tests.studio.building import do_all
from tests.worker.conftest import fake as fake
from tests.worker.fake_server import FakeServer, completion, says
from tests.worker.serving import serve

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = (Path(__file__).parents[1] / "docs" / "pair.md").read_text()


def tables() -> dict[str, dict[str, str]]:
    """What the page says of each row: column → value, by what its table is headed."""
    heads = r"^\| of the ([^|]+?) +\| value +\|\n\| -+ \| -+ \|\n((?:\|.*\n)+)"
    return {
        what: dict(re.findall(r"^\| `([\w.]+)` +\| (.*?) +\|$", rows, re.M))
        for what, rows in re.findall(heads, PAGE, re.M)
    }


def block(language: str, number: int = 0) -> str:
    fence = "````" if language == "markdown" else "```"
    found = re.findall(rf"^{fence}{language}\n(.*?)^{fence}$", PAGE, re.M | re.S)
    return str(found[number])


def quoted() -> str:
    return " ".join(re.findall(r"^> (.*)$", PAGE, re.M))


def told(value: Any) -> str:
    """A stored value as the page writes it: prose as it is, all else as code."""
    if isinstance(value, str):
        return value if " " in value else f"`{value}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def of(row: Any, column: str) -> Any:
    """A column, or what it leads to: `file.path`, `properties.task`."""
    for part in column.split("."):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def go_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: FakeServer) -> None:
    """The page's file is gathered, written from, run, labelled and exported."""
    (tmp_path / "code" / "shop").mkdir(parents=True)
    (tmp_path / "code" / "shop" / "late.sql").write_text(block("sql"))
    call_command("gather", tmp_path / "code", verbosity=0)
    call_command("import_fewshot", verbosity=0)
    concepts, instruction, response = block("text").strip(), quoted(), block("markdown")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = json.dumps(handler.question, ensure_ascii=False)  # type: ignore[attr-defined]
        if "lists `name` and loan" in asked:
            text = response
        else:
            text = instruction if concepts in asked else concepts
        says(completion(text))(handler)

    fake.always = answer
    serve(monkeypatch, fake.url)
    spec = RecipeSpec(
        engine="url",
        model="bigcode/starcoder2-15b",
        responses=1,
        random_seed=3,
        tasks=("write",),
        styles=("imperative",),
        dialects=("sqlite",),
    )
    recipe = recipe_get_or_create(fewshot=Version.objects.get(), spec=spec)
    run_start(recipe=recipe, selection=Selection(count=1))
    do_all()


def press_good(client: Client) -> None:
    client.force_login(make_user("reviewer", "rosa"))
    client.get(reverse("review:index"))
    pair = Response.objects.get()
    client.post(reverse("review:label", args=[pair.pk]), {"value": "good", "seconds": "6.5"})


def stored(entry: Entry) -> dict[str, Any]:
    """The rows of the page by what their tables are headed; `entry` as it was before the label."""
    export = write()
    completions = {
        f"completion ({stage})": Completion.objects.get(stage=code)
        for stage, code in (("S→C", "s_c"), ("C→I", "c_i"), ("I→R", "i_r"))
    }
    return completions | {
        "seed": Seed.objects.get(),
        "concepts": Concepts.objects.get(),
        "instruction": Instruction.objects.get(),
        "response": Response.objects.get(),
        "verdict": Verdict.objects.get(database="sqlite"),
        "overall verdict": Verdict.objects.get(database="overall"),
        "entry": entry,
        "label": Label.objects.get(),
        "decision": Decision.objects.get(),
        "exported line": json.loads(file_of(export).read_text()),
        "line of lineage": json.loads(file_of(export, "lineage").read_text()),
    }


def test_the_rows_of_the_page_are_those_that_are_stored(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fake: FakeServer,
    settings: Settings,
    client: Client,
) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    go_the_whole_way(tmp_path, monkeypatch, fake)
    entry = Entry.objects.get()
    # A position ends with the pair's number, and the page's pair is the first.
    entry.position -= entry.response_id - 1
    press_good(client)
    rows = stored(entry)
    shown = tables()
    assert shown.keys() == rows.keys() and all(shown.values())
    differing = {
        f"{what}: {column}": (stored_value, value)
        for what, columns in shown.items()
        for column, value in columns.items()
        if (stored_value := told(of(rows[what], column))) != value
    }
    assert differing == {}  # what is stored, and what the page says
    the_rest_of_what_it_says_is_true(rows)


def the_rest_of_what_it_says_is_true(rows: dict[str, Any]) -> None:
    """What stands in its sentences, and the texts above its tables."""
    line, lineage = rows["exported line"], rows["line of lineage"]
    assert Entry.objects.get().state == "done"
    assert rows["instruction"].text == line["instruction"] == quoted()
    assert rows["response"].text.strip() == line["response"].strip() == block("markdown").strip()
    assert line["seed"] == rows["seed"].text == block("sql").partition("\n")[2].strip().rstrip(";")
    asked = rows["completion (I→R)"]
    assert lineage["prompt_sha256"] == bytes(asked.prompt_hash).hex()
    assert rows["label"].judged is not None and StoredReading.objects.count() == 1
    survivor = rows["verdict"].survivor["sql"]
    assert "ORDER BY" not in survivor and 0 < rows["verdict"].strength < 1
