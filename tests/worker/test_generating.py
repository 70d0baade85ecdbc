"""Units of runs: a model server that cannot be had fails the run, one that died is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apps.core.models import Job, WorkUnit
from apps.core.work import MAX_ATTEMPTS
from apps.generation import tally
from apps.generation.funnel import progress
from apps.generation.models import Recipe
from tests.builders import make_run, make_seed
from tests.worker.fake_server import FakeServer, completion, says
from worker import model_server, tasks
from worker.client import ModelClient
from worker.engines.errors import EngineError, EngineSetupError

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit() -> WorkUnit:
    job = make_run().job
    job.units.create(queue="generate", key="seeds-1", payload={"first": 1, "last": 1})
    return job.units.create(queue="generate", key="seeds-0", payload={"first": 0, "last": 0})


def refuse(monkeypatch: pytest.MonkeyPatch, error: EngineError) -> None:
    @contextmanager
    def client_for(recipe: Recipe) -> Iterator[None]:
        raise error
        yield

    monkeypatch.setattr(model_server, "client_for", client_for)


def test_a_set_up_that_cannot_work_fails_the_run_at_its_first_unit(
    unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, EngineSetupError("bigcode/starcoder2-15b needs a token: set HF_TOKEN"))
    tasks.work(unit.pk)
    job = Job.objects.get()
    assert job.status == "failed" and job.message.endswith("set HF_TOKEN")
    assert job.units.filter(status="waiting").count() == 1


def test_a_server_that_died_is_tried_again_and_fails_the_run_only_in_the_end(
    unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, EngineError("The model server ended at its start"))
    for _ in range(MAX_ATTEMPTS - 1):
        tasks.work(unit.pk)
        assert Job.objects.get().is_running
    tasks.work(unit.pk)
    assert Job.objects.get().status == "failed"
    assert job_attempts() == {"seeds-0": MAX_ATTEMPTS, "seeds-1": 0}


@pytest.mark.django_db(transaction=True)
def test_a_unit_that_is_done_keeps_what_became_of_its_seeds(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer
) -> None:
    @contextmanager
    def client_for(recipe: Recipe) -> Iterator[ModelClient]:
        yield ModelClient(fake.url, model="tiny")

    monkeypatch.setattr(model_server, "client_for", client_for)
    fake.pages["/v1/models"] = says({"data": [{"id": "tiny"}]})
    fake.always = says(completion("update statement, where clause"))
    run = make_run(seeds=[make_seed(), make_seed()])
    unit = run.job.units.create(queue="generate", key="seeds-0", payload={"first": 0, "last": 1})
    tasks.work(unit.pk)
    unit.refresh_from_db()
    assert unit.status == "done"
    assert unit.result[tally.KEY] == {
        "stages": {"s_c": [2, 2, 0, 14, 6], "c_i": [2, 2, 0, 14, 6], "i_r": [4, 4, 0, 28, 12]},
        "reasons": {},
        "ended": 2,
    }
    assert progress(run).seeds_with_end == 2


def job_attempts() -> dict[str, int]:
    return dict(WorkUnit.objects.values_list("key", "attempts"))
