"""What prompts begin with alike is read once by llama.cpp, whichever of its slots they go to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from worker.client import ModelClient
from worker.dispatching.slots import Slots
from worker.engines.server import ModelServer
from worker.engines.settings import EngineSettings
from worker.replies import CompletionFailure, CompletionResult, Sample
from worker.requests import CompletionRequest

BEGINNING = CompletionRequest(id="", prompt="begin", max_tokens=1)


class RecordingClient:
    """A client that answers everything and remembers what was asked; `has` are the saved files."""

    def __init__(self, *, is_llama: bool = True, saves: bool = True) -> None:
        self.is_llama = is_llama
        self.saves = saves
        self.has: dict[str, int] = {}
        self.did: list[tuple[str, int | None]] = []
        self.refuses = False

    async def slot_action(self, slot: int, action: str, name: str) -> bool:
        self.did.append((action, slot))
        if action == "save" and self.saves:
            self.has[name] = slot
        return name in self.has

    async def ask_once(self, request: CompletionRequest) -> CompletionResult | CompletionFailure:
        self.did.append(("read", request.slot))
        await asyncio.sleep(0)
        return _failure() if self.refuses else _result(request)

    async def complete_one(
        self, request: CompletionRequest
    ) -> CompletionResult | CompletionFailure:
        self.did.append(("ask", request.slot))
        await asyncio.sleep(0)
        return _result(request)


def _result(request: CompletionRequest) -> CompletionResult:
    return CompletionResult(request.id, (Sample(0, "text", "stop", ""),), 9, 0, 1, 0.1)


def _failure() -> CompletionFailure:
    return CompletionFailure("", "unreachable", "away", retryable=True)


def as_client(client: RecordingClient) -> ModelClient:
    return cast(ModelClient, client)


async def ask(slots: Slots, prefixes: list[str]) -> None:
    """A request for each prefix, all at once."""
    asks = [
        slots.complete_one((prefix,), BEGINNING, CompletionRequest(id=str(number), prompt=prefix))
        for number, prefix in enumerate(prefixes)
    ]
    answers = await asyncio.gather(*asks)
    assert [answer.id for answer in answers] == [str(number) for number in range(len(prefixes))]


def did(client: RecordingClient, what: str) -> int:
    return sum(action == what for action, _ in client.did)


def test_a_beginning_is_read_in_one_slot_and_taken_over_by_the_others() -> None:
    client = RecordingClient()
    asyncio.run(ask(Slots(as_client(client), 4), ["a"] * 10))
    assert did(client, "read") == 1 and did(client, "restore") == 3 and did(client, "ask") == 10


def test_a_slot_that_holds_another_beginning_takes_a_saved_one_over() -> None:
    client = RecordingClient()

    async def both() -> None:
        slots = Slots(as_client(client), 2)
        for prefixes in (["a", "a"], ["b", "b"], ["a", "a"]):
            await ask(slots, prefixes)

    asyncio.run(both())
    assert did(client, "read") == 2 and did(client, "restore") == 4


def test_no_more_than_eight_files_are_kept() -> None:
    client = RecordingClient()

    async def many() -> None:
        slots = Slots(as_client(client), 1)
        for number in range(20):
            await ask(slots, [f"prefix {number}"])

    asyncio.run(many())
    assert len(client.has) == 8 and did(client, "read") == 20


def test_a_server_that_saves_nothing_or_is_another_one_is_asked_as_ever() -> None:
    unsaving = RecordingClient(saves=False)
    assert asyncio.run(Slots.of(as_client(unsaving), 4)) is None
    assert asyncio.run(Slots.of(as_client(RecordingClient(is_llama=False)), 4)) is None


def test_a_lost_file_or_a_beginning_that_was_not_read_costs_time_and_no_answer() -> None:
    client = RecordingClient()

    async def lost() -> None:
        slots = Slots(as_client(client), 2)
        await ask(slots, ["a"])
        client.has.clear()
        await ask(slots, ["a", "a"])
        client.refuses = True
        await ask(slots, ["b", "b"])

    asyncio.run(lost())
    assert did(client, "ask") == 5


def test_the_real_server_reads_a_shared_beginning_once(
    llama_settings: Callable[[], EngineSettings],
) -> None:
    beginning = "Tables and their columns.\n" + "SELECT name, price FROM items;\n" * 20
    asked = replace(BEGINNING, prompt=beginning)

    async def read(server: ModelServer) -> list[int]:
        client = ModelClient(server.base_url, model=server.model_name, api_key=server.api_key)
        async with client:
            await client.check()
            slots = await Slots.of(client, 4)
            assert slots
            answers = await asyncio.gather(
                *(
                    slots.complete_one(
                        ("p",),
                        asked,
                        replace(asked, id=str(n), prompt=f"{beginning}SELECT {n} AS x"),
                    )
                    for n in range(6)
                )
            )
        results = [answer for answer in answers if isinstance(answer, CompletionResult)]
        assert len(results) == 6
        return [answer.prompt_tokens - (answer.cached_tokens or 0) for answer in results]

    with ModelServer(llama_settings()) as server:
        assert max(asyncio.run(read(server))) < 20
