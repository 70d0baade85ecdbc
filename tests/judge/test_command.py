"""`manage.py judge`: what it says and how it ends."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.judge.models import Judging
from tests.builders import make_run
from tests.judge.building import make_pairs

pytestmark = pytest.mark.django_db


def judge(*words: object) -> str:
    out = io.StringIO()
    call_command("judge", *map(str, words), stdout=out)
    return out.getvalue()


def test_a_run_is_judged_and_shown() -> None:
    run = make_pairs(2)
    told = judge(run.pk, "--engine", "url", "--model", "j", "--sample", 1)
    judging = Judging.objects.get()
    assert told == f"Judging {judging.pk} of run {run.pk} has begun: j (rubric 1, good from 4).\n"
    assert "calls good – (0 of 0)" in judge(run.pk, "--show")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["999999"], "There is no run 999999: manage.py runs lists them."),
        (["{run}", "--model", "j"], "Run {run} has no pair to judge."),
        (["{run}", "--threshold", "6"], "--threshold is a score, 1 to 5."),
        (["{run}", "--sample", "-1"], "--sample must be 0 or more."),
        (["{run}", "--show"], "Run {run} was not judged yet: manage.py judge {run}"),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason(words: list[str], said: str) -> None:
    run = str(make_run().pk)
    with pytest.raises(CommandError) as failed:
        judge(*(word.replace("{run}", run) for word in words))
    assert str(failed.value) == said.replace("{run}", run)
