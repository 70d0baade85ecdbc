"""Any two versions beside each other: what differs, and what the pairs of each came to."""

from dataclasses import asdict

import pytest
from django.test import Client

from apps.core.models import Figure
from apps.fewshot.services import draft_freeze
from apps.generation.costs import COST, Cost
from apps.generation.recipes import recipe_of_trial
from tests.builders import make_recipe, make_run, make_user, make_version
from tests.pages import markup
from tests.studio.building import SPEC, make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


def count(run_id: int, **numbers: int) -> None:
    Figure.objects.create(name=f"{COST}{run_id}", value=asdict(Cost(**numbers)))


def test_a_version_is_held_against_the_one_before_and_against_any_other(reader: Client) -> None:
    draft, other = make_draft(), make_version(1)
    base = draft.fewshot_set.versions.get(number=1)
    kept = draft_freeze(version=draft)
    page = f"/fewshot/versions/{draft.pk}/changes/"
    text = markup(reader.get(page))
    assert "Against version 1." in text and "<mark>museum keeping</mark>" in text
    assert f'<option value="{other.pk}"> {other.fewshot_set.name}, version 1</option>' in text
    assert f'<option value="{base.pk}" selected>' in text and f'value="{kept.pk}"' not in text
    text = markup(reader.get(page, {"against": other.pk}))
    assert f"Against {other}." in text and "Example 1, removed" in text
    text = markup(reader.get(f"/fewshot/versions/{base.pk}/changes/", {"against": draft.pk}))
    assert "Against version 2." in text and "<mark>library one</mark>" in text
    assert "Nothing differs" in markup(reader.get(page, {"against": kept.pk}))


def test_each_side_says_what_its_pairs_came_to_with_counts_and_interval(reader: Client) -> None:
    draft = make_draft()
    base = draft.fewshot_set.versions.get(number=1)
    first, second = (make_run(make_recipe(base)) for _ in range(2))
    count(first.pk, responses=40, validated=40, passed=30, labelled=9, accepted=3)
    count(second.pk, responses=10, validated=10, passed=0, labelled=1, accepted=1)
    tried = make_run(recipe_of_trial(fewshot=base, spec=SPEC))
    count(tried.pk, responses=1000, validated=1000, passed=1000)
    text = markup(reader.get(f"/fewshot/versions/{draft.pk}/changes/"))
    # Wilson, 95 %: 30 of 50 and 4 of 10.
    assert "60 % (30 of 50, 46–72 %)" in text and "4 of 10 (17–69 %)" in text
    assert "A draft has no runs: try it." in text


def test_who_may_look(client: Client) -> None:
    draft = make_draft()
    page = f"/fewshot/versions/{draft.pk}/changes/"
    assert client.get(page).headers["Location"].startswith("/accounts/login/?next=")
    client.force_login(make_user("reviewer"))
    assert client.post(page).status_code == 405
    assert client.get("/fewshot/versions/999999999/changes/").status_code == 404
    assert client.get(page, {"against": "999999999"}).status_code == 404
    assert client.get(page, {"against": "x"}).status_code == 200
    alone = make_version()
    assert "It is the first version" in markup(client.get(f"/fewshot/versions/{alone.pk}/changes/"))
