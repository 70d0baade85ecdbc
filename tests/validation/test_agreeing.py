"""Responses to one instruction, compared on data that none of them chose."""

from typing import Any

import pytest

from apps.generation.models import Response
from apps.validation.models import Agreement
from apps.validation.services import responses_validate
from apps.validation.strength import agreeing
from apps.validation.strength.agreeing import agreements_find, comparable
from apps.validation.values import Table
from tests.validation.building import LUCKY, RIGHT, SAME, TESTED, add_answer, make_answers

pytestmark = pytest.mark.django_db


def validated(*sql: str, text: str = TESTED) -> list[Response]:
    responses = make_answers(*sql, text=text)
    responses_validate(response_ids=[response.pk for response in responses])
    return responses


def groups() -> list[tuple[float, bool]]:
    rows = Agreement.objects.order_by("response").values_list("score", "in_largest_group")
    return [(round(score, 2), largest) for score, largest in rows]


def test_a_query_that_passes_by_luck_leaves_the_group_on_generated_rows() -> None:
    responses = validated(RIGHT, SAME, LUCKY)
    assert agreements_find(response_ids=[responses[0].pk]) == 3
    assert groups() == [(0.67, True), (0.67, True), (0.33, False)]


def test_rows_that_sql_inserts_are_generated_anew_too() -> None:
    table = "Input Table: users\n```text\nid | name | age\n1 | Alice | 25\n2 | Bob | 15\n3 | Carl | 30\n```"
    given = (
        "```sql\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);\n"
        "INSERT INTO users VALUES (1, 'Alice', 25), (2, 'Bob', 15), (3, 'Carl', 30);\n```"
    )
    assert table in TESTED
    responses = validated(RIGHT, SAME, LUCKY, text=TESTED.replace(table, given))
    agreements_find(response_ids=[responses[0].pk])
    assert groups() == [(0.67, True), (0.67, True), (0.33, False)]


def test_it_waits_for_the_last_verdict_and_is_done_anew_for_a_later_response() -> None:
    responses = validated(RIGHT, SAME)
    late = add_answer(responses[0].instruction, TESTED.format(sql=SAME))
    ids = [response.pk for response in responses]
    assert agreements_find(response_ids=ids) == 0 and not Agreement.objects.exists()
    responses_validate(response_ids=[late.pk])
    assert agreements_find(response_ids=[late.pk]) == 3
    assert groups() == [(1.0, True)] * 3


def test_a_second_time_is_free_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [response.pk for response in validated(RIGHT, SAME)]
    assert agreements_find(response_ids=ids) == 2
    monkeypatch.setattr(agreeing, "_run_all", lambda *_: pytest.fail("it was run again"))
    assert agreements_find(response_ids=ids) == 0
    monkeypatch.undo()
    assert agreements_find(response_ids=ids, again=True) == 2 and Agreement.objects.count() == 2


def test_fewer_than_two_that_run_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreeing, "_run_all", lambda *_: pytest.fail("there is nothing to run"))
    alone = [response.pk for response in validated(RIGHT)]
    refused = validated(RIGHT, "ATTACH 'x' AS y;")
    no_sql = add_answer(refused[0].instruction, "```python\nprint(1)\n```")
    responses_validate(response_ids=[no_sql.pk])
    assert agreements_find(response_ids=[*alone, no_sql.pk]) == 0 and not Agreement.objects.exists()


def test_what_cannot_run_scores_nothing_beside_those_that_agree() -> None:
    responses = validated(
        RIGHT, SAME, "SELEC name FROM users;", "SELECT name FROM users WHERE a = ?;"
    )
    agreements_find(response_ids=[responses[0].pk])
    assert groups() == [(0.5, True), (0.5, True), (0.0, False), (0.0, False)]


def test_a_response_added_meanwhile_leaves_the_comparison_to_who_validates_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responses = validated(RIGHT, SAME)
    run_all = agreeing._run_all

    def slow(*given: object) -> agreeing.Results:
        results = run_all(*given)  # type: ignore[arg-type]
        add_answer(responses[0].instruction, "late")
        return results

    monkeypatch.setattr(agreeing, "_run_all", slow)
    assert agreements_find(response_ids=[responses[0].pk]) == 0 and not Agreement.objects.exists()


def test_the_same_sql_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [response.pk for response in validated(RIGHT, RIGHT, RIGHT, SAME)]
    run, ran = agreeing._results, []

    def counted(*given: object) -> object:
        ran.append(given[-1])
        return run(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(agreeing, "_results", counted)
    assert agreements_find(response_ids=ids) == 4 and len(ran) == 2
    assert groups() == [(1.0, True)] * 4


@pytest.mark.parametrize("database", ["duckdb", "postgres"])
def test_other_databases_compare_too(settings: Any, database: str) -> None:
    settings.WINNOW_DATABASES = [database]
    agreements_find(response_ids=[validated(RIGHT, SAME, LUCKY)[0].pk])
    assert groups() == [(0.67, True), (0.67, True), (0.33, False)]


ROWS, NONE = Table(("a",), ((1,),)), Table(("a",), ())


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([[ROWS, ROWS], [ROWS, ROWS]], [0, 1]),
        ([[ROWS, None], [ROWS, None]], [0]),
        ([[ROWS, NONE], [ROWS, NONE]], [0]),
        ([[NONE, NONE], [NONE, NONE]], [0, 1]),
        ([[ROWS, None], [None, ROWS]], []),
        ([[ROWS, None], [ROWS, None], [ROWS, ROWS], [ROWS, ROWS], [ROWS, None]], [0]),
        ([], []),
    ],
)
def test_instances_that_say_nothing_are_left_out(
    rows: list[list[Table | None]], kept: list[int]
) -> None:
    assert comparable(rows) == kept
