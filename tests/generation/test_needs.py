"""The room for prompt and answer that a recipe's server is started with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.generation.engines import DEFAULT_MODELS
from apps.generation.models import Recipe
from apps.generation.needs import context_needed
from apps.generation.prompting import Prompter
from apps.generation.runs import Selection, run_start
from apps.seeds.models import Seed
from tests.builders import make_recipe, make_seed, make_version
from worker import model_server
from worker.engines import setup
from worker.engines.commands import build_command

pytestmark = pytest.mark.django_db
OWN = DEFAULT_MODELS["vllm"]


def made(model: str = OWN, *, tokens: int = 1024, longest: int = 50) -> Recipe:
    recipe = make_recipe(version=make_version(examples=6), engine="vllm", model=model)
    recipe.sampling["max_tokens"] = dict.fromkeys(recipe.stages, tokens)
    make_seed(f"SELECT {Seed.objects.count()}, '" + "a" * longest + "'")
    run_start(recipe=recipe, selection=Selection(count=Seed.objects.count()))
    return recipe


def test_the_longest_prompt_and_its_answer_fit_and_not_the_whole_model() -> None:
    recipe = made()
    needed = context_needed(recipe)
    seed = make_seed("SELECT 1")
    prompt = Prompter(recipe=recipe, stage="s_c", arrangement=0).prompt(seed)
    assert len(prompt.text) / 3 + 1024 < needed < 16_384
    assert needed % 2048 == 0


def test_longer_answers_and_seeds_need_more_room() -> None:
    usual = context_needed(made())
    assert context_needed(made(tokens=4096)) > usual
    assert context_needed(made(longest=15_000)) > usual


@pytest.mark.parametrize("recipe", [{"longest": 60_000}, {"model": "unknown/model"}])
def test_the_model_says_its_room_itself_where_all_of_it_is_needed_or_nobody_knows_it(
    recipe: dict[str, object],
) -> None:
    assert context_needed(made(**recipe)) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "is_known"),
    [
        ({"max_position_embeddings": 32_768}, True),
        ({"text_config": {"max_position_embeddings": 32_768}}, True),
        ({"max_position_embeddings": 2_048}, False),
        ({"max_position_embeddings": "x"}, False),
        ([], False),
    ],
)
def test_a_model_in_a_folder_says_how_much_it_can_read(
    tmp_path: Path, config: object, is_known: bool
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert (context_needed(made(str(tmp_path))) > 0) is is_known


def test_the_server_is_started_with_the_room_that_the_recipe_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setup, "is_installed", lambda *_, **__: True)
    recipe = made()
    (settings,) = model_server.engine_settings(recipe)
    words = build_command(settings, port=1, api_key="k").arguments
    assert words[words.index("--max-model-len") + 1] == str(context_needed(recipe))
    monkeypatch.setattr("django.conf.settings.WINNOW_CONTEXT", 9000)
    (settings,) = model_server.engine_settings(recipe)
    assert settings.context_length == 9000
