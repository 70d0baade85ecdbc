"""Answers as all kinds of servers give them: none of them stops what stands beside it."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.worker.asking import Outcome, ask, many
from tests.worker.fake_server import Answer, FakeServer, completion, hangs_up, says
from worker import refusals
from worker.client import ModelClient
from worker.engines import pages
from worker.engines.errors import EngineSetupError
from worker.refusals import error_message
from worker.replies import CompletionFailure, CompletionResult, parse_reply
from worker.requests import CompletionRequest, Message

BOTH = CompletionRequest(id="a", prompt="p", messages=(Message("user", "p"),))
POISON = CompletionRequest(id="a", prompt="POISON")
HTML = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>a{}</style>"
    b"<script>var a = 1;</script></head><body><h1>502</h1><p>nginx says no</p></body></html>"
)


def where_poison(trouble: Answer) -> Answer:
    """Trouble for prompts with POISON, a good answer for others."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        bad = "POISON" in json.dumps(handler.question)  # type: ignore[attr-defined]
        (trouble if bad else says(completion()))(handler)

    return answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no"}}, "no"),
        ({"error": "no"}, "no"),
        ({"message": "no", "type": "invalid"}, "no"),
        ({"object": "error", "message": "no", "code": 400}, "no"),
        ({"detail": "no"}, "no"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "no", "type": "x"}]}, "body.seed: no"),
        ({"errors": [{"message": "no"}, {"message": "never"}]}, "no; never"),
        ([{"error": {"code": 400, "message": "no", "status": "INVALID"}}], "no"),
        ({"status": 404, "error": "Not Found", "message": "no such route"}, "no such route"),
        ({"base_resp": {"status_code": 1004, "status_msg": "no"}}, "no"),
        ({"code": "E1", "msg": "no"}, "no"),
        ({"title": "no", "status": 400}, "no"),
        ({"error": {"message": "Provider error", "metadata": {"raw": "no"}}}, "Provider error: no"),
        ({"error": {"message": "", "code": "x1"}}, "x1"),
        ({"error": {"message": {"text": "a"}, "detail": "no"}}, "no"),
        (b'data: {"error": {"message": "no"}}\n\ndata: [DONE]\n\n', "no"),
        (b'event: error\ndata: {"message": "no"}\n\n', "no"),
        (HTML, "502 Bad Gateway 502 nginx says no"),
        (b"no\n", "no"),
        (b"", ""),
        (b'{"error": {"message": "a\\u0000\\ud800b"}}', "a\ufffd\ufffdb"),
        (b"[" * 90_000, "[["),
        (json.dumps({"error": {"message": "no" + "o" * 50_000}}).encode(), "nooo"),
    ],
)
def test_the_words_of_an_error_are_found_in_any_shape(body: object, words: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = error_message(raw)
    assert words in found and (len(found) < 200 or len(words) < 5)
    assert "\x00" not in found
    found.encode()


@pytest.mark.parametrize(
    "trouble",
    [
        says({"error": {"message": "flagged"}}),
        says({"error": {"message": "flagged", "code": 400}}),
        says({"error": {"message": "flagged", "code": "data_inspection_failed"}}),
        says(b'data: {"error": {"message": "flagged"}}\n\n'),
        says(
            {"choices": [{"error": {"message": "flagged"}, "finish_reason": "error", "text": None}]}
        ),
        says({"choices": [{"message": {"content": None, "refusal": "flagged"}, "index": 0}]}),
        says({"detail": "flagged"}, status=422),
        says(b"<html><body>flagged</body></html>", status=403),
        says({"error": {"message": "flagged"}}, status=500),
    ],
)
def test_one_prompt_is_rejected_with_the_words_of_its_answer_whatever_the_shape(
    fake: FakeServer, trouble: Answer
) -> None:
    fake.always = where_poison(trouble)
    results = {each.id: each for each in ask(fake, [*many(3), POISON])}
    failure = results.pop("a")
    assert isinstance(failure, CompletionFailure) and not failure.retryable
    assert "flagged" in failure.message and "<html" not in failure.message
    assert all(isinstance(each, CompletionResult) for each in results.values())


@pytest.mark.parametrize(
    "trouble",
    [
        hangs_up,
        says(b"not packed at all", **{"Content-Encoding": "gzip"}),
        says({"choices": None}),
        says({"choices": [None]}),
        says({"choices": [{"index": 0}]}),
        says({"choices": [{"index": 1e999, "text": "x"}]}),
        says({"choices": [{"text": ["x"]}]}),
        says({"choices": [{"message": {"content": None, "tool_calls": [{}]}}]}),
        says([]),
        says(None),
        says(b"\xff\xfe\x00"),
        says(b"", status=204),
        says({}, status=500),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_one_prompt_that_is_answered_with_nonsense_is_rejected_alone(
    fake: FakeServer, trouble: Answer
) -> None:
    fake.always = where_poison(trouble)
    results = {each.id: each for each in ask(fake, [*many(3), POISON])}
    failure = results.pop("a")
    assert isinstance(failure, CompletionFailure) and not failure.retryable
    assert all(isinstance(each, CompletionResult) for each in results.values())


def test_a_gateway_before_a_server_that_is_started_anew_is_waited_for(fake: FakeServer) -> None:
    fake.script.extend([says(HTML, status=502)] * 8)
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)


def test_counts_that_no_column_holds_are_bounded() -> None:
    usage = {
        "prompt_tokens": 10**30,
        "completion_tokens": -5,
        "prompt_tokens_details": {"cached_tokens": 10**30},
    }
    body = completion() | {"usage": usage}
    result = parse_reply("a", json.dumps(body).encode(), seconds=0.0)
    assert result.prompt_tokens < 2**31 and result.cached_tokens == result.prompt_tokens
    assert result.completion_tokens == 0


def test_a_finish_reason_can_be_stored_whatever_it_is() -> None:
    body = completion(finish_reason="a\x00\ud800")
    assert parse_reply("a", json.dumps(body).encode(), seconds=0.0).finish_reason == "a\ufffd\ufffd"


def test_a_packed_answer_is_read_and_one_that_unpacks_without_end_is_not(fake: FakeServer) -> None:
    packed = {"Content-Encoding": "gzip"}
    fake.script.append(says(gzip.compress(json.dumps(completion("SELECT 2;")).encode()), **packed))
    fake.always = says(gzip.compress(b" " * 40_000_000), **packed)
    first, second = ask(fake, many(2), concurrency=1)
    assert isinstance(first, CompletionResult) and first.text == "SELECT 2;"
    assert isinstance(second, CompletionFailure) and second.code == "response_too_large"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_server_that_sends_us_on_is_told_with_the_place(fake: FakeServer, status: int) -> None:
    moved = says(b"", status=status, Location="https://models.example/v1/completions")
    fake.always = moved
    with pytest.raises(EngineSetupError, match="sends us on.*to https://models.example/v1/comp"):
        ask(fake, many(3))
    fake.pages["/v1/models"] = moved

    async def check() -> None:
        async with ModelClient(fake.url, model="m") as client:
            await client.check()

    with pytest.raises(EngineSetupError, match=re.escape("https://models.example")):
        asyncio.run(check())


@pytest.mark.parametrize(
    "refuses",
    [
        says({"error": {"message": "The completion operation does not work here"}}, status=400),
        says({"error": "completions api is only for beta"}, status=403),
        says({"detail": "Not Found"}, status=410),
        says(b"", status=404),
        says({"message": "Method Not Allowed"}, status=405),
        says({"error": "not implemented"}, status=501),
        says({"error": "no completion here"}, status=500),
        says({"error": "Unexpected endpoint or method. (POST /v1/completions)"}),
        says(HTML),
    ],
)
def test_a_server_that_only_chats_is_found_out_whatever_it_says(
    fake: FakeServer, refuses: Answer
) -> None:
    chat = {"choices": [{"message": {"content": "SELECT 2;"}, "finish_reason": "stop"}]}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (says(chat) if handler.path.endswith("/chat/completions") else refuses)(handler)

    fake.always = answer
    results = ask(fake, [replace(BOTH, id=str(n)) for n in range(4)], patience=1.0)
    assert [r.text for r in results if isinstance(r, CompletionResult)] == ["SELECT 2;"] * 4


def chat_text(fake: FakeServer, message: dict[str, Any]) -> Outcome:
    fake.always = says({"choices": [{"message": message, "finish_reason": "stop"}]})
    (result,) = ask(fake, [replace(BOTH, prompt="")])
    return result


@pytest.mark.parametrize(
    "message",
    [
        {"content": "SELECT 2;", "reasoning": "why"},
        {"content": "SELECT 2;", "thinking": "why"},
        {
            "content": [
                {"type": "thinking", "thinking": "why"},
                {"type": "text", "text": "SELECT 2;"},
            ]
        },
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "why"}]},
                {"type": "text", "text": "SELECT "},
                {"type": "text", "text": "2;"},
            ]
        },
    ],
)
def test_thinking_in_a_field_or_a_part_of_its_own_is_kept_in_front(
    fake: FakeServer, message: dict[str, Any]
) -> None:
    result = chat_text(fake, message)
    assert isinstance(result, CompletionResult)
    assert result.text == "<think>\nwhy\n</think>\nSELECT 2;"


def test_pages_of_a_server_are_read_in_part_only(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_BYTES", 1000)
    fake.pages["/big"] = says(b"x" * 100_000)
    assert len(pages.page(f"{fake.url}/big", api_key="", seconds=5.0).body) == 1000


def test_a_list_of_models_that_never_ends_is_given_up(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while True:  # until the client goes away
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    monkeypatch.setattr("worker.transport._METRICS_SECONDS", 0.2)
    fake.pages["/metrics"] = drips

    async def look() -> object:
        async with ModelClient(fake.url, model="m") as client:
            return await client.load()

    assert asyncio.run(look()) is None


@pytest.mark.parametrize(
    "words",
    [
        "prompt is too long: 208310 tokens > 200000 maximum",
        "`inputs` tokens + `max_new_tokens` must be <= 2048",
        "Range of input length should be [1, 30720]",
        "Please reduce the length of the messages or completion.",
        "Please reduce your prompt; or completion length.",
        "The input (5000 tokens) is longer than the model's context length (2048 tokens).",
        "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
        "input length exceeds the context length",
        "The input token count (5000) exceeds the maximum number of tokens allowed (4096).",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is "
        "loaded with context length of only 4096 tokens, which is not enough.",
        "Your request exceeded model token limit: 8192",
    ],
)
def test_a_prompt_that_is_too_long_is_known_in_many_words(words: str) -> None:
    assert refusals.is_prompt_too_long(400, words)
    assert not refusals.is_prompt_too_long(500, words)
