"""Pushes to the Hub: the whole of one over real HTTP, refusals in the Hub's words, repeats."""

import hashlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from huggingface_hub import constants
from pytest_django import Settings

from apps.core import local, work
from apps.core.models import Job
from apps.exports import hub
from apps.exports.models import Export, Push
from apps.exports.pushing import push_start, push_write
from apps.exports.services import ExportError, export_delete
from tests.builders import make_response, make_user
from tests.exports.building import accept, environment, file_of, run_here, with_prompt, write
from tests.exports.hub_server import TOKEN, Hub, Refusal, Repository
from tests.pages import markup
from worker.tasks import work as do_unit

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "our-team/sql-pairs"


@pytest.fixture(autouse=True)
def _here(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(local, "PAUSE", 0.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as one:
        monkeypatch.setattr(constants, "ENDPOINT", one.address)
        yield one


def exported(pairs: int = 1) -> Export:
    for _ in range(pairs):
        accept(with_prompt(make_response()))
    return write()


def push(export: Export, *, is_private: bool = True, with_lineage: bool = False) -> Push:
    """A push and what became of it, as a worker does it."""
    made = push_start(
        export=export, repository=NAME, is_private=is_private, with_lineage=with_lineage
    )
    go_on(made)
    return made


def go_on(made: Push) -> None:
    do_unit(made.job.units.get().pk)
    made.refresh_from_db()
    made.job.refresh_from_db()


def of_hub(server: Hub, tmp_path: Path) -> dict[str, str]:
    """What a process of its own needs to find the hub."""
    return {
        "HF_ENDPOINT": server.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "hf"),
    }  # fmt: skip


def test_the_command_pushes_in_one_commit_what_load_dataset_reads(
    server: Hub, tmp_path: Path
) -> None:
    export = exported(3)
    done = subprocess.run(
        [sys.executable, "manage.py", "push-export", str(export.pk), NAME],
        env=environment() | of_hub(server, tmp_path), cwd=django_settings.BASE_DIR,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    there = server.repositories[NAME]
    assert there.private and there.commits == [f"Export {export.pk}: 3 pairs"]
    assert done.stdout.strip() == f"{server.address}/{NAME}/commit/{there.sha}"
    endings = sorted(name.partition(".")[2] for name in there.files)
    assert endings == ["jsonl", "manifest.json", "md"]
    for name, data in there.files.items():
        (tmp_path / "clone").mkdir(exist_ok=True)
        (tmp_path / "clone" / name).write_bytes(data)
    from datasets import load_dataset

    rows = load_dataset(str(tmp_path / "clone"), cache_dir=str(tmp_path / "cache"), split="train")
    assert len(rows) == 3 and rows[0]["instruction"]
    data = next(data for name, data in there.files.items() if name.endswith(".jsonl"))
    assert hashlib.sha256(data).hexdigest() == export.sha256


def test_a_repeat_sends_nothing_and_a_later_export_takes_the_place_of_the_first(
    server: Hub,
) -> None:
    first = exported()
    made = push(first)
    assert made.job.status == "done" and made.link
    again = push(first)
    assert again.commit.endswith(server.repositories[NAME].sha)
    assert len(server.uploads) == len(server.repositories[NAME].commits) == 1
    server.repositories[NAME].files["somebody's.txt"] = b"stays"
    later = exported()
    assert push(later, with_lineage=True).job.status == "done"
    names = set(server.repositories[NAME].files)
    assert file_of(first).name not in names and file_of(later).name in names
    assert file_of(later, "lineage").name in names and "somebody's.txt" in names
    assert len(server.repositories[NAME].commits) == 2


@pytest.mark.parametrize(
    ("refusal", "words", "advice"),
    [
        (Refusal("/repos/create", 403, "You don't have the rights"), "have the rights", "one that may"),
        (Refusal("/repos/create", 401, "Invalid token"), "Invalid token", "hf auth login"),
        (Refusal("/repos/create", 400, "name is too odd"), "name is too odd", "answers 400"),
        (Refusal("/preupload/", 404, "Repository not found", code="RepoNotFound"), "Repository not found", "the name"),
        (Refusal("/validate-yaml", 400, "odd"), "Invalid metadata in README.md", "answers 400"),
        (Refusal("/objects/batch", 413, "over your quota"), "over your quota", "answers 413"),
        (Refusal("/lfs/", 403, "storage says no"), "storage says no", "answers 403"),
        (Refusal("/commit/", 422, "an odd commit"), "an odd commit", "answers 422"),
    ],
)  # fmt: skip
def test_a_refusal_is_said_in_the_hubs_words_and_the_push_goes_on_when_it_is_mended(
    server: Hub, refusal: Refusal, words: str, advice: str
) -> None:
    refusal.times = 1
    server.refusals = [refusal]
    made = push(exported())
    assert made.job.status == "failed"
    assert words in made.job.message and advice in made.job.message, made.job.message
    assert NAME not in server.repositories or not server.repositories[NAME].commits
    client = Client()
    client.force_login(make_user("editor"))
    assert words in client.get(
        reverse("exports:export", args=[made.export_id])
    ).content.decode().replace("&#x27;", "'")
    server.refusals = []
    client.post(reverse("exports:push-again", args=[made.pk]))
    go_on(made)
    assert made.job.status == "done" and len(server.repositories[NAME].commits) == 1


def test_a_hub_that_is_away_is_asked_again(server: Hub) -> None:
    server.refusals = [Refusal("/commit/", 503, "We are down for a moment", times=1)]
    made = push(exported())
    unit = made.job.units.get()
    assert made.job.status == "running" and "down for a moment" in unit.error
    go_on(made)
    assert made.job.status == "done" and len(server.uploads) == 1


def test_where_no_hub_answers_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(hub.HubAwayError, match="HF_ENDPOINT"):
        hub.commit_files(NAME, {}, message="a", is_private=True)


def test_without_a_token_the_push_says_how_to_get_one(
    server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    made = push(exported())
    assert made.job.status == "failed" and "hf auth login" in made.job.message


def test_the_token_of_the_login_cache_will_do(server: Hub, tmp_path: Path) -> None:
    """As `hf auth login` leaves it: no variable names it, and no row of Winnow's keeps it."""
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text(TOKEN)
    here = environment() | of_hub(server, tmp_path)
    here.pop("HF_TOKEN")
    here.pop("HUGGING_FACE_HUB_TOKEN", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "push-export", str(exported().pk), NAME],
        env=here, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.repositories[NAME].commits) == 1


def test_what_is_to_be_private_is_not_pushed_where_everybody_sees_it(server: Hub) -> None:
    server.repositories[NAME] = Repository(private=False)
    made = push(exported())
    assert made.job.status == "failed" and "everybody sees it" in made.job.message
    assert not server.repositories[NAME].commits and not server.uploads
    assert push(made.export, is_private=False).job.status == "done"


def test_a_file_that_is_not_as_the_manifest_says_is_not_pushed(server: Hub) -> None:
    export = exported()
    file_of(export).write_bytes(b"{}\n")
    made = push(export)
    assert made.job.status == "failed" and "not as the manifest says" in made.job.message
    assert not server.repositories


KILLED = """
import os, signal, sys
import django
django.setup()
from apps.core import work
from apps.exports.models import Push
from apps.exports.pushing import push_write
import huggingface_hub
def dies(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(huggingface_hub.HfApi, sys.argv[2], dies)
push_write(push=Push.objects.get(pk=int(sys.argv[1])), lease=work.Lease())
"""


def test_a_push_that_was_killed_before_its_commit_sends_no_content_twice(
    server: Hub, tmp_path: Path
) -> None:
    made = push_start(export=exported(), repository=NAME)
    done = run_here(KILLED, str(made.pk), "create_commit", **of_hub(server, tmp_path))
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(server.uploads) == 1 and not server.repositories[NAME].commits
    push_write(push=made, lease=work.Lease())
    assert len(server.uploads) == len(server.repositories[NAME].commits) == 1


def test_an_export_is_not_deleted_while_it_is_pushed_nor_pushed_when_it_is_deleted() -> None:
    export = exported()
    made = push_start(export=export, repository=NAME)
    with pytest.raises(ExportError, match="being pushed"):
        export_delete(export=export)
    work.stop_job(job=made.job)
    export_delete(export=export)
    export.refresh_from_db()
    with pytest.raises(ExportError, match="no files"):
        push_start(export=export, repository=NAME)
    with pytest.raises(CommandError, match="no files"):
        call_command("push_export", str(export.pk), NAME, stdout=io.StringIO())
    with pytest.raises(CommandError, match="owner/name"):
        call_command("push_export", str(export.pk), "no name", stdout=io.StringIO())
    with pytest.raises(CommandError, match="no export 0"):
        call_command("push_export", "0", NAME, stdout=io.StringIO())


def test_an_editor_pushes_on_the_page_private_unless_it_is_said(server: Hub) -> None:
    export, client = exported(), Client()
    client.force_login(make_user("editor"))
    address = reverse("exports:push", args=[export.pk])
    assert "in one commit" in markup(client.get(address))
    assert "our-team/sql-pairs" in markup(client.post(address, {"repository": "../etc"}))
    assert not Push.objects.exists()
    assert client.post(address, {"repository": NAME}).status_code == 302
    made = Push.objects.get()
    assert made.is_private and not made.with_lineage and made.job.created_by
    page = markup(client.get(reverse("exports:export", args=[export.pk])))
    assert 'hx-trigger="every 2s"' in page and "Stop the push" in page
    client.post(reverse("exports:push-stop", args=[made.pk]))
    assert Job.objects.get(pk=made.job_id).status == "stopped"
    client.post(reverse("exports:push-again", args=[made.pk]))
    go_on(made)
    page = markup(client.get(reverse("exports:export", args=[export.pk])))
    assert made.link in page and "hx-trigger" not in page
