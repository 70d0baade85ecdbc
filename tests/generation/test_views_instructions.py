"""Instructions are found by what they were drawn to be."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Instruction, Run
from apps.generation.views_instructions import PAGE
from tests.builders import make_completion, make_run, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


def instruct(run: Run, number: int, **fields: str) -> Instruction:
    seed = run.chosen.get().seed
    made = make_completion(run, seed, "s_i", number)
    return Instruction.objects.create(
        completion=made, recipe=run.recipe, seed=seed, text=f"text {number:03}", **fields
    )


def page(client: Client, run: Run, **query: object) -> str:
    response = client.get(reverse("generation:instructions", args=[run.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_needs_signing_in_a_run_and_get(client: Client) -> None:
    url = reverse("generation:instructions", args=[make_run().pk])
    assert "/accounts/login" in client.get(url)["Location"]
    client.force_login(make_user("reviewer"))
    assert "No instruction yet" in client.get(url).content.decode()
    assert client.post(url).status_code == 405
    assert client.get(reverse("generation:instructions", args=[999_999])).status_code == 404


@pytest.mark.parametrize(
    ("name", "one", "other", "words"),
    [
        ("task", "fix", "write", "fix a wrong one"),
        ("style", "vague", "question", "vague, with context"),
        ("dialect", "postgres", "mysql", "PostgreSQL"),
        ("difficulty", "Hard", "Easy", "Hard"),
        ("category", "indexing", "stored logic", "indexing"),
    ],
)
def test_each_property_is_shown_in_words_and_chooses(
    reviewer: Client, name: str, one: str, other: str, words: str
) -> None:
    run = make_run()
    instruct(run, 1, **{name: one})
    instruct(run, 2, **{name: other})
    shown = page(reviewer, run, **{name: one})
    assert "text 001" in shown and "text 002" not in shown
    assert f'<span class="badge">{words}</span>' in shown
    both = page(reviewer, run, **{name: "'; DROP"})
    assert "text 001" in both and "text 002" in both
    Instruction.objects.update(**{name: other})
    assert "No instruction is such" in page(reviewer, run, **{name: one})


def test_older_ones_are_on_the_next_page_with_the_same_choice(reviewer: Client) -> None:
    run = make_run()
    rows = [instruct(run, number, task="fix") for number in range(PAGE + 1)]
    first = page(reviewer, run, task="fix")
    assert f'href="?task=fix&amp;before={rows[1].pk}"' in first and "text 000" not in first
    assert "text 000" in page(reviewer, run, task="fix", before=rows[1].pk)
