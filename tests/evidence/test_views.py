"""The page of a version's evidence: who may see it, what it says, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core.models import Figure
from apps.evidence.counting import VERSION, count_evidence
from tests.builders import make_user, make_version
from tests.evidence.building import make_evidence, planted
from tests.pages import markup

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["reviewer", "editor", "admin"])
def test_everybody_sees_what_a_version_came_to(client: Client, role: str) -> None:
    version = make_version()
    client.force_login(make_user(role))
    page = client.get(f"/evidence/versions/{version.pk}/")
    assert page.status_code == 200 and "No evidence yet" in markup(page)
    assert client.post(f"/evidence/versions/{version.pk}/").status_code == 405
    assert client.get("/evidence/versions/999999999/").status_code == 404
    assert Client().get(f"/evidence/versions/{version.pk}/").status_code == 302


def test_the_page_tells_counts_intervals_and_what_to_do(client: Client) -> None:
    run = make_evidence(seeds=240, arrangements=24, responses=2, accepts=planted(good=2, bad=5))
    count_evidence()
    client.force_login(make_user("editor"))
    address = f"/evidence/versions/{run.recipe.fewshot_id}/"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(f"{address}?stage=s_c")
    text = markup(page)
    assert "100 % (480 of 480, 99–100 %)" in text
    assert "It harms: −" in text and "It helps: +" in text
    assert '<span class="badge bad">retire</span>' in text
    assert "S→C: " in text and "24 were used" in text
    # When it was counted, the figure, the version, its examples; the session and the user.
    assert len(queries) <= 7
    assert 'aria-current="page">S→C' in text
    assert 'aria-current="page">I→R' in markup(client.get(f"{address}?stage=no"))


def test_a_page_is_kept_until_its_version_is_counted_anew(client: Client) -> None:
    run = make_evidence(seeds=4)
    count_evidence()
    client.force_login(make_user())
    address = f"/evidence/versions/{run.recipe.fewshot_id}/"
    before = markup(client.get(address)).partition("<h1>")[2]
    with CaptureQueriesContext(connection) as queries:
        assert markup(client.get(address)).endswith(before)
    # When it was counted, the version; the session and the user.
    assert len(queries) <= 5
    figure = Figure.objects.get(name=f"{VERSION}{run.recipe.fewshot_id}")
    figure.value["tally"]["pairs"] = 4321
    figure.counted_at += timedelta(minutes=1)
    figure.save()
    assert "<dd>4,321</dd>" in markup(client.get(address)) and "4,321" not in before


def test_few_have_no_percentage_of_their_own(client: Client) -> None:
    run = make_evidence(seeds=4)
    count_evidence()
    client.force_login(make_user())
    text = markup(client.get(f"/evidence/versions/{run.recipe.fewshot_id}/"))
    assert "<dd>4 of 12 (14–61 %)</dd>" in text and "33 %" not in text
    assert "too few (12)" in text
