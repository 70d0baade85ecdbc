"""What an editor does with a run in the browser, and who else may."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.models import Job
from apps.generation.models import Run
from tests.builders import make_completion, make_run, make_seed, make_user

pytestmark = pytest.mark.django_db
POSTED = ["pause", "resume", "cancel", "extend", "retry", "limit"]


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def url(name: str, run: Run | int) -> str:
    return reverse(f"generation:{name}", args=[run if isinstance(run, int) else run.pk])


@pytest.mark.parametrize("name", [*POSTED, "change"])
def test_only_editors_of_a_run_that_there_is_may(client: Client, name: str) -> None:
    run = make_run()
    ask = client.get if name == "change" else client.post
    assert "/accounts/login" in ask(url(name, run))["Location"]
    client.force_login(make_user("reviewer"))
    assert ask(url(name, run)).status_code == 403
    client.force_login(make_user("editor"))
    assert ask(url(name, 999_999)).status_code == 404
    wrong = client.post if name == "change" else client.get
    assert wrong(url(name, run)).status_code == 405
    assert Run.objects.get().job.status == "running"


def test_a_run_is_paused_goes_on_and_is_cancelled(editor: Client) -> None:
    run = make_run()
    run.job.units.create(queue="generate", key="seeds-0")
    for name, status, said in [
        ("pause", "paused", "is paused"),
        ("resume", "running", "goes on"),
        ("cancel", "cancelled", "is cancelled"),
        ("resume", "cancelled", "is cancelled and cannot be resumed"),
    ]:
        page = editor.post(url(name, run), follow=True).content.decode()
        assert Job.objects.get().status == status and said in page
    assert "Cancelled by editor. 1 of 1 seeds are left." in page
    assert url("change", run) not in page and url("pause", run) not in page


def test_an_editor_extends_a_run_and_is_told_what_is_wrong(editor: Client) -> None:
    run = make_run()
    page = editor.post(url("extend", run), {"seeds": "", "responses": ""}).content.decode()
    assert "Say how many seeds or responses more." in page
    page = editor.post(url("extend", run), {"seeds": "1"}).content.decode()
    assert "No more seeds fit the run" in page
    make_seed()
    page = editor.post(url("extend", run), {"seeds": "1"}, follow=True).content.decode()
    assert f"Run {run.pk} has 1 seed more." in page


def test_what_was_rejected_is_asked_again(editor: Client) -> None:
    run = make_run()
    page = editor.post(url("retry", run), follow=True).content.decode()
    assert "no rejected completion to ask for again" in page
    seed = run.chosen.get().seed
    make_completion(run, seed, "s_c", seed.pk, reason="empty")
    page = editor.post(url("retry", run), follow=True).content.decode()
    assert "asks again for 1 rejected completion." in page


def test_limits_are_set_shown_and_lifted(editor: Client) -> None:
    run = make_run()
    page = editor.post(url("limit", run), {"stop_pass_rate": "0"}).content.decode()
    assert "greater than or equal to 0.1" in page
    editor.post(url("limit", run), {"stop_pass_rate": "12.5", "stop_last": "50"})
    assert Run.objects.get().limits == {"pass_rate": 0.125, "last": 50}
    assert 'value="12.5"' in editor.get(url("change", run)).content.decode()
    editor.post(url("limit", run), {"stop_last": "50"})
    assert Run.objects.get().limits == {}
