"""Units of runs: a model server that cannot be had fails the run, one that died is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.core.work import MAX_ATTEMPTS
from apps.generation import tally
from apps.generation.funnel import progress
from apps.generation.models import Completion, Recipe, Response, Run
from tests.builders import make_run, make_seed
from tests.worker.asking import run_of
from tests.worker.fake_server import Answer, FakeServer, completion, poisoned, says
from tests.worker.serving import HASTY, serve
from worker import model_server, tasks
from worker.engines.errors import EngineError, EngineSetupError

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit() -> WorkUnit:
    job = make_run().job
    job.units.create(queue="generate", key="seeds-1", payload={"first": 1, "last": 1})
    return job.units.create(queue="generate", key="seeds-0", payload={"first": 0, "last": 0})


def refuse(monkeypatch: pytest.MonkeyPatch, error: EngineError) -> None:
    @contextmanager
    def serving(recipe: Recipe) -> Iterator[None]:
        raise error
        yield

    monkeypatch.setattr(model_server, "serving", serving)


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
    serve(monkeypatch, fake.url)
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


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, fake: FakeServer) -> FakeServer:
    """A server that the worker speaks to over real HTTP; it has no list of models."""
    serve(monkeypatch, fake.url, **HASTY)
    return fake


def do(run: Run) -> Run:
    for unit in run.job.units.filter(queue="generate", status="waiting"):
        tasks.work(unit.pk)
    run.job.refresh_from_db()
    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("trouble", "reason", "words"),
    [
        (says(completion(None, finish_reason="content_filter")), "bad_response", "content_filter"),
        (says({"error": {"message": "boom"}}, status=500), "server_error", "boom"),
        (says({"error": {"message": "flagged"}}, status=400), "bad_request", "flagged"),
    ],
)
def test_one_prompt_that_is_always_answered_badly_harms_no_other(
    served: FakeServer, trouble: Answer, reason: str, words: str
) -> None:
    served.always = poisoned(trouble)
    run = do(run_of(*(f"SELECT a FROM t{n}" for n in range(5)), "SELECT poison FROM POISON"))
    assert run.job.message == "" and run.job.units.get(queue="generate").status == "done"
    rejected = Completion.objects.exclude(reason="").get()
    assert (rejected.stage, rejected.reason) == ("s_c", reason)
    assert words in rejected.message
    assert Response.objects.count() == 5 * run.recipe.responses
    (told,) = progress(run).reasons
    assert (told.reason, told.number, told.message) == (reason, 1, rejected.message)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_refuses_everything_fails_the_run_and_the_mended_one_is_asked_again(
    served: FakeServer,
) -> None:
    words = "Unsupported parameter: 'top_p' is not supported with this model."
    served.always = says({"error": {"message": words}}, status=400)
    run = do(run_of("SELECT a FROM t", "SELECT b FROM t"))
    assert run.job.status == "failed" and f"HTTP 400: {words}" in run.job.message
    assert not Completion.objects.exists(), "a refusal is no answer"
    served.always = poisoned(says({}))
    work.resume_job(job=run.job)
    do(run)
    assert Response.objects.count() == 2 * run.recipe.responses


@pytest.mark.django_db(transaction=True)
def test_a_server_that_only_chats_writes_pairs_from_the_messages(served: FakeServer) -> None:
    chat = poisoned(says({}), chat=True)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        none = says({"error": {"message": "no such page"}}, status=404)
        (chat if handler.path == "/v1/chat/completions" else none)(handler)

    served.always = answer
    run = do(run_of("SELECT a FROM t"))
    assert Response.objects.count() == run.recipe.responses
    assert [each["role"] for each in served.asked[-1]["messages"]][:2] == ["system", "user"]


@pytest.mark.django_db(transaction=True)
def test_what_a_server_answered_before_it_refused_everything_is_kept(served: FakeServer) -> None:
    answers = iter([says(completion("update statement, where clause"))])
    refusal = says({"error": {"message": "Insufficient credits"}}, status=402)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        next(answers, refusal)(handler)

    served.always = answer
    run = do(run_of("SELECT a FROM t"))
    assert run.job.status == "failed" and "Insufficient credits" in run.job.message
    assert Completion.objects.get().stage == "s_c"


def job_attempts() -> dict[str, int]:
    return dict(WorkUnit.objects.values_list("key", "attempts"))
