"""Where a pair comes from, on its page: models, prompts, and the examples that they showed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Import, Instruction, Response
from apps.review.correcting import pair_correct
from apps.review.lineage import lineage_of
from apps.review.models import Gold
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db


def page_of(client: Client, response: Response) -> str:
    return markup(client.get(reverse("review:pair", args=[response.pk])))


def test_each_step_says_its_model_its_examples_and_its_prompt(client: Client) -> None:
    response = make_response()
    completion = response.completion
    assert completion
    completion.example_numbers, completion.arrangement = [2, 3, 99], 4
    completion.prompt_hash, completion.properties = b"\xab" * 32, {"task": "fix", "style": ""}
    completion.prompt_tokens, completion.completion_tokens = 1_234, 56
    completion.save()

    steps = lineage_of(response.pk)

    assert [step.stage for step in steps][-1] == "I→R" and len(steps) >= 2
    step = steps[-1]
    assert [(one.number, one.pk is None) for one in step.shown] == [
        (2, False),
        (3, False),
        (99, True),
    ]
    assert (step.arrangement, step.drawn) == (4, (("task", "fix"),))
    assert (step.prompt, step.prompt_tokens, step.tokens) == ("ab" * 32, 1_234, 56)
    assert ("temperature", str(completion.recipe.sampling["temperature"])) in step.sampled
    client.force_login(make_user())
    page = page_of(client, response)
    for one in step.shown[:2]:
        assert one.pk and f'href="{reverse("fewshot:example", args=[one.pk])}"' in page
    assert "arrangement 4" in page and "ab" * 32 in page and "1,234 read, 56 written" in page


def test_a_corrected_pair_keeps_the_prompts_that_the_models_got() -> None:
    response = make_queued()
    before = lineage_of(response.pk)
    pair_correct(
        response=response, editor=make_user("editor"), text="New.", instruction="New?", seen=0
    )
    assert lineage_of(response.pk) == before


def test_what_was_brought_in_says_that_nothing_is_known(client: Client) -> None:
    imported = Import.objects.create(file_name="a.jsonl", sha256="1" * 64)
    asked = Instruction.objects.create(imported=imported, import_row=1, record={}, text="One?")
    response = Response.objects.create(instruction=asked, text="1")
    client.force_login(make_user())
    assert lineage_of(response.pk) == []
    assert "It was brought in finished" in page_of(client, response)


def test_an_altered_pair_does_not_tell_that_it_is_one() -> None:
    source = make_response()
    asked = source.instruction.copied()
    asked.save()
    altered = Response.objects.create(instruction=asked, text="Other.", is_held_back=True)
    Gold.objects.create(response=altered, good=False, origin=source)
    assert lineage_of(altered.pk) == lineage_of(source.pk) != []


def test_a_blind_queue_hides_it_and_the_desk_leads_to_it_elsewhere(client: Client) -> None:
    response = make_queued()
    client.force_login(make_user())
    link = f'{reverse("review:pair", args=[response.pk])}#lineage" data-action="whence"'
    assert link in markup(client.get(reverse("review:index")))
    queue = make_queue(is_blind=True)
    assert "whence" not in markup(client.get(reverse("review:work", args=[queue.pk]))).replace(
        "w whence", ""
    )
    assert "Where it comes from" not in page_of(client, response)
