"""Whether it is the prompt or the server is found out anew each time: what a server answered before
says nothing of now.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from tests.worker.asking import ask, many
from tests.worker.fake_server import Answer, FakeServer, completion, says
from worker import transport
from worker.engines.errors import EngineSetupError
from worker.replies import CompletionFailure, CompletionResult, parse_reply
from worker.requests import CompletionRequest, Message

POISON = CompletionRequest(id="a", prompt="POISON")
BOTH = CompletionRequest(id="a", prompt="POISON", messages=(Message("user", "POISON"),))


def where_poison(trouble: Answer, good: Answer | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        bad = "POISON" in json.dumps(handler.question)  # type: ignore[attr-defined]
        (trouble if bad else good or says(completion()))(handler)

    return answer


def test_a_server_that_begins_to_refuse_everything_is_noticed_at_once(fake: FakeServer) -> None:
    """Also right behind a prompt that it refused for what stood in it."""
    flagged, quota = (
        says({"error": {"message": words}}, status=status)
        for words, status in (("flagged", 400), ("quota is used up", 403))
    )
    fake.script.extend([flagged, says(completion())])  # the harmless one is answered
    fake.always = quota
    with pytest.raises(EngineSetupError, match="HTTP 403: quota is used up"):
        ask(fake, [POISON, *many(5)], concurrency=1)


def test_what_is_asked_to_find_out_ends_after_a_word(fake: FakeServer) -> None:
    fake.always = where_poison(says({"error": "flagged"}, status=400))
    ask(fake, [replace(POISON, stop=("\n## Example 3\n", "\n### Response\n", "x"), n=3)])
    asked, harmless = fake.asked
    assert harmless["stop"] == ["e", ";", "x"] and "n" not in harmless
    assert harmless["max_tokens"] == asked["max_tokens"]


@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_a_page_that_is_not_there_for_one_prompt_makes_no_chat_of_the_others(
    fake: FakeServer, status: int
) -> None:
    gone = says({"error": {"message": "blocked by a filter"}}, status=status)
    fake.always = where_poison(gone)
    wanted = [*many(3), BOTH, *(replace(each, id=f"b{each.id}") for each in many(3))]
    results = {each.id: each for each in ask(fake, wanted, concurrency=1)}
    failure = results.pop("a")
    assert isinstance(failure, CompletionFailure) and not failure.retryable
    assert "blocked by a filter" in failure.message
    assert all(isinstance(each, CompletionResult) for each in results.values())
    assert "/v1/chat/completions" not in fake.paths


@pytest.mark.parametrize(
    "words",
    [
        "You exceeded your current quota, please check your plan and billing details.",
        "Your account has insufficient balance, please recharge.",
        "insufficient_quota",
    ],
)
def test_an_account_that_is_used_up_is_not_waited_for(fake: FakeServer, words: str) -> None:
    fake.always = says({"error": {"message": words}}, status=429)
    with pytest.raises(EngineSetupError, match="HTTP 429"):
        ask(fake, many(3), patience=60.0)
    assert len(fake.asked) < 10


@pytest.mark.parametrize(
    "words",
    [
        "You exceeded your current quota. Please retry in 35 s.",
        "Rate limit reached: 3 requests per minute. Visit …/billing for more.",
    ],
)
def test_a_limit_that_passes_is_waited_for(fake: FakeServer, words: str) -> None:
    fake.script.extend([says({"error": {"message": words}}, status=429)] * 2)
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)


def test_samples_are_kept_whatever_a_server_does_with_their_numbers() -> None:
    def read(*choices: object, samples: int = 3) -> list[tuple[int, str]]:
        body = json.dumps({"choices": choices}).encode()
        result = parse_reply("a", body, seconds=0.0, samples=samples)
        return [(each.index, each.text) for each in result.samples]

    assert read({"text": "a"}, {"text": "b"}) == [(0, "a"), (1, "b")]
    same = [{"index": 0, "text": text} for text in "abc"]
    assert read(*same) == [(0, "a"), (1, "b"), (2, "c")]
    assert read({"index": 2, "text": "c"}, {"index": 0, "text": "a"}) == [(0, "a"), (2, "c")]
    from_one = [{"index": n, "text": text} for n, text in enumerate("abc", start=1)]
    assert read(*from_one) == [(1, "a"), (2, "b")]
    more = [{"index": n, "text": str(n)} for n in reversed(range(9))]
    assert read(*more) == [(0, "0"), (1, "1"), (2, "2")]
    odd = [None, {"index": 1, "text": None}, {"index": 2, "text": "c"}]
    assert read(*odd) == [(2, "c")]
    broken = {"index": 1, "text": "half", "error": {"message": "gone"}}
    assert read({"index": 0, "text": "a"}, broken) == [(0, "a")]


@pytest.mark.parametrize(
    "usage",
    [None, [], "none", {"prompt_tokens": "many"}, {"prompt_tokens": [1]}, {"prompt_tokens": 1e999}],
)
def test_counts_that_are_none_cost_no_answer(usage: object) -> None:
    body = json.dumps(completion("SELECT 2;") | {"usage": usage}).encode()
    result = parse_reply("a", body, seconds=0.0)
    assert (result.text, result.prompt_tokens) == ("SELECT 2;", 0)


@pytest.mark.parametrize(
    ("body", "text", "finish"),
    [
        (b'{"choices": [{"text": "a\xe2\x82", "finish_reason": "stop"}]}', "a\ufffd", "stop"),
        (b'\xef\xbb\xbf{"choices": [{"text": "a"}]}', "a", ""),
        (b'{"choices": [{"message": "a", "finish_reason": {"type": "eos"}}]}', "a", "eos"),
        (b'{"choices": [{"message": null, "text": "a", "finish_reason": 7}]}', "a", "7"),
        (b'{"choices": [{"delta": {"content": "a"}}]}', "a", ""),
        (b'\n\n  {"choices": [{"text": "a", "index": null}]}', "a", ""),
    ],
)
def test_a_text_is_found_in_answers_of_odd_shapes(body: bytes, text: str, finish: str) -> None:
    result = parse_reply("a", body, seconds=0.0)
    assert (result.text, result.finish_reason) == (text, finish)


def test_a_prompt_that_is_said_once_more_is_no_part_of_the_answer(fake: FakeServer) -> None:
    prompt = "## Example 3\n" * 20
    fake.always = says(completion(f"{prompt}SELECT 2;"))
    (result,) = ask(fake, [CompletionRequest(id="a", prompt=prompt)])
    assert isinstance(result, CompletionResult) and result.text == "SELECT 2;"


@pytest.mark.parametrize(
    ("told", "cached"),
    [
        ({"usage": {"prompt_tokens": 20, "prompt_tokens_details": {"cached_tokens": 16}}}, 16),
        ({"usage": {"prompt_tokens": 20}, "timings": {"cache_n": 12, "prompt_n": 8}}, 12),
        ({"usage": {"prompt_tokens": 20, "prompt_tokens_details": None}}, None),
        ({"usage": {"prompt_tokens": 20}, "timings": {"prompt_n": 8}}, None),
    ],
    ids=["vllm", "llama.cpp", "vllm without", "other"],
)
def test_what_a_server_had_read_before_is_found_where_it_says_so(
    told: dict[str, object], cached: int | None
) -> None:
    body = json.dumps(completion("SELECT 2;") | told).encode()
    result = parse_reply("a", body, seconds=0.0)
    assert (result.prompt_tokens, result.cached_tokens) == (20, cached)


def test_the_time_that_a_server_asks_for_may_be_a_date_and_has_bounds() -> None:
    def asked(seconds: float) -> float:
        return transport._seconds(formatdate(time.time() + seconds, usegmt=True))

    assert 55 < asked(60) <= 60
    assert (asked(-60), asked(10**6)) == (0.0, 300.0)
    assert [transport._seconds(said) for said in ("7", "soon", "", "nan", "-3")] == [7, 0, 0, 0, 0]
