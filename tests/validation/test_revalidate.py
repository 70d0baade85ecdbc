"""Validating again: which responses a filter names, and a text that was edited."""

import pytest
from django.db import connection

from apps.core.models import Job, WorkUnit
from apps.generation.models import Response
from apps.validation import revalidating, services
from apps.validation.checks import CHECKS
from apps.validation.models import Agreement, CheckResult, StoredReading, Verdict
from apps.validation.revalidating import (
    Filter,
    NothingToValidateError,
    response_edited,
    responses_of,
    validation_start,
)
from apps.validation.services import VERSION, responses_validate
from tests.builders import make_response
from tests.validation.building import RIGHT, TESTED, make_answers, make_judged_run, make_verdicts

pytestmark = pytest.mark.django_db


def named(chosen: Filter) -> set[int]:
    return set(responses_of(chosen).values_list("pk", flat=True))


def make_judged(**outcomes: str) -> Response:
    response = make_response()
    make_verdicts(response, **outcomes)
    return response


def test_filters_add_up() -> None:
    passed = make_judged(sqlite="passed", duckdb="sql_error")
    wrong = make_judged(sqlite="wrong_result")
    new = make_response()
    assert named(Filter()) == {passed.pk, wrong.pk, new.pk}
    assert named(Filter(outcomes=("passed", "timeout"))) == {passed.pk}
    assert named(Filter(outcomes=("sql_error",), database="duckdb")) == {passed.pk}
    assert named(Filter(database="duckdb")) == {passed.pk}
    assert named(Filter(database="duckdb", missing=True)) == {wrong.pk, new.pk}
    assert named(Filter(missing=True)) == {new.pk}
    assert wrong.run and named(Filter(runs=(wrong.run_id or 0,))) == {wrong.pk}
    assert named(Filter(responses=(new.pk, passed.pk), missing=True)) == {new.pk}


def test_older_means_verdicts_and_checks_of_earlier_rules() -> None:
    ids = [response.pk for response in make_answers(RIGHT, RIGHT, RIGHT, RIGHT)]
    never = make_response()
    responses_validate(response_ids=ids)
    assert named(Filter(older=True)) == set()
    Verdict.objects.filter(response=ids[0], database="overall").update(version=VERSION - 1)
    CheckResult.objects.filter(response=ids[1], code=CHECKS[0].name).update(
        version=CHECKS[0].version - 1
    )
    CheckResult.objects.filter(response=ids[2], code=CHECKS[1].name).delete()
    assert named(Filter(older=True)) == set(ids[:3]) and never.pk not in named(Filter(older=True))


def test_units_are_made_in_batches_and_hold_every_response_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(revalidating, "UNIT", 2)
    monkeypatch.setattr(revalidating, "BATCH", 4)
    ids = sorted(response.pk for response in make_answers(*[RIGHT] * 9))
    told: list[int] = []
    job = validation_start(chosen=Filter(), told=told.append)
    assert told == [4, 8, 9]
    units = list(job.units.order_by("pk"))
    assert [len(unit.payload["responses"]) for unit in units] == [2, 2, 2, 2, 1]
    assert [pk for unit in units for pk in unit.payload["responses"]] == ids
    assert all(unit.queue == "validate" and unit.payload["again"] for unit in units)
    job.refresh_from_db()
    assert job.is_planned and job.is_running


def test_nothing_found_makes_no_job_and_says_what_to_do() -> None:
    with pytest.raises(NothingToValidateError, match="widen the filter"):
        validation_start(chosen=Filter(outcomes=("timeout",)))
    assert not Job.objects.filter(kind="validate").exists()


def test_a_job_that_cannot_be_made_whole_is_stopped() -> None:
    make_answers(RIGHT)

    def fail(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validation_start(chosen=Filter(), told=fail)
    assert Job.objects.get(kind="validate").status == "stopped"


def test_an_edited_text_loses_what_was_said_of_the_old_one_and_is_validated_anew() -> None:
    response = make_judged_run({"sqlite": "wrong_result"}).responses.get()
    job = response_edited(response=response, text=TESTED.format(sql=RIGHT))
    for said in (Verdict, StoredReading, CheckResult, Agreement):
        assert not said.objects.exists()  # type: ignore[attr-defined]
    response.refresh_from_db()
    assert RIGHT in response.text
    unit = WorkUnit.objects.get(job=job)
    assert unit.payload == {"responses": [response.pk], "again": True}
    responses_validate(response_ids=unit.payload["responses"], again=True)
    assert Verdict.objects.get(database="overall").outcome == "passed"


def test_a_verdict_of_a_text_that_was_edited_meanwhile_is_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edited, kept = make_answers(RIGHT, RIGHT)
    validate = services._validate_batch

    def meanwhile(*given: object) -> object:
        found = validate(*given)  # type: ignore[arg-type]
        response_edited(response=edited, text="nothing")
        return found

    monkeypatch.setattr(services, "_validate_batch", meanwhile)
    responses_validate(response_ids=[edited.pk, kept.pk])
    assert set(Verdict.objects.values_list("response", flat=True)) == {kept.pk}


def test_the_filter_for_older_rules_reads_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = responses_of(Filter(older=True)).filter(pk__gt=5).order_by("pk")[:10].explain()
    assert "Seq Scan" not in plan
