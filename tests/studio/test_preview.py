"""A prompt is shown as it is sent, with its tokens; what is not known is said."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from apps.fewshot.models import Version
from apps.generation.asking import Group, asks_of
from apps.generation.engines import context_of
from apps.generation.models import Concepts, Instruction, Run
from apps.generation.recipes import spec_of
from apps.studio.previewing import Preview, PreviewError, Wanted, preview
from tests.builders import make_recipe, make_response, make_run, make_seed, make_user, make_version
from tests.pages import markup
from tests.studio.building import SPEC, change, make_draft
from tests.worker.fake_server import FakeServer, says
from worker.engines.settings import EngineSettings

pytestmark = pytest.mark.django_db


def look(version: Version, **wanted: object) -> Preview:
    return preview(version=version, spec=SPEC, wanted=Wanted(**wanted), run_id=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", ["s_c", "c_i", "i_r", "s_i"])
def test_the_prompt_of_each_stage_is_the_one_that_a_run_sends(stage: str) -> None:
    """For a seed of a run: what it wrote before, its arrangement, its place."""
    chain = "s_i-i_r" if stage == "s_i" else "s_c-c_i-i_r"
    recipe = make_recipe(make_version(8), chain=chain, arrangements=4, tasks=("write", "explain"))
    seeds = [make_seed(), make_seed()]
    run = make_run(recipe, seeds)
    pair = make_response(run=run, seed=seeds[1])
    rows = {"c_i": Concepts.objects.get(), "i_r": Instruction.objects.get(pk=pair.instruction_id)}
    shown = preview(
        version=recipe.fewshot,
        spec=spec_of(recipe),
        wanted=Wanted(stage=stage, seed_id=seeds[1].pk),
        run_id=run.pk,
    )
    group = Group(run=Run.objects.get(pk=run.pk), arrangement=shown.arrangement)
    asked = asks_of(group=group, stage=stage, rows=[rows.get(stage, seeds[1])])[0]
    assert shown.prompt == asked.prompt and not shown.stands_in
    assert "".join(block.text for block in shown.blocks) == asked.prompt.text
    assert [block.label for block in shown.blocks[1:-1]] == [
        f"Example {number}" for number in asked.example_numbers
    ]


def test_a_draft_is_shown_as_it_is_now_and_every_arrangement_can_be_looked_at() -> None:
    draft, seed = make_draft(), make_seed()
    assert "museum keeping" in look(draft, stage="c_i").prompt.text
    change(draft, "archives")
    shown = look(draft, stage="c_i", seed_id=seed.pk, arrangement=0)
    assert "archives" in shown.prompt.text and shown.stands_in
    with pytest.raises(PreviewError, match="There are 1 arrangements: 0 to 0."):
        look(draft, arrangement=1)


def test_tokens_of_blocks_add_up_and_the_estimate_says_that_it_is_one() -> None:
    make_seed()
    shown = look(make_version(4))
    assert not shown.is_exact and "estimated at 3.5 characters a token" in shown.how
    assert shown.tokens == round(len(shown.prompt.text) / 3.5)
    assert all(block.tokens > 0 for block in shown.blocks)
    assert shown.shared == round(len(shown.prompt.prefix) / 3.5)
    assert shown.cached == shown.shared // 16 * 16 > 0
    assert [block.is_shared for block in shown.blocks] == [True] * 4 + [False]


def test_the_model_servers_tokenizer_counts_every_block(
    settings: Settings, fake: FakeServer
) -> None:
    settings.WINNOW_MODEL_URL = f"{fake.url}/v1"
    fake.always = lambda handler: says(
        {"count": len(handler.question["prompt"].split())}  # type: ignore[attr-defined]
    )(handler)
    make_seed()
    shown = look(make_version(4))
    assert shown.is_exact and shown.how == "counted by the model server"
    assert shown.tokens == len(shown.prompt.text.split())
    assert shown.blocks[0].tokens == len(shown.prompt.messages[0]["content"].split())


def test_a_prompt_that_is_too_long_is_refused_whole(settings: Settings) -> None:
    settings.WINNOW_CONTEXT = 1600
    make_seed()
    shown = look(make_version(4))
    assert shown.context == 1600 and shown.too_many == shown.tokens + 1536 - 1600 > 0
    settings.WINNOW_CONTEXT = 0
    shown = look(make_version(4))
    assert shown.context == 0 and shown.too_many == 0


def test_table_definitions_that_are_left_out_are_counted() -> None:
    make_seed(schema_context="CREATE TABLE t (\n" + "  a int,\n" * 400 + ");")
    assert look(make_version(), stage="s_c").tables_cut == 17 + 400 * 9 + 2 - 3000
    assert look(make_version(), stage="i_r").tables_cut == 0


@pytest.mark.parametrize("engine", ["vllm", "vllm-cpu", "llama"])
def test_contexts_are_those_of_the_servers_that_workers_start(engine: str) -> None:
    started = EngineSettings(engine=engine, root=Path(), var_dir=Path(), model="x")
    assert context_of(engine) == started.context_or_default


def test_what_there_is_no_prompt_of_is_said(client: Client) -> None:
    client.force_login(make_user("editor"))
    empty = make_version(0)
    page = f"/fewshot/versions/{empty.pk}/preview/"
    assert "There is no seed yet: gather some first" in markup(client.get(page))
    seed = make_seed()
    assert "There is no seed 999." in markup(client.get(page + "?stage=s_c&seed=999"))
    asked = client.get(page + f"?stage=c_i&seed={seed.pk}")
    assert "This version shows no example: add one first." in markup(asked)
    Version.objects.filter(pk=make_version(2, published=False).pk).update(systems={})
    bare = Version.objects.get(systems={})
    answer = markup(client.get(f"/fewshot/versions/{bare.pk}/preview/?stage=s_i"))
    assert "no system text for seed → instruction" in answer


def test_only_editors_look_at_prompts(client: Client) -> None:
    version, _ = make_version(), make_seed()
    page = f"/fewshot/versions/{version.pk}/preview/"
    assert client.get(page).headers["Location"].startswith("/accounts/login/?next=")
    client.force_login(make_user("reviewer"))
    assert client.get(page).status_code == 403
    client.force_login(make_user("editor"))
    assert client.post(page).status_code == 405
    assert client.get("/fewshot/versions/999999999/preview/").status_code == 404
    text = markup(client.get(page))
    assert "As 8 chat messages" in text and "from the prefix cache" in text
    refused = markup(client.get(page + "?stage=x&seed=y&arrangement=-1&like=z"))
    assert "Select a valid choice" in refused and "Enter a whole number" in refused


def test_text_of_a_prompt_is_shown_and_never_run(client: Client) -> None:
    client.force_login(make_user("editor"))
    make_seed("SELECT '<script>alert(1)</script>'")
    page = client.get(f"/fewshot/versions/{make_version().pk}/preview/")
    assert "<script>alert" not in markup(page) and "&lt;script&gt;alert" in markup(page)
