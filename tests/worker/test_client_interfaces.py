"""Completions or chat, at any address, whatever a server calls its limit."""

import asyncio
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from tests.worker.asking import Outcome, ask
from tests.worker.fake_server import Answer, FakeServer, says
from worker.client import ModelClient
from worker.engines.errors import EngineSetupError
from worker.replies import CompletionResult
from worker.requests import CompletionRequest, Message

CHAT_ONLY = "This is a chat model and not supported in the v1/completions endpoint."
BOTH = CompletionRequest(id="a", prompt="p", messages=(Message("user", "p"),))


def chats(path: str = "/v1/chat/completions", **message: object) -> Answer:
    """A server that answers at one chat endpoint and nowhere else."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path != path:
            return says({"error": {"message": CHAT_ONLY}}, status=404)(handler)
        content = {"role": "assistant", "content": "SELECT 2;"} | message
        return says({"choices": [{"message": content, "finish_reason": "stop"}]})(handler)

    return answer


def test_a_server_that_only_chats_is_asked_there(fake: FakeServer) -> None:
    fake.always = chats()
    results = ask(fake, [replace(BOTH, id=str(n)) for n in range(6)], concurrency=2)
    assert {r.text for r in results if isinstance(r, CompletionResult)} == {"SELECT 2;"}
    assert len(results) == 6
    assert fake.paths[-4:] == ["/v1/chat/completions"] * 4, "it is found out once"


@pytest.mark.parametrize(
    ("owner", "tokenized", "path"),
    [
        ("vllm", says({"count": 9, "max_model_len": 64, "tokens": [1]}), "/v1/chat/completions"),
        ("vllm", says({"message": "no chat template"}, status=400), "/v1/completions"),
        ("vllm", says({}), "/v1/completions"),
        ("llamacpp", says({"tokens": [1]}), "/v1/completions"),
    ],
)
def test_a_model_with_a_chat_template_is_asked_in_a_chat(
    fake: FakeServer, owner: str, tokenized: Answer, path: str
) -> None:
    fake.pages["/v1/models"] = says({"data": [{"id": "m", "owned_by": owner}]})
    fake.pages["/tokenize"] = tokenized
    choice = {"text": "SELECT 2;", "message": {"content": "SELECT 2;"}, "finish_reason": "stop"}
    fake.always = says({"choices": [choice]})

    async def go() -> list[Outcome]:
        async with ModelClient(fake.url, model="m") as client:
            await client.check()
            return [outcome async for outcome in client.complete([BOTH])]

    (result,) = asyncio.run(go())
    assert isinstance(result, CompletionResult) and fake.paths == [path]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/api/paas/v4", "/api/paas/v4/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/openai", "/openai/v1/chat/completions"),
    ],
)
def test_an_address_may_have_any_path(fake: FakeServer, address: str, path: str) -> None:
    fake.always = chats(path)

    async def go() -> list[Outcome]:
        async with ModelClient(fake.url + address, model="m") as client:
            await client.check()  # it has no list of models
            return [outcome async for outcome in client.complete([BOTH])]

    (result,) = asyncio.run(go())
    assert isinstance(result, CompletionResult) and fake.paths[-1] == path


def test_a_server_with_neither_endpoint_is_told_in_its_own_words(fake: FakeServer) -> None:
    fake.always = says({"error": {"message": "Not here"}}, status=404)
    with pytest.raises(EngineSetupError, match="HTTP 404: Not here"):
        ask(fake, [BOTH])


def test_a_model_that_wants_another_name_for_the_limit_gets_it(fake: FakeServer) -> None:
    words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    good = chats()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        old = "max_tokens" in handler.question  # type: ignore[attr-defined]
        (says({"error": {"message": words}}, status=400) if old else good)(handler)

    fake.always = answer
    (result,) = ask(fake, [replace(BOTH, prompt="", max_tokens=9)])
    assert isinstance(result, CompletionResult)
    assert fake.asked[-1]["max_completion_tokens"] == 9 and "max_tokens" not in fake.asked[-1]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("SELECT 2;", "<think>\nwhy\n</think>\nSELECT 2;"),
        (None, "<think>\nwhy"),
        ("", "<think>\nwhy"),
    ],
)
def test_thinking_that_comes_apart_is_kept_in_front(
    fake: FakeServer, content: str | None, text: str
) -> None:
    fake.always = chats(content=content, reasoning_content="why")
    (result,) = ask(fake, [BOTH])
    assert isinstance(result, CompletionResult) and result.text == text
