"""Completions or chat, at any address, whatever a server calls its limit."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.worker.asking import Outcome, ask
from tests.worker.fake_server import Answer, FakeServer, says
from worker.client import ModelClient
from worker.engines.errors import EngineSetupError
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest, Interface, Message

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


def ask_by(
    fake: FakeServer, interface: Interface, requests: Iterable[CompletionRequest]
) -> dict[str, Outcome]:
    """What comes back where somebody has said how the server is to be asked; one at a time."""

    async def go() -> dict[str, Outcome]:
        async with ModelClient(
            fake.url, model="m", interface=interface, concurrency=1, first_retry=0.01
        ) as client:
            return {outcome.id: outcome async for outcome in client.complete(requests)}

    return asyncio.run(go())


@pytest.mark.parametrize("interface", [Interface.COMPLETIONS, Interface.CHAT])
def test_who_sets_the_interface_is_obeyed(fake: FakeServer, interface: Interface) -> None:
    choice = {"text": "SELECT 2;", "message": {"content": "SELECT 2;"}, "finish_reason": "stop"}
    fake.always = says({"choices": [choice]})
    (result,) = ask_by(fake, interface, [BOTH]).values()
    assert isinstance(result, CompletionResult) and fake.paths == [f"/v1{interface.path}"]
    fake.always = says({"error": {"message": CHAT_ONLY}}, status=404)
    with pytest.raises(EngineSetupError, match="This is a chat model"):
        ask_by(fake, interface, [BOTH])
    assert set(fake.paths) == {f"/v1{interface.path}"}, "nothing else is tried"


BEGUN = CompletionRequest(
    id="a",
    prompt="count",
    messages=(Message("user", "count"), Message("assistant", "[Reasoning]\n")),
)


def chats_unless(refuses: Callable[[dict[str, Any]], bool], words: str) -> Answer:
    """A server that chats, and refuses some questions; those with POISON whatever they are."""
    good = {"choices": [{"message": {"content": "One table."}, "finish_reason": "stop"}]}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.question  # type: ignore[attr-defined]
        if "POISON" in str(asked):
            return says({"error": {"message": "flagged"}}, status=400)(handler)
        refusal = says({"error": {"message": words}}, status=400)
        return (refusal if refuses(asked) else says(good))(handler)

    return answer


def ends_with_the_assistant(asked: dict[str, Any]) -> bool:
    return bool(asked["messages"][-1]["role"] == "assistant")


@pytest.mark.parametrize("interface", [Interface.CHAT, Interface.AUTO])
@pytest.mark.parametrize(
    ("refuses", "words", "ends"),
    [
        (lambda _: False, "", ("assistant", "[Reasoning]\n", True)),
        (
            lambda asked: "continue_final_message" in asked,
            "Unrecognized request argument supplied: continue_final_message",
            ("assistant", "[Reasoning]\n", False),
        ),
        (
            ends_with_the_assistant,
            "Expected last role User or Tool but got assistant",
            ("user", "Begin the answer with exactly these words:\n[Reasoning]\n", False),
        ),
    ],
    ids=["vllm", "strict", "user-last"],
)
def test_an_answer_that_has_been_begun_is_asked_for_as_the_server_understands_it(
    fake: FakeServer,
    refuses: Callable[[dict[str, Any]], bool],
    words: str,
    ends: tuple[str, str, bool],
    interface: Interface,
) -> None:
    chats = chats_unless(refuses, words)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_chat = handler.path == "/v1/chat/completions"
        (chats if is_chat else says({"error": "chats only"}, status=400))(handler)

    fake.always = answer
    poison = replace(BEGUN, id="poison", prompt="POISON", messages=(
        Message("user", "POISON"), BEGUN.messages[-1],
    ))  # fmt: skip
    wanted = [*(replace(BEGUN, id=str(n)) for n in range(4)), poison, replace(BEGUN, id="last")]
    outcomes = ask_by(fake, interface, wanted)
    failure = outcomes.pop("poison")
    assert isinstance(failure, CompletionFailure) and "flagged" in failure.message
    assert [isinstance(each, CompletionResult) for each in outcomes.values()] == [True] * 5
    role, content, has_parameters = ends
    last = fake.asked[-1]
    assert (last["messages"][-1]["role"], last.get("continue_final_message", False)) == (
        role,
        has_parameters,
    )
    assert last["messages"][-1]["content"].endswith(content)
    assert len(fake.asked) < 6 + 8, "how it wants to be asked is found out once"


def test_a_server_that_refuses_every_way_is_told_in_its_words(fake: FakeServer) -> None:
    fake.always = chats_unless(lambda _: True, "top_k is required")
    with pytest.raises(EngineSetupError, match="HTTP 400: top_k is required"):
        ask_by(fake, Interface.CHAT, [BEGUN])
    assert len(fake.asked) < 8
