"""Units of judges, with a fake server over real HTTP."""

from http.server import BaseHTTPRequestHandler

import pytest
from pytest_django import Settings

from apps.core.models import Job, WorkUnit
from apps.judge.models import Judgement, Judging
from tests.judge.building import BAD, GOOD, make_judging, make_pairs
from tests.worker.fake_server import FakeServer, completion, says
from worker import tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def judging(fake: FakeServer, settings: Settings) -> Judging:
    settings.WINNOW_JUDGE_URL = fake.url
    fake.pages["/v1/models"] = says({"data": [{"id": "judge-7b"}]})
    return make_judging(make_pairs(3), sample=0)


def unit_of(judging: Judging) -> WorkUnit:
    return judging.job.units.get()


def test_every_pair_gets_the_scores_that_were_meant_for_it(
    judging: Judging, fake: FakeServer
) -> None:
    odd = judging.run.responses.order_by("pk")[1]
    type(odd).objects.filter(pk=odd.pk).update(text="an odd one")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.question["prompt"]  # type: ignore[attr-defined]
        says(completion(BAD if "an odd one" in asked else GOOD))(handler)

    fake.always = answer
    tasks.work(unit_of(judging).pk)
    assert dict(Judgement.objects.values_list("response_id", "good")) == {
        pk: pk != odd.pk for pk in judging.run.responses.values_list("pk", flat=True)
    }
    unit = unit_of(judging)
    assert unit.status == "done" and unit.result == {"judged": 3, "read": 3}
    assert Job.objects.get(pk=judging.job_id).status == "done"
    assert all(asked["temperature"] == 0 for asked in fake.asked)


def test_without_a_server_of_its_own_the_one_that_writes_runs_judges(
    judging: Judging, fake: FakeServer, settings: Settings
) -> None:
    settings.WINNOW_JUDGE_URL, settings.WINNOW_MODEL_URL = "", fake.url
    settings.WINNOW_MODEL_API_KEY = "of-the-runs"
    fake.always = says(completion(GOOD))
    tasks.work(unit_of(judging).pk)
    assert unit_of(judging).result == {"judged": 3, "read": 3}
    assert {asked["model"] for asked in fake.asked} == {"judge-7b"}
    assert set(fake.keys) == {"Bearer of-the-runs"}


def test_one_prompt_that_is_refused_harms_no_other(judging: Judging, fake: FakeServer) -> None:
    odd = judging.run.responses.order_by("pk")[0]
    type(odd).objects.filter(pk=odd.pk).update(text="an odd one")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.question["prompt"]  # type: ignore[attr-defined]
        long = {"error": {"message": "maximum context length is 10"}}
        says(long, status=400)(handler) if "an odd one" in asked else says(completion(GOOD))(
            handler
        )

    fake.always = answer
    tasks.work(unit_of(judging).pk)
    assert unit_of(judging).result == {"judged": 3, "read": 2}
    assert Judgement.objects.get(good=None).reason == "prompt_too_long"


def test_a_wrong_key_fails_the_judging_with_the_servers_words(
    judging: Judging, fake: FakeServer
) -> None:
    fake.pages["/v1/models"] = says({"error": {"message": "no such key"}}, status=401)
    fake.always = says({"error": {"message": "no such key"}}, status=401)
    tasks.work(unit_of(judging).pk)
    job = Job.objects.get(pk=judging.job_id)
    assert job.status == "failed" and "no such key" in job.message
    assert not Judgement.objects.exists()
