"""One model server with what waits for it: asks go out as its window has room."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from apps.generation.asking import Ask
from worker.client import ModelClient
from worker.dispatching.slots import Prefix, Slots
from worker.dispatching.window import Window
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest, Message

LOOK_SECONDS: Final = 0.5
_WARM_SECONDS: Final = 120.0
"""A beginning that nothing was asked with for so long is read again before many go out."""

_WARMING_SECONDS: Final = 60.0
_LEAD_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A model server that is there. slots: sequences that it works on at once, by how it was
    started or set; `is_known`: whether that is more than a guess. launch: what is kept with a run.
    """

    client: ModelClient
    slots: int
    is_known: bool = True
    launch: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Task:
    """An ask of a unit on its way. `is_shared`: others of its unit begin alike; `is_last`: its unit
    will not be tried once more; `is_warm`: that beginning had been read when it was sent.
    """

    unit_id: int
    ask: Ask
    request: CompletionRequest
    is_shared: bool = False
    is_last: bool = False
    is_warm: bool = False

    @property
    def sequences(self) -> int:
        return self.request.n


# Whether it follows a seed that goes first, how urgent it is, its stage, its number.
_Entry = tuple[bool, int, int, int, Task]
Reply = CompletionResult | CompletionFailure | Exception
Answered = Callable[[Task, Reply], None]


class Lane:
    """Sends tasks to one server: the most urgent first, of these earlier stages first (so that
    what follows from them is there in time), of these those that have waited longest.

    Where the server is vLLM, the first task of a beginning that several share waits for one
    request that has the server read it; the others wait for that. For llama.cpp, Slots does it.
    There a seed may go the whole way before any other is asked for (`lead`): it has each stage's
    beginning read, which all need, and the first pair is there soon.
    """

    def __init__(self, served: Served, answered: Answered) -> None:
        self.served = served
        self.window = Window(served.slots, is_known=served.is_known)
        self._answered = answered
        self._numbers = itertools.count()
        self._ready: list[_Entry] = []
        self._held: dict[Prefix, list[_Entry]] = {}
        self._warm: dict[Prefix, float] = {}
        self._sent: dict[asyncio.Task[None], Task] = {}
        self._warming: set[asyncio.Task[None]] = set()
        self.sent_sequences = 0
        self.ready_sequences = 0
        self.samples_together = False
        self._slots: Slots | None = None
        self._leader: tuple[int, int] | None = None
        self._lead_until = 0.0
        self._has_ended = False

    @property
    def live(self) -> float:
        """Sequences that are worked on, wait at the server, or are ready to be sent."""
        return self.sent_sequences * self.window.live_share + self.ready_sequences

    async def look(self) -> None:
        """Steer the window by the server's metrics until cancelled."""
        while True:
            sample = await self.served.client.load()
            if sample is not None:
                self.window.look(sample, sent=self.sent_sequences)
            await asyncio.sleep(LOOK_SECONDS)

    async def check(self) -> None:
        """Raises EngineError unless the server serves our model."""
        await self.served.client.check()
        self.samples_together = self.served.client.is_vllm
        self._slots = await Slots.of(self.served.client, self.served.slots)

    def lead(self, unit_id: int, seed_id: int) -> None:
        """Ask for this seed of a unit alone until `follow`, a minute at most: the first one named,
        where that is no loss.
        """
        if self._slots and not self._lead_until:
            self._leader, self._lead_until = (unit_id, seed_id), time.monotonic() + _LEAD_SECONDS

    def is_led_by(self, unit_id: int, seed_id: int) -> bool:
        """Whether the others wait for this seed."""
        return self._leader == (unit_id, seed_id)

    def follow(self) -> None:
        """Ask for the others too."""
        self._leader = None
        self.send()

    def add(self, task: Task, *, priority: int, stage: int) -> None:
        """Queue a task; `stage` is the number of its stage on the way."""
        follows = not self.is_led_by(task.unit_id, task.ask.seed_id)
        self._push((follows, -priority, stage, next(self._numbers), task))
        self.ready_sequences += task.sequences

    def send(self) -> None:
        """Send what there is room for."""
        while self._ready and not self._has_ended and self.window.room(self.sent_sequences) > 0:
            follows, *_, task = self._ready[0]
            if follows and self._leader and time.monotonic() < self._lead_until:
                return
            entry = heapq.heappop(self._ready)
            prefix = task.ask.prefix_key
            if prefix in self._held:
                self._held[prefix].append(entry)
            elif task.is_shared and self.samples_together and not self._is_warm(prefix):
                self._held[prefix] = [entry]
                self._spawn_warming(prefix, task)
            else:
                self._spawn(prefix, task)

    def drop(self, unit_id: int) -> None:
        """Forget a unit's tasks; its requests under way are given up."""
        for entries in (self._ready, *self._held.values()):
            for entry in entries:
                if entry[-1].unit_id == unit_id:
                    self.ready_sequences -= entry[-1].sequences
            entries[:] = [entry for entry in entries if entry[-1].unit_id != unit_id]
        heapq.heapify(self._ready)
        for running, task in self._sent.items():
            if task.unit_id == unit_id:
                running.cancel()
        if self._leader and self._leader[0] == unit_id:
            self._leader = None

    def is_asking(self, unit_id: int) -> bool:
        """Whether a request of this unit is under way."""
        return any(task.unit_id == unit_id for task in self._sent.values())

    def hold_back(self) -> None:
        """Send nothing any more; what is under way may end."""
        self._has_ended = True

    async def end(self) -> None:
        """Send nothing any more and give up all requests under way."""
        self.hold_back()
        running = [*self._sent, *self._warming]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _push(self, entry: _Entry) -> None:
        heapq.heappush(self._ready, entry)

    def _is_warm(self, prefix: Prefix) -> bool:
        return time.monotonic() - self._warm.get(prefix, -_WARM_SECONDS) < _WARM_SECONDS

    def _spawn_warming(self, prefix: Prefix, task: Task) -> None:
        warming = asyncio.create_task(self._warm_up(prefix, _beginning(task)))
        self._warming.add(warming)
        warming.add_done_callback(self._warming.discard)

    async def _warm_up(self, prefix: Prefix, request: CompletionRequest) -> None:
        """However it ends, the others go out: they are told what is wrong themselves."""
        try:
            await asyncio.wait_for(self.served.client.ask_once(request), _WARMING_SECONDS)
        except TimeoutError:
            return
        finally:
            self._warm[prefix] = time.monotonic()
            for entry in self._held.pop(prefix, []):
                self._push(entry)
            self.send()

    def _spawn(self, prefix: Prefix, task: Task) -> None:
        self.ready_sequences -= task.sequences
        task.is_warm = self._is_warm(prefix)
        self._warm[prefix] = time.monotonic()
        self.sent_sequences += task.sequences
        running = asyncio.create_task(self._ask(task))
        self._sent[running] = task
        running.add_done_callback(self._settle)

    async def _ask(self, task: Task) -> None:
        reply: Reply
        try:
            reply = await self._reply(task)
        except Exception as error:  # noqa: BLE001 - handed on to who asked
            reply = error
        self._answered(task, reply)

    async def _reply(self, task: Task) -> CompletionResult | CompletionFailure:
        if self._slots and task.is_shared:
            return await self._slots.complete_one(
                task.ask.prefix_key, _beginning(task), task.request
            )
        return await self.served.client.complete_one(task.request, is_last=task.is_last)

    def _settle(self, running: asyncio.Task[None]) -> None:
        self.sent_sequences -= self._sent.pop(running).sequences


def _beginning(task: Task) -> CompletionRequest:
    """What has the server read the shared part of a prompt, and nothing of what follows it."""
    turns = [message for message in task.request.messages if message.role != "assistant"]
    shown = task.request.messages[: task.request.messages.index(turns[-1])] if turns else ()
    messages = (*shown, Message("user", "## Example")) if turns else ()
    prefix = task.ask.prompt.prefix
    return replace(
        task.request, id="", prompt=prefix, messages=messages, n=1, max_tokens=1, grammar=""
    )
