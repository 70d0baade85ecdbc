"""The smallest data on which two responses to one instruction differ, on their page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.models import WorkUnit
from apps.generation.models import Response
from apps.review.differences import difference_view
from apps.validation.models import Difference
from apps.validation.services import responses_validate
from apps.validation.strength.differing import difference_find
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.test_queues import make_queue
from tests.validation.building import LUCKY, RIGHT, SAME, make_answers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_database(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]


def validated(*sql: str) -> list[Response]:
    responses = make_answers(*sql)
    responses_validate(response_ids=[response.pk for response in responses])
    return responses


def do(unit: WorkUnit) -> dict[str, Any]:
    from worker.validating import do as work_unit

    class Lease:
        def check(self) -> None: ...

    return work_unit(unit, "me", Lease())  # type: ignore[arg-type]


def test_one_row_is_left_where_one_row_shows_the_difference() -> None:
    right, lucky = validated(RIGHT, LUCKY)

    found = difference_find(one_id=lucky.pk, other_id=right.pk)

    assert found and (found.one, found.other) == (right, lucky) and found.data
    (table,) = found.data["tables"]
    assert table["name"] == "users" and len(table["rows"]) == 1
    assert table["rows"][0][table["columns"].index("age")] > 30
    assert len(found.data["one"]["rows"]) == 1 and found.data["other"]["rows"] == []


def test_what_agrees_everywhere_has_none_and_a_correction_makes_a_finding_stale() -> None:
    right, same = validated(RIGHT, SAME)
    found = difference_find(one_id=right.pk, other_id=same.pk)
    assert found and found.data is None
    view = difference_view(response=right, other=same)
    assert view.is_known and not view.is_found
    Response.objects.filter(pk=same.pk).update(text="Another.")
    same.refresh_from_db()
    assert not difference_view(response=right, other=same).is_known
    assert difference_find(one_id=right.pk, other_id=make_response().pk) is None


def test_the_page_asks_waits_and_shows_both_results(client: Client) -> None:
    right, lucky = validated(RIGHT, LUCKY)
    client.force_login(make_user())
    page = reverse("review:siblings", args=[lucky.pk])
    address = reverse("review:difference", args=[lucky.pk, right.pk])
    assert "Find the smallest data" in markup(client.get(page))
    answer = client.post(address)
    assert answer.status_code == 302 and answer["Location"] == f"{page}?with={right.pk}"
    client.post(address)
    unit = WorkUnit.objects.get(key=f"differ-{right.pk}-{lucky.pk}")
    assert unit.queue == "ahead"
    part = markup(client.get(address, headers={"HX-Request": "true"}))
    assert "smaller and smaller data" in part and 'hx-trigger="every 1s"' in part
    assert do(unit) == {"found": 1}
    WorkUnit.objects.update(status="done")
    part = markup(client.get(address, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in part and "<caption>users</caption>" in part
    this, other = part.split("The other response gives")
    assert "no rows" in this and "no rows" not in other, "the lucky one finds nobody"
    assert "<caption>users</caption>" in markup(client.get(page))


def test_it_is_evidence_and_of_two_responses_to_one_instruction(client: Client) -> None:
    right, lucky = validated(RIGHT, LUCKY)
    client.force_login(make_user())
    address = reverse("review:difference", args=[lucky.pk, right.pk])
    for pk, other in ((right.pk, right.pk), (right.pk, make_response().pk), (right.pk, 10**9)):
        wrong = reverse("review:difference", args=[pk, other])
        assert client.get(wrong).status_code == 404 and client.post(wrong).status_code == 404
    assert client.put(address).status_code == 405
    assert Client().get(address)["Location"].startswith(reverse("accounts:login"))
    make_queue(evidence_last=True)
    client.post(address)
    assert not WorkUnit.objects.filter(queue="ahead").exists()
    Difference.objects.create(one=right, other=lucky, data=None, judged=b"")
    assert "results differ" not in markup(client.get(address, headers={"HX-Request": "true"}))
