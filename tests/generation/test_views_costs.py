"""Pages that compare: two runs side by side, costs by recipe and version, numbers over time."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.models import Figure
from apps.generation.models import Run, RunMinute, ServerSample
from tests.builders import make_recipe, make_run, make_user, make_version
from tests.pages import markup

pytestmark = pytest.mark.django_db
COST = {
    "responses": 20, "validated": 20, "passed": 10, "labelled": 8, "accepted": 4,
    "gpu_seconds": 40.0, "prompt_tokens": 1000, "cached_tokens": 800, "completion_tokens": 2000,
    "sandbox_seconds": 5.0, "reviewer_seconds": 80.0,
}  # fmt: skip


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


def counted(run: Run) -> Run:
    Figure.objects.create(name=f"cost-run-{run.pk}", value=COST)
    return run


def get(client: Client, name: str, *args: object, **query: object) -> str:
    response = client.get(reverse(f"generation:{name}", args=args), query)
    assert response.status_code == 200
    return markup(response)


@pytest.mark.parametrize("name", ["compare", "costs", "charts"])
def test_they_need_signing_in_and_get(client: Client, name: str) -> None:
    url = reverse(f"generation:{name}", args=[make_run().pk] if name == "charts" else [])
    assert "/accounts/login" in client.get(url)["Location"]
    client.force_login(make_user("reviewer"))
    assert client.get(url).status_code == 200 and client.post(url).status_code == 405


def test_two_runs_stand_beside_each_other_with_what_they_have_different(reviewer: Client) -> None:
    one, other = (
        counted(make_run(make_recipe(temperature=0.7))),
        make_run(make_recipe(temperature=0.2)),
    )
    shown = get(reviewer, "compare", a=one.pk, b=other.pk)
    assert (
        '<th scope="row">Temperature</th><td class="wrap-anywhere">0.7</td><td class="wrap-anywhere">0.2</td>'
        in shown
    )
    assert "Top p" not in shown
    assert "4 of 8 (22–78 %)" in shown and "Not counted yet." in shown
    # Nobody compares a run with itself: the two newest are offered.
    offered = re.findall(r'<option value="(\d+)" selected>', get(reviewer, "compare"))
    assert offered == [str(one.pk), str(other.pk)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": "other"}, "other"),
        ({"revision": "abc"}, "tiny abc"),
        ({"chain": "s_i-i_r"}, "seed → instruction; instruction → response"),
        ({"top_p": 0.9}, "0.9"),
        ({"frequency_penalty": 0.3}, "0.3"),
        ({"response_stop": ("\n[Tests]",)}, "&#x27;\\n[Tests]&#x27;"),
        ({"max_tokens": {"s_c": 9}}, "seed → concepts 9"),
        ({"examples": {"i_r": 2}}, "instruction → response 2"),
        ({"arrangements": 6}, "6"),
        ({"response_grammar": "root ::= x"}, "responses (ee0a8906)"),
        ({"concepts_grammar": "root ::= x"}, "concepts (ee0a8906)"),
        ({"responses": 3}, "3"),
        ({"response_prefix": "Here"}, "Here"),
        ({"instructions": 2}, "2"),
        ({"tasks": ("fix",)}, "fix a wrong one"),
        ({"styles": ("question", "vague")}, "question, vague, with context"),
        ({"dialects": ("sqlite", "postgres")}, "SQLite, PostgreSQL"),
    ],
)
def test_whatever_two_recipes_have_different_is_said_in_words(
    reviewer: Client, changed: dict[str, object], words: str
) -> None:
    version = make_version(examples=6)
    one = make_run(make_recipe(version, random_seed=1))
    other = make_run(make_recipe(version, **{"random_seed": 1, **changed}))
    shown = get(reviewer, "compare", a=one.pk, b=other.pk)
    rows = re.findall(r'<th scope="row">[^<]+</th><td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>', shown)
    assert any(words in its and its != ours for ours, its in rows), rows
    assert not any("{" in cell or "s_c" in cell for row in rows for cell in row)


def test_two_runs_of_one_recipe_say_so_and_which_seeds_each_took(reviewer: Client) -> None:
    recipe = make_recipe()
    one, other = make_run(recipe), make_run(recipe)
    said = "Both have the same recipe and choice of seeds."
    assert said in get(reviewer, "compare", a=one.pk, b=other.pk)
    Run.objects.filter(pk=other.pk).update(selection={"kinds": ["select"], "dialects": ["mysql"]})
    shown = get(reviewer, "compare", a=one.pk, b=other.pk)
    assert said not in shown and "only select; MySQL" in shown


def test_runs_that_are_not_there_are_named_and_without_any_it_says_what_to_do(
    reviewer: Client,
) -> None:
    assert "There are fewer than two runs" in get(reviewer, "compare")
    run = make_run()
    shown = get(reviewer, "compare", a=run.pk, b=999_999)
    assert "There is no run 999999." in shown and "What they have different" not in shown


def test_the_run_page_shows_what_was_spent_by_pair(reviewer: Client) -> None:
    run = counted(make_run())
    shown = get(reviewer, "run", run.pk)
    cells = '<td class="number">40</td><td class="number">2.0</td><td class="number">4.0</td><td class="number">10.0</td>'
    assert f'<th scope="row">Model server, GPU-seconds</th>{cells}' in shown
    assert "20 responses; passed: 10 of 20 (" in shown
    assert "Not counted yet" in get(reviewer, "run", make_run().pk)


def test_a_pair_that_there_is_none_of_costs_nothing_that_can_be_said(reviewer: Client) -> None:
    run = make_run()
    Figure.objects.create(name=f"cost-run-{run.pk}", value=COST | {"accepted": 0})
    assert '<td class="number">4.0</td><td class="number">–</td>' in get(reviewer, "run", run.pk)


def test_costs_of_all_runs_of_a_recipe_and_a_version_are_added_up(reviewer: Client) -> None:
    assert "No costs yet" in get(reviewer, "costs")
    recipe = make_recipe()
    counted(make_run(recipe))
    counted(make_run(recipe))
    shown = get(reviewer, "costs")
    assert shown.count("2 runs") == 2 and shown.count('<td class="number">4,000</td>') == 2
    assert shown.count("40 responses; passed: 50 % (20 of 40,") == 2


def test_numbers_over_time_are_a_table_and_asked_again_while_the_run_goes_on(
    reviewer: Client,
) -> None:
    run = make_run()
    assert "Nothing was written yet." in get(reviewer, "charts", run.pk)
    at = "2026-11-01T10:00:00Z"
    RunMinute.objects.create(
        run=run, server="h:1", minute=at, busy_until="2026-11-01T10:01:00Z", completion_tokens=600
    )
    ServerSample.objects.create(server="h:1", at="2026-11-01T10:00:30Z", running=7)
    shown = get(reviewer, "charts", run.pk)
    assert 'data-value="1793527200"' in shown and '<td class="number">10.0</td>' in shown
    assert '<td class="number">7.0</td>' in shown and "every 10s" in shown
    type(run.job).objects.update(status="done", finished_at=at)
    assert "every 10s" not in get(reviewer, "charts", run.pk)
