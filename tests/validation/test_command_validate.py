"""`manage.py validate`: what it refuses, what it does here, what it tells."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.models import Job
from apps.review.models import Entry
from apps.validation.models import Agreement, Verdict
from tests.validation.building import LUCKY, RIGHT, SAME, make_answers, make_verdicts

pytestmark = pytest.mark.django_db


def validate(*words: str) -> str:
    out = StringIO()
    call_command("validate", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Say which responses: --run, --response, --outcome"),
        (["--all", "--older"], "--all takes every response"),
        (["--all", "--here", "--background"], "leave --background out"),
        (["--all"], "No response fits: widen the filter"),
    ],
)
def test_it_says_what_is_wrong_with_the_words(words: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        validate(*words)


@pytest.mark.django_db(transaction=True)
def test_here_it_validates_compares_and_queues_as_a_worker_does() -> None:
    make_answers(RIGHT, SAME, LUCKY, "SELEC 1")
    told = validate("--all", "--here")
    assert "4 responses to validate" in told and "4 responses in" in told
    assert "3  passed" in told and "1  sql error" in told
    assert Agreement.objects.filter(in_largest_group=True).count() == 2
    assert Entry.objects.count() == 4
    assert Job.objects.get(kind="validate").status == "done"


@pytest.mark.django_db(transaction=True)
def test_only_what_the_filter_names_is_run_again() -> None:
    wrong, passed = make_answers(RIGHT, RIGHT)
    make_verdicts(wrong, sqlite="timeout")
    make_verdicts(passed, sqlite="passed")
    told = validate("--outcome", "timeout", "--here")
    assert "1 responses in" in told
    assert Verdict.objects.get(response=wrong, database="overall").outcome == "passed"
    assert Verdict.objects.get(response=passed, database="overall").message == "overall says so."


def test_in_the_background_it_returns_at_once() -> None:
    make_answers(RIGHT)
    job_line = validate("--all", "--background").splitlines()[-1]
    job = Job.objects.get(kind="validate")
    assert job_line == f"Validation {job.pk} goes on in the background."
    assert job.is_running and job.units.count() == 1
