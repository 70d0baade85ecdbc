"""Pages of imports: who may bring files in, how far one is, what became of it."""

import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.generation import import_reading, importing
from apps.generation.models import Import, Response
from apps.generation.words import IMPORT_REASONS
from tests.builders import make_user
from tests.pages import markup
from worker import tasks

pytestmark = pytest.mark.django_db
RECORD = json.dumps({"instruction": "Count the users.", "response": "SELECT 1"})


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


@pytest.fixture
def editor(settings: Settings, tmp_path: Path) -> Client:
    settings.VAR_DIR = tmp_path
    client = Client()
    client.force_login(make_user("editor"))
    return client


def send(client: Client, content: str, name: str = "pairs.jsonl") -> Import:
    upload = SimpleUploadedFile(name, content.encode())
    answer = client.post(reverse("generation:import-new"), {"file": upload})
    made = Import.objects.select_related("job").latest("pk")
    assert answer.headers["Location"] == reverse("generation:import", args=[made.pk])
    return made


def page_of(client: Client, made: Import, **headers: str) -> str:
    return markup(client.get(reverse("generation:import", args=[made.pk]), headers=headers))


def test_who_may_do_what(client: Client) -> None:
    for name, args in (("imports", []), ("import-new", []), ("import", [1]), ("import-stop", [1])):
        assert client.get(reverse(f"generation:{name}", args=args)).status_code == 302
    client.force_login(make_user("reviewer"))
    assert client.get(reverse("generation:imports")).status_code == 200
    assert client.get(reverse("generation:import-new")).status_code == 403
    assert client.get(reverse("generation:import", args=[10**12])).status_code == 404
    for name in ("import-stop", "import-resume"):
        assert client.get(reverse(f"generation:{name}", args=[1])).status_code == 405
        assert client.post(reverse(f"generation:{name}", args=[1])).status_code == 403


def test_a_file_is_stored_and_its_page_follows_the_reading(editor: Client) -> None:
    made = send(editor, f"{RECORD}\n{{'broken': 1}}\n")
    assert not Response.objects.exists() and Path(made.path).read_text().startswith(RECORD)
    page = page_of(editor, made)
    assert "every 2s" in page and "How far" in page and "no worker is at work" in page
    tasks.work(made.job.units.get().pk)
    page = page_of(editor, made, **{"HX-Request": "true"})
    assert "<html" not in page and "<b>1</b> pair" in page and "<b>1</b> rejected" in page
    assert '<td class="number">2</td><td class="nowrap">no JSON</td>' in page
    assert "How far" not in page


def test_a_file_of_nothing_fails_on_its_page_and_goes_on_when_asked(
    editor: Client, reviewer: Client
) -> None:
    made = send(editor, "<html>no pairs</html>")
    tasks.work(made.job.units.get().pk)
    page = page_of(editor, made)
    assert "None of the 1 records of pairs.jsonl is a pair" in page and "every 2s" not in page
    assert "Go on" in page and "Go on" not in page_of(reviewer, made)
    editor.post(reverse("generation:import-resume", args=[made.pk]))
    made.job.refresh_from_db()
    assert made.job.is_running
    editor.post(reverse("generation:import-stop", args=[made.pk]))
    made.job.refresh_from_db()
    assert made.job.status == "stopped"


def test_the_same_file_is_said_to_be_here(editor: Client) -> None:
    made = send(editor, RECORD)
    assert send(editor, RECORD, "other.jsonl") == made
    assert "The same file is here already." in page_of(editor, made)


def test_a_file_over_the_bound_is_refused(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.generation.views_imports.MOST_BYTES", 10)
    upload = SimpleUploadedFile("a.jsonl", b"x" * 2_000_000)
    answer = editor.post(reverse("generation:import-new"), {"file": upload})
    assert answer.status_code == 413 and not Import.objects.exists()


def test_every_reason_not_to_take_a_record_has_words() -> None:
    text = Path(import_reading.__file__).read_text() + Path(importing.__file__).read_text()
    found = set(re.findall(r'_Bad\("(\w+)"|BadRow\([\w., ]*"(\w+)"', text))
    found = {one or other for one, other in found} | {"no_instruction", "no_response"}
    assert found == set(IMPORT_REASONS)
