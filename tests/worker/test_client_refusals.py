"""What is wrong with one prompt, and what is wrong with the server."""

import json
import re
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from tests.worker.asking import ask, many
from tests.worker.fake_server import Answer, FakeServer, completion, says
from worker.engines.errors import EngineSetupError
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest


def refuses(words: str, *, status: int = 400, where: str = "POISON") -> Answer:
    """A server that refuses prompts that hold a word and answers all others."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.question  # type: ignore[attr-defined]
        bad = where in json.dumps(asked)
        says({"error": {"message": words}}, status=status)(handler) if bad else says(completion())(
            handler
        )

    return answer


POISON = CompletionRequest(id="a", prompt="POISON")


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 2048 tokens.",
        "request (12002 tokens) exceeds the available context size",
        "You passed 5000 input tokens and requested 1536 output tokens. However, the model's context "
        "length is only 2048 tokens, resulting in a maximum input length of 512 tokens.",
        "'max_tokens' or 'max_completion_tokens' is too large: 1536. This model's maximum context "
        "length is 4096 tokens and your request has 3000 input tokens (1536 > 4096 - 3000).",
    ],
    ids=["vllm", "llama.cpp", "vllm 0.33", "vllm chat"],
)
def test_too_long_a_prompt_is_not_tried_again(fake: FakeServer, words: str) -> None:
    fake.always = refuses(words)
    (failure,) = ask(fake, [POISON])
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == ("prompt_too_long", False)
    assert [body["prompt"] for body in fake.asked] == ["POISON", "SELECT 1;"]


@pytest.mark.parametrize("status", [400, 403, 413, 422, 451])
def test_a_refusal_of_one_prompt_keeps_the_servers_words(fake: FakeServer, status: int) -> None:
    fake.always = refuses("Your input was flagged", status=status)
    failures = ask(fake, [POISON, replace(POISON, id="b"), CompletionRequest(id="c", prompt="p")])
    told = {
        f.id: (f.code, f.message, f.retryable) for f in failures if isinstance(f, CompletionFailure)
    }
    flagged = ("bad_request", f"HTTP {status}: Your input was flagged", False)
    assert told == {"a": flagged, "b": flagged}
    harmless = [body for body in fake.asked if body["prompt"] == "SELECT 1;"]
    assert len(harmless) == 1, "what was found out is kept"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Unsupported parameter: 'top_p' is not supported with this model."),
        (400, "'max_tokens' or 'max_completion_tokens' is too large: 1536 > 1024"),
        (402, "Insufficient credits"),
        (403, "Project quota exceeded for today"),
        (405, "Method Not Allowed"),
        (422, "extra fields not permitted: seed"),
    ],
)
def test_a_refusal_of_everything_stops_everything_with_the_servers_words(
    fake: FakeServer, status: int, words: str
) -> None:
    fake.always = says({"error": {"message": words}}, status=status)
    with pytest.raises(EngineSetupError, match=re.escape(f"(HTTP {status}: {words})")) as told:
        ask(fake, many(9))
    assert ("--max-tokens" in str(told.value)) == ("max_tokens" in words)


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        (says(completion(None, finish_reason="content_filter")), "bad_response", "content_filter"),
        (says({"error": {"message": "boom"}}, status=500), "server_error", "HTTP 500: boom"),
        (says({"choices": []}), "bad_response", "no completion"),
    ],
)
def test_a_prompt_that_is_always_answered_badly_is_rejected_alone(
    fake: FakeServer, trouble: Answer, code: str, words: str
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        bad = "POISON" in handler.question["prompt"]  # type: ignore[attr-defined]
        (trouble if bad else says(completion()))(handler)

    fake.always = answer
    results = {each.id: each for each in ask(fake, [*many(5), POISON])}
    failure = results.pop("a")
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == (code, False)
    assert words in failure.message
    assert all(isinstance(each, CompletionResult) for each in results.values())


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(fake: FakeServer) -> None:
    fake.script.append(says({"error": "slow down"}, status=429, **{"Retry-After": "0.3"}))
    begun = time.monotonic()
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult) and len(fake.asked) == 2
    assert time.monotonic() - begun >= 0.3


def test_being_busy_for_long_is_no_answer_to_a_prompt(fake: FakeServer) -> None:
    fake.always = says({"error": "slow down"}, status=429)
    (failure,) = ask(fake, patience=0.2)
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == ("busy", True)
