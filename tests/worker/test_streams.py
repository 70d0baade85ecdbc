"""Servers that answer with a stream of events though none was asked for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.asking import ask
from tests.worker.fake_server import FakeServer, says
from worker import streams
from worker.replies import BadReply, CompletionFailure, CompletionResult, parse_reply
from worker.requests import CompletionRequest, Message


def events(*bodies: object, end: str = "data: [DONE]\n\n") -> bytes:
    told = "".join(f"data: {json.dumps(body, ensure_ascii=False)}\n\n" for body in bodies)
    return (": processing\n\n" + told + end).encode()


def text(piece: str, finish: str | None = None, index: int = 0) -> dict[str, object]:
    return {"choices": [{"index": index, "text": piece, "finish_reason": finish}]}


def delta(index: int = 0, finish: str | None = None, **pieces: str) -> dict[str, object]:
    return {"choices": [{"index": index, "delta": pieces, "finish_reason": finish}]}


def test_pieces_of_a_completion_are_put_together(fake: FakeServer) -> None:
    counts = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    body = events(text("SELECT"), text(" '\u2028'"), text(";", "stop"), counts)
    fake.always = says(body, **{"Content-Type": "text/event-stream"})
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)
    assert (result.text, result.finish_reason) == ("SELECT '\u2028';", "stop")
    assert (result.prompt_tokens, result.completion_tokens) == (7, 3)


def test_pieces_of_a_chat_with_its_thinking_and_of_several_samples() -> None:
    body = events(
        delta(role="assistant", reasoning_content="so "),
        delta(reasoning_content="it is"),
        delta(index=1, content="second", finish="length"),
        delta(content="first"),
        delta(finish="stop"),
    )
    result = parse_reply("a", body, seconds=0.0, samples=2)
    assert [(each.index, each.text, each.finish_reason) for each in result.samples] == [
        (0, "<think>\nso it is\n</think>\nfirst", "stop"),
        (1, "second", "length"),
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (events(text("SELECT"), end=""), "cut off"),
        (events(text("SELECT"), end='data: {"choi'), "no completion"),
        (events(text("SELECT"), {"error": {"message": "out of memory"}}), "out of memory"),
        (events(), "no completion"),
        (events({"error": {"message": "overloaded"}}), "overloaded"),
        (events({"choices": "x"}, ["y"]), "no completion"),
    ],
)
def test_a_stream_that_is_none_or_that_was_cut_is_no_answer(body: bytes, words: str) -> None:
    with pytest.raises(BadReply, match=words):
        parse_reply("a", body, seconds=0.0)


def test_a_stream_that_is_always_cut_for_one_prompt_rejects_it_alone(fake: FakeServer) -> None:
    def answer(handler) -> None:  # type: ignore[no-untyped-def]
        bad = "POISON" in json.dumps(handler.question)
        says(events(text("SELECT"), end="") if bad else events(text("good", "stop")))(handler)

    fake.always = answer
    wanted = [CompletionRequest(id=name, prompt=name) for name in ("a", "POISON", "b")]
    results = {each.id: each for each in ask(fake, wanted)}
    failure = results.pop("POISON")
    assert isinstance(failure, CompletionFailure) and not failure.retryable
    assert "the stream was cut off" in failure.message
    assert [each.text for each in results.values() if isinstance(each, CompletionResult)] == [
        "good"
    ] * 2


def test_a_server_that_only_streams_chats_is_found_out(fake: FakeServer) -> None:
    def answer(handler) -> None:  # type: ignore[no-untyped-def]
        chat = handler.path == "/v1/chat/completions"
        (says(events(delta(content="x", finish="stop"))) if chat else says({}, status=404))(handler)

    fake.always = answer
    (result,) = ask(fake, [CompletionRequest(id="a", prompt="p", messages=(Message("user", "p"),))])
    assert isinstance(result, CompletionResult) and result.text == "x"


@given(st.lists(st.text(max_size=30) | st.sampled_from(["data: {}", "data: [DONE]", "data:1"])))
def test_any_stream_is_a_completion_or_a_bad_reply(lines: list[str]) -> None:
    body = ("data: {}\n" + "\n".join(lines)).encode("utf-8", "replace")
    assert streams.is_stream(body)
    with pytest.raises(BadReply):
        parse_reply("a", body, seconds=0.0)
