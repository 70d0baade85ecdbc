"""Slots of a llama.cpp server: what prompts begin with alike is read once, not once by each slot.

llama.cpp keeps what it has read apart for each slot, and a processor reads a few hundred tokens a
second. A slot that has read a beginning is saved, and the others take it over in milliseconds. A
file that is gone or another's costs time and no more: the server compares tokens itself.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import Final, Self

from worker.client import ModelClient
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest

Prefix = tuple[object, ...]

# Each file has some 18 kB for a token of the small model: two runs' stages and no more.
_FILES: Final = 8


class Slots:
    """Asks for completions in slots that hold the beginnings of their prompts."""

    def __init__(self, client: ModelClient, count: int) -> None:
        self._client = client
        self._holds: dict[int, Prefix | None] = dict.fromkeys(range(count))
        self._free = list(self._holds)
        self._freed = asyncio.Condition()
        self._reading: dict[Prefix, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._files: dict[Prefix, int] = {}

    @classmethod
    async def of(cls, client: ModelClient, count: int) -> Self | None:
        """None where the server is another one, or was not started so that its slots are saved."""
        if not client.is_llama or not await client.slot_action(count - 1, "save", _name(0)):
            return None
        return cls(client, count)

    async def complete_one(
        self, prefix: Prefix, beginning: CompletionRequest, request: CompletionRequest
    ) -> CompletionResult | CompletionFailure:
        """As `ModelClient.complete_one`; `beginning` asks for what all with this prefix share."""
        slot = await self._take(prefix)
        try:
            if self._holds[slot] != prefix:
                await self._begin(slot, prefix, beginning)
            return await self._client.complete_one(replace(request, slot=slot))
        finally:
            async with self._freed:
                self._free.append(slot)
                self._freed.notify()

    async def _take(self, prefix: Prefix) -> int:
        """A free slot: one that holds the beginning, else the one that has been free longest."""
        async with self._freed:
            await self._freed.wait_for(lambda: self._free)
            held = [slot for slot in self._free if self._holds[slot] == prefix]
            slot = held[0] if held else self._free[0]
            self._free.remove(slot)
            return slot

    async def _begin(self, slot: int, prefix: Prefix, beginning: CompletionRequest) -> None:
        """Have the slot hold the beginning; where that fails, the request is told what is wrong."""
        self._holds[slot] = None
        async with self._reading[prefix]:
            if prefix in self._files and await self._act(slot, "restore", prefix):
                self._holds[slot] = prefix
                return
            reply = await self._client.ask_once(replace(beginning, slot=slot))
            if isinstance(reply, CompletionResult):
                self._holds[slot] = prefix
                self._files[prefix] = self._place()
                await self._act(slot, "save", prefix)

    def _place(self) -> int:
        """A file's number: a new one, or that of the beginning that was read longest ago."""
        if len(self._files) < _FILES:
            return len(self._files)
        return self._files.pop(next(iter(self._files)))

    async def _act(self, slot: int, action: str, prefix: Prefix) -> bool:
        return await self._client.slot_action(slot, action, _name(self._files[prefix]))


def _name(number: int) -> str:
    return f"beginning-{number}"
