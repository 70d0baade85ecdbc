"""The box to run SQL oneself: who may, what it refuses, what it shows when a worker has run it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.validation import tries
from apps.validation.models import Verdict
from apps.validation.reading import read_response
from apps.validation.tries import MAX_TEXT, fenced, tries_clean
from tests.builders import make_user
from tests.pages import markup
from tests.validation.building import RIGHT, TESTED
from worker import validating

pytestmark = pytest.mark.django_db
URL = "/validation/try/"


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def data(text: str = "SELECT 1 AS one;", kind: str = "sql", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "text": text, "databases": ["sqlite"], **more}


def run_by_worker(job: Job) -> WorkUnit:
    unit = work.claim(unit_id=job.units.get().pk, owner="me")
    assert unit
    work.finish(unit=unit, owner="me", result=validating.do(unit, "me", work.Lease()))
    unit.refresh_from_db()
    return unit


def tried(editor: Client, *given: Any, **more: Any) -> str:
    """The page of a try that a worker has run."""
    answer = editor.post(URL, data(*given, **more))
    job = Job.objects.get(kind="try")
    assert answer["Location"] == reverse("validation:try_result", args=[job.pk]) + "#result"
    run_by_worker(job)
    return markup(editor.get(answer["Location"]))


def test_the_form_offers_the_configured_databases(editor: Client, settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite", "duckdb"]
    text = editor.get(URL).content.decode()
    assert 'value="duckdb"' in text and "Nothing was run yet" in text


def test_a_reviewer_may_not(client: Client) -> None:
    client.force_login(make_user("reviewer"))
    assert client.get(URL).status_code == 403
    assert client.post(URL, data()).status_code == 403
    assert client.get(f"{URL}1/").status_code == 403


def test_wrong_methods_and_numbers(editor: Client) -> None:
    assert editor.put(URL).status_code == 405
    assert editor.post(f"{URL}1/").status_code == 405
    assert editor.get(f"{URL}999999/").status_code == 404


def test_one_sees_only_ones_own(editor: Client) -> None:
    editor.post(URL, data())
    job = Job.objects.get(kind="try")
    other = Client()
    other.force_login(make_user("editor"))
    assert other.get(f"{URL}{job.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (data(""), "This field is required."),
        (data("x" * (MAX_TEXT + 1)), f"at most {MAX_TEXT} characters"),
        (data(instruction="x" * 8001), "at most 8000 characters"),
        (data(databases=["postgres://elsewhere"]), "is not one of the available choices"),
        (data(databases=[]), "This field is required."),
        (data("SELECT '\0';"), "Null characters are not allowed."),
    ],
)
def test_what_the_form_refuses(editor: Client, given: dict[str, Any], message: str) -> None:
    assert message in editor.post(URL, given).content.decode()
    assert not Job.objects.exists()


def test_nothing_runs_in_the_web_process_and_the_page_waits(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("runners.runners", "reading.read_response", "judging.validate_reading"):
        monkeypatch.setattr(
            f"apps.validation.{name}", lambda *_, **__: pytest.fail("it ran in the web process")
        )
    page = editor.post(URL, data(), follow=True).content.decode()
    assert 'hx-trigger="every 1s"' in page and "waits for a worker" in page
    Job.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    job = Job.objects.get()
    part = editor.get(f"{URL}{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "or none runs" in part and "<html" not in part


def test_only_so_many_at_once(editor: Client) -> None:
    for _ in range(3):
        assert editor.post(URL, data()).status_code == 302
    assert "3 of yours wait for a worker." in editor.post(URL, data()).content.decode()


def test_plain_sql_shows_the_rows_it_returns(editor: Client) -> None:
    text = tried(editor, "SELECT 1 AS one, NULL AS none, '<b>' AS bold;")
    assert 'badge no_tests">no tests' in text and '<th scope="col">one</th>' in text
    assert "&lt;b&gt;" in text and "hx-trigger" not in text and "<b>'" not in text


def test_a_response_shows_its_verdict_diff_and_what_was_understood(editor: Client) -> None:
    text = tried(editor, TESTED.format(sql="SELECT name FROM users WHERE age < 20;"), "response")
    assert 'badge wrong_result">wrong result' in text
    assert "− missing" in text and "+ unexpected" in text and "What was understood" in text
    assert "Alice" in text and "Test 1" in text and not Verdict.objects.exists()


def test_a_pass_says_how_strong_its_test_is(editor: Client) -> None:
    text = tried(editor, TESTED.format(sql=RIGHT), "response")
    assert 'badge passed">passed' in text and re.search(
        r"\d of \d+ altered queries fail the test", text
    )


def test_tables_of_the_instruction_are_made_first(editor: Client) -> None:
    instruction = "Given:\n```sql\nCREATE TABLE pets (name TEXT);\nINSERT INTO pets VALUES ('Rex');\n```\nList all pets in SQL."
    text = tried(editor, "SELECT name FROM pets;", instruction=instruction)
    assert "Out of the instruction" in text and "<td>Rex</td>" in text


@pytest.mark.parametrize(
    "sql",
    [
        "SELEC 1",
        "ATTACH 'x' AS y;",
        "```",
        "",
        "\ud800".encode("utf-8", "replace").decode(),
        "SELECT " + "'y'," * 3000 + "1",
    ],
)
def test_whatever_is_typed_in_comes_to_an_end(sql: str) -> None:
    job = tries.try_start(
        wanted=tries.Try(sql, ("sqlite",), is_sql=True), created_by=make_user("editor")
    )
    assert len(run_by_worker(job).result["verdicts"]) == 1


def test_a_database_that_cannot_be_used_is_said_not_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = tries.Try("SELECT 1;", ("mariadb",), is_sql=True)
    monkeypatch.setattr(
        "apps.validation.databases.get",
        lambda name: type("Away", (), {"unavailable": lambda self: "not set up"})(),
    )
    job = tries.try_start(wanted=wanted, created_by=make_user("editor"))
    assert "mariadb: not set up" in run_by_worker(job).result["problem"]


def test_a_try_that_failed_for_good_says_why(editor: Client) -> None:
    editor.post(URL, data())
    job = Job.objects.get()
    unit = work.claim(unit_id=job.units.get().pk, owner="me")
    assert unit
    work.fail(unit=unit, owner="me", error="its worker died at every attempt")
    text = editor.get(f"{URL}{job.pk}/").content.decode()
    assert "its worker died" in text and "hx-trigger" not in text


@pytest.mark.parametrize("sql", ["SELECT 1;", "SELECT '```';", "SELECT '`````';", "--\n```\nx"])
def test_sql_is_fenced_so_that_it_is_read_as_it_is(sql: str) -> None:
    assert read_response(fenced(sql)).sql == sql


def test_results_are_bounded(editor: Client) -> None:
    wide = ", ".join(f"'{'x' * 300}' AS c{n}" for n in range(60))
    many = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i, {wide} FROM n;"
    tried(editor, many)
    said = Job.objects.get(kind="try").units.get().result["verdicts"][0]
    for table in said["tables"]:
        assert len(table["rows"]) <= 50 and len(table["columns"]) == 40 and table["cut"]
        assert all(len(str(cell)) <= 200 for row in table["rows"] for cell in row)


def test_old_tries_are_forgotten_a_few_at_a_time() -> None:
    editor = make_user("editor")
    jobs = [Job.objects.create(kind="try", created_by=editor) for _ in range(4)]
    other = Job.objects.create(kind="gather")
    Job.objects.exclude(pk=jobs[-1].pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert tries_clean(limit=2) == 2 and tries_clean(limit=2) == 1 and tries_clean() == 0
    assert set(Job.objects.all()) == {jobs[-1], other}
