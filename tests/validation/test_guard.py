"""Whatever one response does, its neighbours get their verdicts and the run ends well."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError
from django.test import Client
from django.urls import reverse

from apps.core.models import Job
from apps.generation.models import Response
from apps.validation import checks, services, storing
from apps.validation.databases.base import Unavailable
from apps.validation.models import CheckResult, StoredReading, Verdict
from apps.validation.revalidating import Filter, responses_of
from apps.validation.services import responses_validate
from tests.builders import make_response, make_user
from tests.core.test_database_away import caused_by
from tests.pages import markup
from tests.validation.building import RIGHT, make_answers

pytestmark = pytest.mark.django_db
ODD = "SELECT name FROM users WHERE age > 20 AND 'odd' = 'odd';"
Spoil = Callable[[pytest.MonkeyPatch, Response], None]


@pytest.fixture(autouse=True)
def _sqlite(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]


def outcome_of(response: Response, database: str = "overall") -> str:
    return Verdict.objects.get(response=response, database=database).outcome


def raising(function: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The function, which raises where anything that it is given says "odd"."""

    def wrapped(*args: Any, **named: Any) -> Any:
        if any("odd" in getattr(value, "text", str(value)) for value in args):
            raise error
        return function(*args, **named)

    return wrapped


def spoil(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> None:
    monkeypatch.setattr(module, name, raising(getattr(module, name), error))


@pytest.mark.parametrize(
    ("module", "name", "error"),
    [
        (services, "read_response", RecursionError("too deep")),
        (services, "validate_reading", KeyError("kind")),
        (checks, "run_checks", MemoryError()),
        (storing, "_stored_reading", DataError("value too long")),
        (storing, "_stored_reading", caused_by(psycopg.errors.StatementTooComplex)),
        (services, "_pair_text", TypeError("concepts are no list")),
    ],
)
def test_what_fails_on_one_response_is_its_own_outcome(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception
) -> None:
    first, odd, last = make_answers(RIGHT, ODD, RIGHT)
    with monkeypatch.context() as patched:
        spoil(patched, module, name, error)
        counts = responses_validate(response_ids=[first.pk, odd.pk, last.pk])

    assert counts == {"passed": 2, "not_judged": 1}
    assert (outcome_of(first), outcome_of(odd), outcome_of(last)) == (
        "passed",
        "not_judged",
        "passed",
    )
    said = Verdict.objects.get(response=odd, database="sqlite").message
    assert said.startswith(f"Not judged, for an error of this program: {type(error).__name__}")
    assert StoredReading.objects.count() == 3

    found = responses_of(Filter(outcomes=("not_judged",)))
    assert list(found) == [odd]
    responses_validate(response_ids=[odd.pk], again=True)
    assert outcome_of(odd) == "passed" and CheckResult.objects.filter(response=odd).exists()


def test_a_database_that_is_away_is_no_fault_of_the_response(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = make_answers(RIGHT, ODD)
    spoil(monkeypatch, services, "validate_reading", Unavailable("no server"))

    with pytest.raises(Unavailable):
        responses_validate(response_ids=[answer.pk for answer in answers])

    assert not Verdict.objects.exists()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EMFILE, errno.EAGAIN])
def test_a_machine_without_room_is_no_fault_of_the_response(
    monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    answers = make_answers(RIGHT, ODD)
    spoil(monkeypatch, services, "read_response", OSError(error, "it cannot be had"))

    with pytest.raises(OSError, match="it cannot be had"):
        responses_validate(response_ids=[answer.pk for answer in answers])

    assert not Verdict.objects.exists()


def test_a_store_that_is_away_stores_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = make_answers(RIGHT, ODD)

    def away(*_: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(storing, "_store", away)
    with pytest.raises(OperationalError):
        responses_validate(response_ids=[answer.pk for answer in answers])


ARRAY = """```postgresql
{sql}
```
Input Table: sales
| sale_id | shop | amount |
|---|---|---|
| 1 | A | 10 |
| 2 | A | 20 |
| 3 | B | 5 |

Expected Output:
| shops |
|---|
| {rows} |
"""
KEYED = """```sqlite
CREATE TABLE pets (pet_id INTEGER, name TEXT NOT NULL, PRIMARY KEY (pet_id));
```
[Tests]
```sql
INSERT INTO pets VALUES (1, 'Rex'), (2, 'Mia');
SELECT pet_id, name FROM pets;
```
Expected Output:
| pet_id | name |
|---|---|
| 1 | Rex |
| 2 | Mia |
"""


@pytest.mark.parametrize(
    ("database", "text"),
    [
        (
            "postgres",
            ARRAY.format(
                sql="SELECT array_agg(shop ORDER BY sale_id) AS shops FROM sales;", rows="{A,A,B}"
            ),
        ),
        (
            "postgres",
            ARRAY.format(
                sql="SELECT array_agg(shop ORDER BY sale_id) FILTER (WHERE amount > 5) AS shops"
                " FROM sales;",
                rows="[A, A]",
            ),
        ),
        ("sqlite", KEYED),
    ],
)
def test_an_alteration_that_cannot_be_written_costs_only_itself(
    settings: Any, database: str, text: str
) -> None:
    settings.WINNOW_DATABASES = [database]
    right = make_response(text, instruction="Write a SQL statement.")
    others = make_answers(RIGHT, RIGHT)

    responses_validate(response_ids=[right.pk, *(other.pk for other in others)])

    verdict = Verdict.objects.get(response=right, database=database)
    assert verdict.outcome == "passed", verdict.message
    assert [outcome_of(other) for other in others] == ["passed", "passed"]


def test_an_editor_validates_a_runs_odd_pairs_again_from_the_page(client: Client) -> None:
    (odd,) = make_answers(ODD)
    assert odd.run
    Verdict.objects.create(response=odd, database="overall", outcome="not_judged", version=3)
    page = reverse("validation:pairs", args=[odd.run.pk])
    again = reverse("validation:again", args=[odd.run.pk])
    client.force_login(make_user("reviewer"))
    shown = markup(client.get(page, {"show": "outcome", "outcome": "not_judged"}))
    assert "not judged" in shown and "Validate these again" not in shown
    assert client.post(again, {"outcome": "not_judged"}).status_code == 403
    client.force_login(make_user("editor"))
    shown = markup(client.get(page, {"show": "outcome", "outcome": "not_judged"}))
    assert "Validate these again" in shown
    assert client.post(again, {"outcome": "not_judged"}).status_code == 302
    unit = Job.objects.get(kind="validate").units.get()
    assert unit.payload == {"responses": [odd.pk], "again": True}
    assert client.post(again, {"outcome": "nonsense"}).status_code == 404


def test_what_a_result_depends_on_is_filtered_and_shown_in_words(client: Client) -> None:
    tied, other = make_answers(RIGHT, RIGHT)
    assert tied.run
    for response, notes in ((tied, ["tie_cut"]), (other, [])):
        Verdict.objects.create(
            response=response, database="overall", outcome="passed", version=3, notes=notes
        )
    client.force_login(make_user("reviewer"))
    run = markup(client.get(reverse("validation:run", args=[tied.run.pk])))
    assert "LIMIT cuts between rows that tie" in run
    page = markup(
        client.get(
            reverse("validation:pairs", args=[tied.run.pk]), {"show": "note", "note": "tie_cut"}
        )
    )
    links = [reverse("review:pair", args=[pair.pk]) in page for pair in (tied, other)]
    assert links == [True, False] and "LIMIT cuts between rows that tie" in page
