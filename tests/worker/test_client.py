import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable
from http.server import BaseHTTPRequestHandler
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.asking import ask, many
from tests.worker.fake_server import FakeServer, completion, hangs_up, says, sleeps, waits
from worker import transport
from worker.client import ModelClient
from worker.engines.errors import EngineError
from worker.engines.metrics import read_metrics
from worker.replies import BadReply, CompletionFailure, CompletionResult, parse_reply
from worker.requests import CompletionRequest, Message


def test_a_completion_comes_back_with_its_id_text_and_counts(fake: FakeServer) -> None:
    fake.always = says(completion("SELECT 2;", stop_reason="## Example"))
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)
    assert (result.id, result.text, result.finish_reason) == ("a", "SELECT 2;", "stop")
    assert (result.stop_reason, result.prompt_tokens, result.completion_tokens) == (
        "## Example",
        7,
        3,
    )


def test_sampling_parameters_reach_the_server(fake: FakeServer) -> None:
    request = CompletionRequest(
        id="a", prompt="p", max_tokens=5, temperature=0.2, top_p=0.9, seed=3, stop=("## Example",)
    )
    ask(fake, [request])
    assert fake.asked == [
        {
            "model": "m",
            "prompt": "p",
            "max_tokens": 5,
            "temperature": 0.2,
            "top_p": 0.9,
            "seed": 3,
            "stop": ["## Example"],
        }
    ]


def test_messages_go_to_the_chat_endpoint(fake: FakeServer) -> None:
    fake.always = says(
        {
            "choices": [
                {"message": {"role": "assistant", "content": "hi"}, "finish_reason": "length"}
            ]
        }
    )
    (result,) = ask(fake, [CompletionRequest(id="a", messages=(Message("user", "hello"),))])
    assert isinstance(result, CompletionResult)
    assert (result.text, fake.paths) == ("hi", ["/v1/chat/completions"])
    assert fake.asked[0]["messages"] == [{"role": "user", "content": "hello"}]


def test_many_requests_run_at_once_but_never_more_than_allowed(fake: FakeServer) -> None:
    fake.always = sleeps(0.03, says(completion()))
    results = ask(fake, many(40), concurrency=8)
    assert {result.id for result in results} == {str(number) for number in range(40)}
    assert 4 <= fake.most_at_once <= 8


def test_a_quick_answer_does_not_wait_for_a_slow_one(fake: FakeServer) -> None:
    fake.script.append(sleeps(0.5, says(completion("slow"))))
    results = ask(fake, many(6), concurrency=2)
    assert [r.text for r in results if isinstance(r, CompletionResult)][-1] == "slow"


def test_an_endless_stream_of_requests_is_drawn_only_as_needed(fake: FakeServer) -> None:
    drawn = 0

    async def endless() -> AsyncIterator[CompletionRequest]:
        nonlocal drawn
        while True:
            drawn += 1
            yield CompletionRequest(id=str(drawn), prompt="p")

    async def go() -> None:
        async with ModelClient(fake.url, model="m", concurrency=3) as client:
            stream = client.complete(endless())
            for _ in range(5):
                await anext(stream)
            await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(go())
    assert drawn <= 5 + 3 * 3


def test_a_fault_in_the_callers_stream_reaches_the_caller(fake: FakeServer) -> None:
    def broken() -> Iterable[CompletionRequest]:
        yield CompletionRequest(id="a", prompt="p")
        raise LookupError("no such seed")

    with pytest.raises(LookupError, match="no such seed"):
        ask(fake, broken())


@pytest.mark.parametrize(
    "trouble",
    [hangs_up, says({"error": "dying"}, status=500), says(b"", status=503), says(b"<html>garbage")],
    ids=["closed connection", "500", "503", "garbage"],
)
def test_passing_trouble_is_tried_again(fake: FakeServer, trouble: object) -> None:
    fake.script.extend([trouble, trouble])  # type: ignore[list-item]
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)
    assert len(fake.asked) == 3


def test_a_server_that_is_started_anew_is_waited_for(fake: FakeServer) -> None:
    fake.script.extend([hangs_up] * 9)
    (result,) = ask(fake)
    assert isinstance(result, CompletionResult)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (says({"error": {"message": "boom"}}, status=500), "server_error"),
        (says({"choices": []}), "bad_response"),
    ],
)
def test_lasting_trouble_ends_as_a_failure_that_may_be_tried_later(
    fake: FakeServer, trouble: object, code: str
) -> None:
    fake.always = trouble  # type: ignore[assignment]
    (failure,) = ask(fake)
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == (code, True)
    assert len(fake.asked) == 5 + 1, "and once for something harmless"


def test_a_slow_server_is_given_up_after_patience(fake: FakeServer) -> None:
    given_up = threading.Event()
    fake.always = waits(given_up, says(completion()))
    (failure,) = ask(fake, timeout=0.1, patience=0.2)
    given_up.set()
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == ("timeout", True)


@pytest.mark.parametrize("counter", ["vllm:generation_tokens_total", "llamacpp:n_decode_total"])
def test_a_server_that_writes_is_waited_for_longer_than_the_timeout(
    fake: FakeServer, counter: str
) -> None:
    tokens = count(1)

    def metrics(handler: BaseHTTPRequestHandler) -> None:
        says(f"{counter} {next(tokens)}\n".encode())(handler)

    fake.pages["/metrics"] = metrics
    # As long as a busy machine may keep the client from seeing that the counters grow.
    fake.always = sleeps(4.5, says(completion()))
    (result,) = ask(fake, timeout=3.0, patience=0.1)
    assert isinstance(result, CompletionResult) and len(fake.asked) == 1


def test_a_server_whose_counters_stand_still_is_given_up(fake: FakeServer) -> None:
    fake.pages["/metrics"] = says(b"vllm:generation_tokens_total 7\n")
    given_up = threading.Event()
    fake.always = waits(given_up, says(completion()))
    (failure,) = ask(fake, timeout=0.4, patience=0.1)
    given_up.set()
    assert isinstance(failure, CompletionFailure) and failure.code == "timeout"


def test_a_request_that_the_server_says_it_does_not_have_is_asked_again(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(transport, "_LOST_SHARE", 1 / 3600)
    fake.pages["/metrics"] = says(
        b"vllm:generation_tokens_total 7\nvllm:num_requests_running 0\nvllm:num_requests_waiting 0\n"
    )
    lost = threading.Event()
    fake.script.append(waits(lost, hangs_up))
    (result,) = ask(fake, timeout=3600.0)
    lost.set()
    assert isinstance(result, CompletionResult) and len(fake.asked) == 2


def test_nobody_at_the_address_is_a_failure_that_names_it() -> None:
    with FakeServer() as gone:
        pass
    (failure,) = ask(gone, patience=0.1)
    assert isinstance(failure, CompletionFailure)
    assert failure.code == "unreachable"
    assert gone.url in failure.message


def test_an_unknown_model_stops_everything_and_names_it(fake: FakeServer) -> None:
    fake.always = says({"error": {"message": "The model `m` does not exist."}}, status=404)
    with pytest.raises(EngineError, match="does not know the model 'm'"):
        ask(fake, many(9))


def test_a_wrong_key_stops_everything(fake: FakeServer) -> None:
    fake.always = says({"error": "Unauthorized"}, status=401)
    with pytest.raises(EngineError, match="refuses our API key"):
        ask(fake)


def test_an_answer_without_end_is_cut_off(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 1000)
    fake.always = says(completion("x" * 5000))
    (failure,) = ask(fake)
    assert isinstance(failure, CompletionFailure)
    assert (failure.code, failure.retryable) == ("response_too_large", False)


def test_check_names_the_models_that_are_served(fake: FakeServer) -> None:
    async def check(model: str) -> None:
        async with ModelClient(fake.url, model=model) as client:
            await client.check()

    fake.pages["/v1/models"] = says({"data": [{"id": "gemma"}]})
    asyncio.run(check("gemma"))
    with pytest.raises(EngineError, match="does not serve the model 'm'; it serves gemma"):
        asyncio.run(check("m"))
    fake.pages["/v1/models"] = fake.always = says(b"<html>some other site</html>")
    with pytest.raises(EngineError, match="is the address of the model server right"):
        asyncio.run(check("m"))


def test_metrics_measure_the_rate_between_two_looks(fake: FakeServer) -> None:
    page = 'vllm:generation_tokens_total{engine="0"} 100.0\nvllm:num_requests_running{a="}"} 3\n'

    async def go() -> None:
        async with ModelClient(fake.url, model="m") as client:
            assert await client.metrics() is None
            fake.pages["/metrics"] = says(page.encode())
            first = await client.metrics()
            fake.pages["/metrics"] = says(page.replace("100.0", "400").encode())
            second = await client.metrics()
        assert first is not None and second is not None
        assert (first.completion_tokens, first.running, first.tokens_per_second) == (100, 3, None)
        assert second.tokens_per_second is not None and second.tokens_per_second > 0

    asyncio.run(go())


def test_the_rate_starts_anew_when_the_server_does() -> None:
    before = read_metrics("llamacpp:tokens_predicted_total 500", at=10.0)
    after = read_metrics("llamacpp:tokens_predicted_total 40", at=12.0)
    assert after.since(before).tokens_per_second == 20.0


@given(st.text())
def test_any_metrics_page_can_be_read(text: str) -> None:
    read_metrics(text, at=0.0)


@given(
    st.binary()
    | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_any_body_is_a_completion_or_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply):
        parse_reply("a", body, seconds=0.0)


@given(st.text(st.characters(exclude_categories=[])))
def test_every_text_can_be_stored(text: str) -> None:
    body = json.dumps(completion(text)).encode()
    stored = parse_reply("a", body, seconds=0.0).text
    assert "\x00" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored


def test_a_local_server_is_never_asked_through_a_proxy(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(ask(fake)[0], CompletionResult)
