"""On a llama.cpp server the first seed goes its whole way alone: the first pair is there soon."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from apps.generation.models import Response
from tests.worker.fake_server import Answer, FakeServer, completion, says
from tests.worker.serving import HASTY, serve
from tests.worker.test_dispatching import TEXT, done, made_run
from worker.client import ModelClient
from worker.dispatching import lane

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = {"### Concepts": "s_c", "### Instruction": "c_i", "### Response": "i_r"}
WELL = says(completion(TEXT))


@pytest.fixture
def llama(monkeypatch: pytest.MonkeyPatch, fake: FakeServer) -> FakeServer:
    """A server that says it is llama.cpp's, and saves its slots."""
    serve(monkeypatch, fake.url, slots=4, **HASTY)
    fake.pages["/v1/models"] = says({"data": [{"id": "tiny", "owned_by": "llamacpp"}]})
    fake.always = WELL
    return fake


def stage_of(question: dict[str, Any]) -> str:
    """Of a completion; "" where something else is asked, or only a beginning is read."""
    if "prompt" not in question or question["max_tokens"] == 1:
        return ""
    words = question["prompt"].rstrip()
    return next((stage for end, stage in STAGES.items() if words.endswith(end)), "")


def stages(fake: FakeServer) -> list[str]:
    """What was asked for, in order."""
    return list(filter(None, map(stage_of, fake.asked)))


def where(is_meant: Any, then: Answer) -> Answer:
    """The answer to a question that is meant; others go well."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        question = handler.question  # type: ignore[attr-defined]
        (then if is_meant(question) else WELL)(handler)

    return answer


def is_first_step_of(*tables: str) -> Any:
    """Whether concepts are asked for of a seed that reads one of these tables."""
    return lambda question: (
        stage_of(question) == "s_c"
        and any(f"FROM {table}\n" in question["prompt"][-120:] for table in tables)
    )


def test_the_first_seed_has_its_pair_before_another_is_asked_for(llama: FakeServer) -> None:
    done(made_run(4, responses=2))
    assert Response.objects.count() == 8
    # Its two responses are asked for side by side; the first of them is enough.
    assert stages(llama)[:5] == ["s_c", "c_i", "i_r", "i_r", "s_c"]
    assert stages(llama)[4:7] == ["s_c"] * 3


def test_a_server_that_does_not_save_its_slots_is_asked_for_all_at_once(
    llama: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object) -> bool:
        return False

    monkeypatch.setattr(ModelClient, "slot_action", refuses)
    done(made_run(4, responses=1))
    assert stages(llama)[:4] == ["s_c"] * 4


def test_the_others_go_on_where_nothing_comes_of_the_first(llama: FakeServer) -> None:
    llama.always = where(is_first_step_of("t0"), says(completion("")))
    done(made_run(3, responses=1))
    assert Response.objects.count() == 2


def test_the_others_do_not_wait_for_ever(
    llama: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_LEAD_SECONDS", 0.3)
    others = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if is_first_step_of("t0")(handler.question):  # type: ignore[attr-defined]
            assert others.wait(60)
        elif stage_of(handler.question) == "s_c":  # type: ignore[attr-defined]
            others.set()
        WELL(handler)

    llama.always = answer
    done(made_run(3, responses=1))
    assert Response.objects.count() == 3


def test_a_unit_that_is_given_back_keeps_nobody_waiting_and_is_led_by_what_it_lacks(
    llama: FakeServer,
) -> None:
    llama.always = where(is_first_step_of("t1", "t2"), says({"error": "busy"}, status=503))
    run = done(made_run(3, responses=1))
    assert Response.objects.count() == 1
    llama.always, llama.asked = WELL, []
    run.job.units.filter(queue="generate").update(status="waiting", lease_expires_at=None)
    done(run)
    assert Response.objects.count() == 3
    assert stages(llama)[:4] == ["s_c", "c_i", "i_r", "s_c"]
