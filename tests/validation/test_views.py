"""Pages of validation: who sees them, what they show, how much they ask of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.models import Job
from apps.validation import figures, queries
from apps.validation.figures import count_touched
from apps.validation.models import Verdict
from tests.builders import make_response, make_run, make_user
from tests.pages import markup
from tests.validation.building import make_judged_run

pytestmark = pytest.mark.django_db
ENDED = {"status": "done", "finished_at": "2026-01-01T00:00:00Z"}
MIXED: tuple[dict[str, str], ...] = (
    {"sqlite": "passed", "duckdb": "passed"},
    {"sqlite": "passed", "duckdb": "sql_error"},
    {"sqlite": "wrong_result", "duckdb": "wrong_result"},
)


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"validation:{name}", args=args), query)
    assert response.status_code == 200
    return markup(response)


@pytest.mark.parametrize("name", ["index", "run", "pairs", "try", "try_result", "stop"])
def test_nobody_sees_them_without_signing_in(client: Client, name: str) -> None:
    url = reverse(f"validation:{name}", args=[] if name in ("index", "try") else [1])
    response = client.get(url)
    assert response.status_code == 302 and "/accounts/login" in response["Location"]


@pytest.mark.parametrize("name", ["index", "run", "pairs"])
def test_they_are_only_looked_at(reviewer: Client, name: str) -> None:
    args = [] if name == "index" else [make_run().pk]
    assert reviewer.post(reverse(f"validation:{name}", args=args)).status_code == 405


@pytest.mark.parametrize("name", ["run", "pairs"])
def test_a_wrong_number_is_not_found(reviewer: Client, name: str) -> None:
    assert reviewer.get(reverse(f"validation:{name}", args=[999_999])).status_code == 404


def test_the_list_says_what_to_do_without_runs(reviewer: Client) -> None:
    assert "No runs yet" in page(reviewer, "index")


def test_the_list_shows_pass_rates_as_counted_in_the_background(reviewer: Client) -> None:
    run = make_judged_run(*MIXED)
    assert "not counted yet" in page(reviewer, "index")
    count_touched()
    text = page(reviewer, "index")
    assert f'/validation/{run.pk}/">Run {run.pk}' in text
    assert "67 %" in text and "duckdb 33 %" in text and "S→C C→I I→R" in text
    assert str(run.recipe.fewshot) in text


def test_older_runs_are_a_page_on(reviewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    first, second, third = (make_run() for _ in range(3))
    text = page(reviewer, "index")
    assert f"Run {third.pk}<" in text and f"Run {first.pk}<" not in text
    assert f"?before={second.pk}" in text
    text = page(reviewer, "index", before=second.pk)
    assert f"Run {first.pk}<" in text and "?before=" not in text


def test_a_run_shows_its_outcomes_reasons_strength_and_agreement(reviewer: Client) -> None:
    run = make_judged_run(*MIXED, **ENDED)
    text = page(reviewer, "run", run.pk)
    assert "2 of 3" in text and "asks for python" in text and "(this run)" not in text
    assert "?show=outcome&amp;outcome=wrong_result" in text
    assert "?show=reason&amp;code=language&amp;reason=asks_for_python" in text
    assert "60–80 %" in text and "in the largest group" in text
    assert "hx-trigger" not in text


def test_a_run_at_work_is_asked_again_until_it_ends(reviewer: Client) -> None:
    run = make_judged_run(*MIXED)
    assert 'hx-trigger="every 5s"' in page(reviewer, "run", run.pk)
    Job.objects.filter(pk=run.job_id).update(**ENDED)
    url = reverse("validation:run", args=[run.pk])
    part = markup(reviewer.get(url, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in part and "<html" not in part and "asks for python" in part


def test_a_run_without_verdicts_says_what_it_waits_for(reviewer: Client) -> None:
    assert "The model is writing" in page(reviewer, "run", make_run().pk)
    run = make_response().run
    assert run and "1 response waits for a worker" in page(reviewer, "run", run.pk)
    ended = make_run(seeds=[])
    Job.objects.update(**ENDED)
    assert "has written no responses" in page(reviewer, "run", ended.pk)


def test_a_large_run_is_counted_in_the_background_only(
    reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_judged_run(*MIXED)
    monkeypatch.setattr(figures, "IN_REQUEST", 2)
    assert "Not counted yet" in page(reviewer, "run", run.pk)
    assert count_touched() == 1
    text = page(reviewer, "run", run.pk)
    assert "2 of 3" in text and "counted <time" in text
    Verdict.objects.all().delete()
    assert "2 of 3" in page(reviewer, "run", run.pk)


@pytest.mark.parametrize(("name", "most"), [("index", 6), ("run", 13), ("pairs", 5)])
def test_the_number_of_queries_does_not_grow_with_the_run(
    reviewer: Client, name: str, most: int, django_assert_num_queries: Any
) -> None:
    small, large = make_judged_run(*MIXED), make_judged_run(*MIXED * 4)
    count_touched()
    reviewer.get("/")  # whose the session is, is known from then on
    for run in (small, large):
        with django_assert_num_queries(most):
            page(reviewer, name, *([] if name == "index" else [run.pk]))


def test_disagreements_link_to_their_pairs(reviewer: Client) -> None:
    run = make_judged_run(*MIXED)
    agreed, differ, wrong = run.responses.order_by("pk")
    text = page(reviewer, "pairs", run.pk)
    assert f'/review/pairs/{differ.pk}/">{differ.pk}' in text
    assert f"/pairs/{agreed.pk}/" not in text and f"/pairs/{wrong.pk}/" not in text


def test_databases_that_give_other_rows_disagree_though_both_say_wrong(reviewer: Client) -> None:
    run = make_judged_run(*MIXED)
    agreed, differ, wrong = run.responses.order_by("pk")
    count = figures.run_count(run.pk)
    assert count.disagreeing == 1
    wrong.verdicts.filter(database="overall").update(notes=["other_rows"])
    assert figures.run_count(run.pk).disagreeing == 2
    text = page(reviewer, "pairs", run.pk)
    assert f"/pairs/{differ.pk}/" in text and f"/pairs/{wrong.pk}/" in text
    assert f"/pairs/{agreed.pk}/" not in text


def test_pairs_by_outcome_by_reason_and_unlike_the_others(reviewer: Client) -> None:
    run = make_judged_run(*MIXED)
    passed, _, wrong = run.responses.order_by("pk")
    passed.agreement.in_largest_group = False
    passed.agreement.save()
    for query, there in (
        ({"show": "outcome", "outcome": "wrong_result"}, wrong),
        ({"show": "reason", "code": "language", "reason": "asks_for_python"}, wrong),
        ({"show": "outliers"}, passed),
    ):
        text = page(reviewer, "pairs", run.pk, **query)
        assert [
            pk for pk in run.responses.values_list("pk", flat=True) if f"/pairs/{pk}/" in text
        ] == [there.pk]


@pytest.mark.parametrize(
    "query",
    [
        "show=nonsense",
        "show=outcome",
        "show=outcome&outcome=x",
        "show=reason&code=a",
        "after=x",
        "after=99999999999999999999",
    ],
)
def test_a_choice_of_pairs_that_is_none_is_not_found(reviewer: Client, query: str) -> None:
    url = reverse("validation:pairs", args=[make_run().pk])
    assert reviewer.get(f"{url}?{query}").status_code == 404


def test_pairs_are_walked_page_by_page_and_window_by_window(
    reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_judged_run(*MIXED * 4)
    wanted = set(run.responses.filter(verdicts__outcome="sql_error").values_list("pk", flat=True))
    monkeypatch.setattr(queries, "PAGE", 3)
    monkeypatch.setattr(queries, "WINDOW", 4)
    seen: list[int] = []
    selection, steps = queries.Selection(), 0
    while True:
        found = queries.pairs_page(run, selection)
        seen += [pair.pk for pair in found.pairs]
        steps += 1
        if found.after is None:
            break
        selection = queries.Selection(after=found.after)
    assert seen == sorted(wanted) and steps == 4
    assert "Look further" in page(reviewer, "pairs", run.pk)
    assert "None" in page(reviewer, "pairs", run.pk, show="outliers")


def test_text_of_a_model_is_escaped(reviewer: Client) -> None:
    run = make_judged_run({"sqlite": "passed", "duckdb": "timeout"})
    run.responses.get().instruction.__class__.objects.update(text="<script>alert(1)</script>")
    Verdict.objects.update(message="<img src=x onerror=alert(1)>")
    text = page(reviewer, "pairs", run.pk)
    assert "<script>alert" not in text and "<img" not in text and "&lt;script&gt;" in text


def make_validation(**fields: Any) -> Job:
    job = Job.objects.create(kind="validate", is_planned=True, **fields)
    job.units.create(queue="validate", key="a", status="done")
    job.units.create(queue="validate", key="b")
    return job


def test_validations_under_way_are_shown_and_asked_for_until_they_end(reviewer: Client) -> None:
    job = make_validation()
    text = page(reviewer, "index")
    assert f"Validation {job.pk}" in text and "1 of 2 work units" in text
    assert 'hx-trigger="every 3s"' in text and "Stop" not in text
    Job.objects.update(**ENDED)
    url = reverse("validation:index")
    part = markup(reviewer.get(url, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in part and "<html" not in part and "Validation" in part


def test_an_editor_stops_a_validation_and_a_reviewer_does_not(reviewer: Client) -> None:
    job = make_validation()
    url = reverse("validation:stop", args=[job.pk])
    assert reviewer.post(url).status_code == 403
    reviewer.force_login(make_user("editor"))
    assert reviewer.get(url).status_code == 405
    assert reviewer.post(reverse("validation:stop", args=[999_999])).status_code == 404
    assert reviewer.post(reverse("validation:stop", args=[make_run().job_id])).status_code == 404
    assert reviewer.post(url)["Location"] == reverse("validation:index")
    job.refresh_from_db()
    assert job.status == "stopped"


def test_counts_are_made_again_for_what_workers_touched_and_large_ones_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_judged_run(*MIXED)
    rest = figures.REST
    monkeypatch.setattr(figures, "REST", 0)
    assert count_touched() == 1 and count_touched() == 0
    ids = list(run.responses.values_list("pk", flat=True))
    Verdict.objects.filter(database="overall").update(outcome="passed")
    figures.runs_touch(response_ids=ids)
    assert count_touched() == 1 and figures.counts_of([run.pk])[run.pk].passed == 3
    figures.runs_touch(response_ids=ids)
    monkeypatch.setattr(figures, "REST", rest)
    figure = figures.Figure.objects.get(name=f"validation-run-{run.pk}")
    figure.value["seconds"] = 10.0
    figure.save()
    assert count_touched() == 0
    figure.counted_at = timezone.now() - timedelta(seconds=201)
    figure.save()
    assert count_touched() == 1 and count_touched() == 0


def test_a_run_touched_while_it_is_counted_is_counted_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_judged_run(*MIXED)
    ids = list(run.responses.values_list("pk", flat=True))
    figures.runs_touch(response_ids=ids)
    count = figures.run_count

    def meanwhile(run_id: int) -> figures.RunCount:
        figures.runs_touch(response_ids=ids)
        return count(run_id)

    monkeypatch.setattr(figures, "run_count", meanwhile)
    assert count_touched() == 1
    monkeypatch.undo()
    monkeypatch.setattr(figures, "REST", 0)
    assert count_touched() == 1 and count_touched() == 0
