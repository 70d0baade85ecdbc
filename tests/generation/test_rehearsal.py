"""A dry run: prompts with their tokens, an estimate of the time, and nothing kept."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core.models import Job
from apps.generation.models import Recipe, Run, RunMinute
from apps.generation.recipes import RecipeSpec
from apps.generation.rehearsal import Rehearsal, run_rehearse
from apps.generation.runs import NoSeedsError, Selection
from apps.generation.tokens import count_tokens
from tests.builders import (
    make_recipe,
    make_response,
    make_run,
    make_seed,
    make_user,
    make_version,
)
from tests.generation.test_views import form_data
from tests.generation.tokenizer_file import write_tokenizer
from tests.worker.fake_server import FakeServer, says

SPEC = RecipeSpec(engine="llama", model="tiny", responses=4, instructions=2, tasks=("write",))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as fake:
        yield fake


def rehearse(count: int = 100) -> Rehearsal:
    return run_rehearse(fewshot=make_version(), spec=SPEC, selection=Selection(count=count))


@pytest.mark.django_db
def test_three_seeds_are_shown_at_every_stage_and_nothing_is_kept() -> None:
    for _ in range(5):
        make_seed()
    found = rehearse()
    assert [prompt.stage for prompt in found.prompts] == ["s_c", "c_i", "i_r"] * 3
    assert [prompt.stands_in for prompt in found.prompts[:3]] == [False, True, True]
    assert found.asks == {"s_c": 100, "c_i": 200, "i_r": 800}
    assert "UPDATE users SET age" in found.prompts[0].text
    assert found.prompts[1].text.endswith("### Instruction\n")
    assert not Recipe.objects.exists() and not Run.objects.exists() and not Job.objects.exists()


@pytest.mark.django_db
def test_without_a_tokenizer_the_tokens_are_an_estimate_that_says_so() -> None:
    make_seed()
    found = rehearse(1)
    assert not found.is_exact and "estimated at 3.5 characters a token" in found.how
    assert found.prompts[0].tokens == round(len(found.prompts[0].text) / 3.5)
    tokens = [prompt.tokens for prompt in found.prompts]
    assert found.prompt_tokens == tokens[0] + 2 * tokens[1] + 8 * tokens[2]


@pytest.mark.django_db
def test_without_seeds_it_says_what_a_start_would_say() -> None:
    with pytest.raises(NoSeedsError, match="gather some first"):
        rehearse()


@pytest.mark.django_db
def test_the_time_is_that_of_the_last_run_of_the_model() -> None:
    assert make_seed() and rehearse().estimate is None
    recipe = make_recipe(engine="llama", model="tiny")
    seed = make_seed()
    run = make_run(recipe, [seed])
    make_response(run=run, seed=seed)
    run.completions.update(completion_tokens=10)
    at = "2026-11-01T10:00:00Z"
    RunMinute.objects.create(
        run=run, server="h:1", minute=at, busy_until=at, completion_tokens=50, busy_seconds=2.0
    )
    found = rehearse().estimate
    assert found and (found.run_id, found.tokens) == (run.pk, 11_000)
    assert found.tokens_per_second == 25 and found.time == timedelta(seconds=440)


def test_vllm_and_llama_cpp_count_for_themselves(server: FakeServer, settings: Settings) -> None:
    settings.WINNOW_MODEL_URL = f"{server.url}/v1/chat/completions, http://other:1"
    server.always = says({"count": 7, "tokens": [1]})
    found = count_tokens(["a", "b"], engine="url", model="m")
    assert server.paths == ["/tokenize"] * 2 and server.asked[0]["prompt"] == "a"
    assert (found.counts, found.how, found.is_exact) == (
        (7, 7),
        "counted by the model server",
        True,
    )
    server.always = says({"tokens": [5, 6, 7]})
    assert count_tokens(["a"], engine="url", model="m").counts == (3,)


@pytest.mark.parametrize("answer", [{"error": "no"}, [], {"count": "many"}, {"tokens": None}])
def test_a_server_that_cannot_count_is_no_trouble(
    server: FakeServer, settings: Settings, answer: object
) -> None:
    settings.WINNOW_MODEL_URL = server.url
    server.always = says(answer)
    found = count_tokens(["x" * 35], engine="url", model="m")
    assert found.counts == (10,) and "did not say" in found.how
    server.always = says({}, status=404)
    assert not count_tokens(["x"], engine="url", model="m").is_exact


def test_a_tokenizer_file_in_the_models_folder_counts(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    found = count_tokens(["SELECT 1 1"], engine="vllm", model=str(tmp_path))
    assert found.counts == (3,) and found.is_exact
    (tmp_path / "tokenizer.json").write_text("{")
    assert "cannot be read" in count_tokens(["a"], engine="vllm", model=str(tmp_path)).how


@pytest.mark.django_db
def test_the_form_shows_it_instead_of_starting(client: Client) -> None:
    make_seed()
    client.force_login(make_user("editor"))
    page = client.post(reverse("generation:new"), form_data() | {"dry": "1"}).content.decode()
    assert "Nothing was started." in page and "seed → concepts: about" in page
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_the_command_line_shows_it_instead_of_starting() -> None:
    make_seed()
    out = io.StringIO()
    name = make_version().fewshot_set.name
    call_command("generate", "--fewshot", name, "--count", "5", "--dry-run", stdout=out)
    told = out.getvalue()
    assert "Nothing was started. At most: 5 × seed → concepts" in told
    assert "Time: nobody can say" in told and not Run.objects.exists()
