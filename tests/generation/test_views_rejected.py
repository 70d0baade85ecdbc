"""A rejected completion can be read, with its reason, by everybody who is signed in."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Completion, Run
from apps.generation.views_rejected import PAGE, SHOWN_CHARS
from tests.builders import make_completion, make_run, make_user
from tests.pages import markup

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


def reject(run: Run, reason: str = "cut_off", number: int = 0, **fields: object) -> Completion:
    seed = run.chosen.get().seed
    return make_completion(run, seed, "s_c", seed.pk + number, reason=reason, **fields)


def page(client: Client, run: Run, **query: object) -> str:
    response = client.get(reverse("generation:rejected", args=[run.pk]), query)
    assert response.status_code == 200
    return markup(response)


def test_it_needs_signing_in_a_run_and_get(client: Client) -> None:
    run = make_run()
    url = reverse("generation:rejected", args=[run.pk])
    assert "/accounts/login" in client.get(url)["Location"]
    client.force_login(make_user("reviewer"))
    assert client.post(url).status_code == 405
    assert client.get(reverse("generation:rejected", args=[999_999])).status_code == 404


def test_the_text_is_shown_as_it_came_with_reason_and_message(reviewer: Client) -> None:
    run = make_run()
    reject(run, text="<b>SELECT</b> 1", message="The text ends within a code block.")
    other = make_run()
    reject(other, text="of another run")
    shown = page(reviewer, run)
    assert "&lt;b&gt;SELECT&lt;/b&gt; 1" in shown and "Cut off" in shown
    assert "ends within a code block" in shown and "of another run" not in shown


def test_a_text_without_end_is_shown_as_far_as_can_be_read(reviewer: Client) -> None:
    run = make_run()
    reject(run, text="x" * (SHOWN_CHARS + 1234))
    assert "… and 1,234 characters more." in page(reviewer, run)


def test_one_reason_or_stage_is_chosen_and_nonsense_chooses_nothing(reviewer: Client) -> None:
    run = make_run()
    reject(run, "cut_off", 0, text="the first")
    reject(run, "empty", 1, text="the second")
    make_completion(run, run.chosen.get().seed, "c_i", 5, text="what was good")
    assert "the second" not in page(reviewer, run, reason="cut_off")
    assert "Nothing was rejected for this" in page(reviewer, run, stage="i_r")
    everything = page(reviewer, run, reason="' OR 1", stage="x", before="y")
    assert "the first" in everything and "the second" in everything
    assert "what was good" not in everything


def test_older_ones_are_on_the_next_page(reviewer: Client) -> None:
    run = make_run()
    rows = [reject(run, number=number, text=f"text {number:03}") for number in range(PAGE + 1)]
    first = page(reviewer, run)
    assert "text 010" in first and "text 000" not in first and "Older ones" in first
    second = page(reviewer, run, before=rows[1].pk)
    assert "text 000" in second and "Older ones" not in second


def test_the_run_page_leads_there(reviewer: Client) -> None:
    run = make_run()
    reject(run, message="The text ends within a code block.")
    shown = markup(reviewer.get(reverse("generation:run", args=[run.pk])))
    address = reverse("generation:rejected", args=[run.pk])
    assert f'href="{address}?stage=s_c&amp;reason=cut_off">cut off</a>' in shown
    assert "cut_off<" not in shown
