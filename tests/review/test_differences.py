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
def _one_database_and_time(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    # What is left of the data may not hang on how busy the machine is.
    monkeypatch.setattr("apps.validation.strength.differing.SECONDS", 300.0)


def validated(*sql: str) -> list[Response]:
    responses = make_answers(*sql)
    responses_validate(response_ids=[response.pk for response in responses])
    return responses


def do(unit: WorkUnit) -> dict[str, Any]:
    from worker.validating import do as work_unit

    class Lease:
        def check(self) -> None: ...

    return work_unit(unit, "me", Lease())  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["sqlite", "duckdb", "postgres"])
def test_one_row_is_left_where_one_row_shows_the_difference(database: str, settings: Any) -> None:
    settings.WINNOW_DATABASES = [database]
    right, lucky = validated(RIGHT, LUCKY)

    found = difference_find(one_id=lucky.pk, other_id=right.pk)

    assert found and (found.one, found.other) == (right, lucky) and found.data
    (table,) = found.data["tables"]
    assert table["name"] == "users" and len(table["rows"]) == 1
    assert table["rows"][0][table["columns"].index("age")] > 30
    assert len(found.data["one"]["rows"]) == 1 and found.data["other"]["rows"] == []
    assert found.data["database"] == database and found.data["looked"] == [database]


def test_what_agrees_everywhere_has_none_and_a_correction_makes_a_finding_stale() -> None:
    right, same = validated(RIGHT, SAME)
    found = difference_find(one_id=right.pk, other_id=same.pk)
    assert found and not found.is_found
    view = difference_view(response=right, other=same)
    assert view.is_known and not view.is_found and view.looked == ("sqlite",)
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


ORDERS = """[Implementation]
```sql
{sql}
```
[Tests]
Input Table: orders
| id | placed | amount | state |
|---|---|---|---|
| 1 | 2024-01-31 | 2.50 | NULL |
| 2 | 2024-02-01 | 10.25 | open |
| 3 | 2024-03-05 | 0.75 | done |

Expected Output:
| placed | total |
|---|---|
| 2024-02-01 | 10.25 |
| 2024-03-05 | 0.75 |
"""
FROM = (
    "SELECT placed, SUM(amount) AS total FROM orders WHERE placed {sign} '{day}' GROUP BY placed;"
)


@pytest.mark.parametrize("database", ["sqlite", "duckdb", "postgres"])
def test_dates_and_decimals_of_every_database_are_shown(
    client: Client, database: str, settings: Any
) -> None:
    settings.WINNOW_DATABASES = [database]
    sql = [FROM.format(sign=">=", day="2024-02-01"), FROM.format(sign=">", day="2024-02-01")]
    one, other = make_answers(*sql, text=ORDERS)
    responses_validate(response_ids=[one.pk, other.pk])
    found = difference_find(one_id=one.pk, other_id=other.pk)
    assert found and found.is_found and found.data
    (table,) = found.data["tables"]
    assert len(table["rows"]) == 1
    client.force_login(make_user())
    page = markup(client.get(reverse("review:siblings", args=[one.pk])))
    assert f"give other results, on {database}:" in page and "<caption>orders</caption>" in page
    this, theirs = page[page.index("This response gives") :].split("The other response gives")
    assert "2024-02-01" in this and "no rows" in theirs


def test_a_difference_that_only_another_database_shows_is_found_there(
    client: Client, settings: Any
) -> None:
    """LIKE minds the case of letters on DuckDB and PostgreSQL, and not on SQLite."""
    settings.WINNOW_DATABASES = ["sqlite", "duckdb", "postgres"]
    like, exact = validated(
        "SELECT name FROM users WHERE name LIKE 'alice' OR name LIKE 'Carl';",
        "SELECT name FROM users WHERE name LIKE 'Alice' OR name LIKE 'Carl';",
    )
    found = difference_find(one_id=like.pk, other_id=exact.pk)
    assert found and found.is_found and found.data
    assert found.data["database"] == "duckdb" and found.data["looked"] == ["sqlite", "duckdb"]
    (table,) = found.data["tables"]
    assert [row[table["columns"].index("name")] for row in table["rows"]] == ["Alice"]
    settings.WINNOW_DATABASES = ["sqlite"]
    difference_find(one_id=like.pk, other_id=exact.pk)
    client.force_login(make_user())
    page = markup(client.get(reverse("review:siblings", args=[like.pk])))
    assert "No data was found on which they differ, on sqlite." in " ".join(page.split())


def test_what_only_one_database_understands_is_no_difference_on_the_others(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite", "postgres"]
    right, own = validated(RIGHT, "SELECT name FROM users WHERE IIF(age > 20, 1, 0) = 1;")
    found = difference_find(one_id=right.pk, other_id=own.pk)
    assert found and not found.is_found and found.data
    assert found.data == {"looked": ["sqlite"], "late": False}


def test_where_nothing_can_be_compared_the_page_says_so(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, none = validated(RIGHT, "SELECT name FROM users WHERE age > ?;")
    found = difference_find(one_id=right.pk, other_id=none.pk)
    assert found and found.data == {"looked": [], "late": False}
    client.force_login(make_user())
    address = reverse("review:siblings", args=[right.pk])
    assert "no database has run both of them" in markup(client.get(address))
    Difference.objects.update(data=None)
    assert "No data was found on which they differ." in " ".join(
        markup(client.get(address)).split()
    ), "what was kept before says no more than it knows"
    Response.objects.filter(pk=none.pk).update(text=right.text)
    responses_validate(response_ids=[none.pk], again=True)
    monkeypatch.setattr("apps.validation.strength.differing.SECONDS", 0.0)
    difference_find(one_id=right.pk, other_id=none.pk)
    said = " ".join(markup(client.get(address)).split())
    assert "differ, on sqlite. The time was over before all of it was tried." in said
