"""Examples are run by validation when they are saved; what was found stands beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.core import rules, work
from apps.core.models import Job, WorkUnit
from apps.fewshot import services
from apps.fewshot.models import Example, ExampleRun, Version
from apps.fewshot.queries import example_value, fingerprint
from apps.fewshot.running import examples_run, found_store, state_of, states_of
from apps.validation.tries import tries_clean
from tests.builders import make_user
from tests.fewshot.data import EXAMPLE, make_published
from tests.pages import markup
from worker import validating

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def said(outcome: str, database: str = "sqlite") -> dict[str, Any]:
    words = outcome.replace("_", " ")
    return {
        "database": database, "outcome": outcome, "outcome_words": words, "message": "As said.",
        "diff": None, "strength": 0.5, "mutants": 8, "killed": 4, "transpiled": False, "milliseconds": 1.0, "notes": [],
    }  # fmt: skip


def found(outcome: str = "passed") -> dict[str, Any]:
    overall = said(outcome, "overall")
    return {
        "problem": "",
        "verdicts": [said(outcome)],
        "checks": [],
        "overall": overall,
        "notes": [],
    }


@pytest.fixture
def draft() -> Version:
    return services.draft_open(fewshot_set=make_published().fewshot_set, created_by=None)


@pytest.fixture
def example(draft: Version) -> Example:
    return draft.examples.get(number=2)


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def save(example: Example, **changes: str) -> None:
    value = example_value(Example.objects.get(pk=example.pk))
    services.example_save(
        example=example, content=replace(value, **changes), seen=fingerprint(value)
    )


def run_by_worker(job: Job) -> None:
    for unit_id in job.units.order_by("pk").values_list("pk", flat=True):
        unit = work.claim(unit_id=unit_id, owner="me")
        assert unit
        work.finish(unit=unit, owner="me", result=validating.do(unit, "me", work.Lease()))


def test_examples_of_the_default_file_are_run_on_every_database() -> None:
    call_command("import_fewshot")
    examples = list(Example.objects.filter(number__in=(2, 4, 6)))
    job = examples_run(examples=examples)
    assert job and state_of(examples[0]).is_running
    run_by_worker(job)
    for example in examples:
        state = state_of(example)
        assert not (state.is_running or state.is_stale or state.error)
        verdicts = {one["database"]: one["outcome"] for one in state.found["verdicts"]}
        assert set(verdicts.values()) == {"passed"}, (example.number, verdicts)
        assert {"sqlite", "duckdb", "postgres"} <= set(verdicts)
        assert state.overall["outcome"] == "passed"
    overall = state_of(examples[0]).overall
    assert overall["strength"] == 1.0 and overall["killed"] == overall["mutants"] > 0
    assert WorkUnit.objects.filter(job=job, result={"passed": 1}).count() == 3


def test_a_wrong_test_is_seen_where_the_example_is_written(settings: Any, draft: Version) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    tests = "Input Table: books\n```text\ntitle\n\nEmma\n```\n\nExpected Output:\n```text\ntitle\n\nUlysses\n```"
    added = services.example_add(version=draft, content=replace(EXAMPLE, tests=tests))
    run_by_worker(Job.objects.get(kind="example"))
    state = state_of(added)
    assert state.overall["outcome"] == "wrong_result"
    assert {row["tag"] for row in state.found["verdicts"][0]["diff"]["rows"]} == {"missing", "unexpected"}  # fmt: skip


def test_a_save_has_it_run_once_for_each_text(example: Example) -> None:
    save(example, category="another")
    save(example, category="yet another")
    assert Job.objects.filter(kind="example").count() == 2
    found_store(example=Example.objects.get(pk=example.pk), found=found(), version=rules.VALIDATION)
    save(example, category="the task and the answer are the same")
    assert Job.objects.filter(kind="example").count() == 2
    save(example, implementation="SELECT 7;")
    assert Job.objects.filter(kind="example").count() == 3


def test_what_was_found_is_stale_when_the_text_changes(example: Example) -> None:
    found_store(example=example, found=found(), version=rules.VALIDATION)
    assert not state_of(example).is_stale
    save(example, tests="Expected Output:\n```text\nx\n```")
    stored = Example.objects.get(pk=example.pk)
    assert state_of(stored).is_stale and state_of(stored).is_running
    found_store(example=stored, found=found("wrong_result"), version=rules.VALIDATION)
    assert not state_of(stored).is_stale


def test_what_earlier_rules_said_is_stale_and_run_anew(example: Example) -> None:
    found_store(example=example, found=found(), version=rules.VALIDATION - 1)
    assert state_of(example).is_stale and examples_run(examples=[example]) is not None
    found_store(example=example, found=found(), version=rules.VALIDATION)
    assert not state_of(example).is_stale and examples_run(examples=[example]) is None


def test_what_was_found_goes_with_the_copies_of_a_draft(example: Example) -> None:
    found_store(example=example, found=found(), version=rules.VALIDATION)
    copy = services.example_duplicate(example=example)
    assert state_of(copy).found == found()
    save(example, category="other")
    services.version_publish(version=example.version, note="x", published_by=None)
    draft = services.draft_open(fewshot_set=example.version.fewshot_set, created_by=None)
    assert [bool(state.found) for state in states_of(draft).each] == [False, True, True, False]


def test_one_that_is_removed_while_it_waits_harms_nobody(settings: Any, draft: Version) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    job = examples_run(examples=list(draft.examples.all()))
    services.example_remove(example=draft.examples.get(number=1))
    assert job
    run_by_worker(job)
    job.refresh_from_db()
    assert job.status == "done" and ExampleRun.objects.filter(found__isnull=False).count() == 2


def test_an_attempt_that_failed_says_why_and_its_job_is_forgotten_after_a_day(
    example: Example,
) -> None:
    job = examples_run(examples=[example])
    assert job
    unit = work.claim(unit_id=job.units.get().pk, owner="me")
    assert unit
    work.fail(unit=unit, owner="me", error="No database can be used.")
    state = state_of(example)
    assert (state.is_running, state.error) == (False, "No database can be used.")
    Job.objects.update(created_at="2026-01-01T00:00:00Z")
    assert tries_clean() == 1
    assert state_of(example).error == ""


def test_the_page_shows_progress_then_verdicts_and_strength(
    editor: Client, example: Example
) -> None:
    address = f"/fewshot/examples/{example.pk}/"
    assert "Nobody has run it yet" in markup(editor.get(address))
    assert editor.post(f"{address}run/")["Location"] == address
    page = markup(editor.get(address))
    assert "It waits for a worker" in page and f'hx-get="{address}verdicts/"' in page
    found_store(example=example, found=found(), version=rules.VALIDATION)
    WorkUnit.objects.update(status="done")
    part = markup(editor.get(f"{address}verdicts/", headers=HTMX))
    assert (
        "Strength of its test: 4 of 8 altered queries fail it." in part and "hx-trigger" not in part
    )
    assert "Stale" not in part and "Run again" in part
    Example.objects.filter(pk=example.pk).update(instruction="Another.")
    assert "Stale: the text, or the rules of validation, have changed since." in markup(
        editor.get(address)
    )


def test_the_verdicts_of_a_version_and_running_them_all(editor: Client, draft: Version) -> None:
    address = f"/fewshot/versions/{draft.pk}/"
    assert editor.post(f"{address}run/")["Location"] == f"{address}verdicts/"
    assert Job.objects.get(kind="example").units.count() == 3
    one = draft.examples.get(number=1)
    found_store(example=one, found=found(), version=rules.VALIDATION)
    page = markup(editor.get(f"{address}verdicts/"))
    assert "1 of 3 have been run as they are, 1 of them passed." in page
    assert '<progress value="1" max="3"' in page
    assert "<html" not in markup(editor.get(f"{address}verdicts/", headers=HTMX))
    for each in draft.examples.all():
        found_store(example=each, found=found(), version=rules.VALIDATION)
    editor.post(f"{address}run/")
    assert Job.objects.filter(kind="example").last().units.count() == 3


def test_an_empty_version_says_what_to_do(editor: Client, draft: Version) -> None:
    draft.examples.all().delete()
    address = f"/fewshot/versions/{draft.pk}/"
    answer = editor.post(f"{address}run/", follow=True)
    assert "There is no example to run: add one first." in markup(answer)
    assert "No example yet" in markup(answer)


def test_who_may_run_and_who_may_look(client: Client, example: Example) -> None:
    one, all_of = f"/fewshot/examples/{example.pk}/", f"/fewshot/versions/{example.version_id}/"
    for address in (f"{one}run/", f"{all_of}run/"):
        assert client.post(address).status_code == 302
        assert Job.objects.count() == 0
    client.force_login(make_user("reviewer"))
    for address in (f"{one}run/", f"{all_of}run/"):
        assert client.post(address).status_code == 403
        assert client.get(address).status_code == 405
    assert client.get(f"{one}verdicts/")["Location"] == one
    assert client.get(f"{all_of}verdicts/").status_code == 200
    assert "Run the examples" not in markup(client.get(f"{all_of}verdicts/"))
    assert client.post(f"{one}verdicts/").status_code == 405
    client.force_login(make_user("editor"))
    for kind in ("examples", "versions"):
        assert client.post(f"/fewshot/{kind}/999999999/run/").status_code == 404
        assert client.get(f"/fewshot/{kind}/999999999/verdicts/").status_code == 404
