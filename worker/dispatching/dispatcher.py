"""One dispatcher per GPU worker: a sliding window of sequences over units, stages and runs.

As many units are leased as keep the servers' windows full; a unit is done when its seeds are. The
moment the answer of one stage is stored, the next stage of that seed is asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Final

from apps.core import work
from apps.core.leases import Leases
from apps.core.models import WorkUnit
from apps.generation.asking import Ask
from apps.generation.models import Recipe
from apps.generation.writing import Answer
from worker.dispatching.answers import answered, missing, refused, unasked
from worker.dispatching.lane import Lane, Reply, Served, Task
from worker.dispatching.pool import Held, Pool
from worker.dispatching.store import Store
from worker.engines.errors import EngineSetupError
from worker.replies import CompletionFailure

SUPPLY: Final = 2.25
"""Sequences that are held, waiting and to come included, in times of the windows."""

SAVE_SOON: Final = 0.2
SAVE_LATE: Final = 1.0
SAVE_MANY: Final = 48
"""Seconds after which an answer is saved that something follows from, that nothing follows from,
and at how many of these it is: they become one unit of validation."""

LOOK_AGAIN: Final = 2.0
_UNITS_AT_ONCE: Final = 8


class ModelServerAwayError(Exception):
    """The model server did not answer in time; what came before is saved."""


class Dispatcher:
    """Works for all units that `serves` (called in the store's thread) says the servers can do;
    `run` returns when none is left, or one that needs another server (it holds that: `foreign`).
    """

    def __init__(
        self,
        served: Sequence[Served],
        *,
        serves: Callable[[Recipe], bool],
        store: Store,
        leases: Leases,
        drain_seconds: float = 10.0,
    ) -> None:
        self.foreign: WorkUnit | None = None
        self._lanes = [Lane(one, self._answered) for one in served]
        self._serves, self._store, self._leases = serves, store, leases
        self._drain_seconds = drain_seconds
        self._pool = Pool()
        self._answers: dict[int, list[Answer]] = {}
        self._answered_asks: list[tuple[int, Ask]] = []
        self._first_answer_at: dict[bool, float] = {}
        self._changed, self._to_save, self._done = (asyncio.Event() for _ in range(3))
        self._hinted: list[int] = []
        self._is_stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- from other threads

    def hint(self, unit_id: int) -> None:
        """A unit is said to wait; it is taken when there is room."""
        self._from_outside(lambda: self._hinted.append(unit_id))

    def stop(self) -> None:
        """Send nothing more, wait a little for what is under way, and give all units back."""

        def stop() -> None:
            self._is_stopping = True

        self._from_outside(stop)

    def wants_more(self) -> bool:
        """Whether there is room for further units."""
        return not self._is_stopping and any(self._is_short(lane) for lane in self._lanes)

    def _from_outside(self, do: Callable[[], None]) -> None:
        def act() -> None:
            do()
            self._changed.set()

        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act)

    # -- the loop

    async def run(self, first: WorkUnit) -> None:
        """Work until nothing is left. Raises EngineError when the servers do not serve the model
        of `first`: that unit is then still the caller's.
        """
        self._loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            for lane in self._lanes:
                await stack.enter_async_context(lane.served.client)
                await lane.check()
            await self._take(first, self._lane_of(first))
            await self._work()

    async def _work(self) -> None:
        parts = (
            self._refilling,
            self._saving,
            self._watching,
            *(lane.look for lane in self._lanes),
        )
        running = [asyncio.create_task(part()) for part in parts]
        ended = asyncio.create_task(self._done.wait())
        try:
            done, _ = await asyncio.wait([ended, *running], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ended}:
                task.result()
        finally:
            for lane in self._lanes:
                await lane.end()
            for task in (ended, *running):
                task.cancel()
            await asyncio.gather(ended, *running, return_exceptions=True)
            await self._let_go()

    async def _let_go(self) -> None:
        """Save what came and give back what is held still."""
        await self._save()
        for held in list(self._pool.units.values()):
            await self._give_back(held, held.trouble or work.JobStoppedError("the worker stops"))

    # -- taking units

    async def _refilling(self) -> None:
        nothing_at = 0.0
        while True:
            for lane in self._lanes:
                lane.send()
            if self._is_stopping:
                await self._drain()
                return
            is_time = bool(self._hinted) or time.monotonic() - nothing_at > LOOK_AGAIN
            short = [lane for lane in self._lanes if self._is_short(lane)]
            if short and is_time and not self.foreign:
                if await self._take_some(short):
                    continue
                nothing_at = time.monotonic()
            if not self._pool.units:
                self._done.set()
                return
            self._changed.clear()
            await self._wait(self._changed, LOOK_AGAIN / 2)

    def _is_short(self, lane: Lane) -> bool:
        """Whether a lane has too little under way and to come for its window."""
        share = self._pool.to_come() / len(self._lanes)
        return lane.live < lane.window.size or lane.live + share < SUPPLY * lane.window.size

    async def _take_some(self, short: Sequence[Lane]) -> bool:
        """Claim units for the lanes that are short; whether there were any."""
        took = False
        while self._hinted:
            unit = await self._store.call(self._store.claim, self._hinted.pop(0))
            if unit:
                took = True
                await self._take(unit, self._lane_of(unit))
        for lane in short:
            for unit in await self._claim_for(lane):
                took = True
                await self._take(unit, lane)
        return took

    async def _claim_for(self, lane: Lane) -> list[WorkUnit]:
        """Units for a lane: of its own arrangements, else of any."""
        place, parts = self._lanes.index(lane), len(self._lanes)
        lacks = SUPPLY * lane.window.size - lane.sent_sequences - lane.ready_sequences
        units = self._pool.units.values()
        in_all = max((held.sequences for held in units), default=lacks)
        # Its first stage has a sequence a seed: of these an empty window takes many units.
        at_first = max((len(held.seed_ids) for held in units), default=lacks)
        missing = max(lacks / max(in_all, 1), (lane.window.size - lane.live) / max(at_first, 1))
        # Half of that at once: other workers are to have as many.
        count = int(min(max(missing / 2, 1), _UNITS_AT_ONCE))
        found = await self._store.call(self._store.claim_next, count, place, parts)
        if not found and parts > 1:
            found = await self._store.call(self._store.claim_next, 1, -1, parts)
        return found

    def _lane_of(self, unit: WorkUnit) -> Lane:
        arrangement = unit.payload.get("arrangement")
        place = unit.pk if arrangement is None else int(arrangement)
        return self._lanes[place % len(self._lanes)]

    async def _take(self, unit: WorkUnit, lane: Lane) -> None:
        """Begin a claimed unit; one that needs another server is kept for later."""
        self._leases.hold(unit)
        try:
            held = await self._store.call(self._store.load, unit, lane)
            if self.foreign or not await self._store.call(self._serves, held.run.recipe):
                await self._set_aside(unit)
                return
            await self._store.call(self._store.note, held.run, lane.served.launch)
            self._pool.units[unit.pk] = held
            await self._go_on(held)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this unit's
            self._pool.units.pop(unit.pk, None)
            await self._store.call(self._store.give_back, unit, error)
            self._leases.drop(unit)

    async def _set_aside(self, unit: WorkUnit) -> None:
        if self.foreign is None:
            self.foreign = unit
            return
        await self._store.call(self._store.give_back, unit, work.JobStoppedError("not now"))
        self._leases.drop(unit)

    async def _go_on(self, held: Held) -> None:
        """Ask for what the unit lacks; finish it when it lacks nothing."""
        held.is_looked_through = True
        asks = await self._store.call(self._store.asks, held)
        held.is_looked_through = False
        if held.trouble:
            return
        if asks:
            held.lane.lead(held.unit.pk, asks[0].seed_id)
            self._add(held, asks)
            return
        await self._store.call(self._store.finish, held)
        self._forget(held)

    def _forget(self, held: Held) -> None:
        self._pool.units.pop(held.unit.pk, None)
        self._leases.drop(held.unit)
        self._changed.set()

    def _add(self, held: Held, asks: Sequence[Ask]) -> None:
        """Queue asks, all before the first is sent: those that begin alike are to be known."""
        together = held.lane.samples_together and held.run.recipe.arrangements
        for ask in asks:
            for each in [ask] if together else ask.apart():
                self._queue(held, each)
        held.lane.send()

    def _queue(self, held: Held, ask: Ask) -> None:
        held.add(ask)
        if ask.problem:
            self._keep(held, ask, unasked(ask), [])
            return
        stage = held.stages.index(ask.stage)
        held.lane.add(held.task(ask), priority=held.unit.priority, stage=stage)

    # -- answers

    def _answered(self, task: Task, reply: Reply) -> None:
        """Called in the loop for every reply."""
        held = self._pool.units.get(task.unit_id)
        if held is not None and held.trouble is None:
            self._take_reply(held, task, reply)
        self._changed.set()

    def _take_reply(self, held: Held, task: Task, reply: Reply) -> None:
        if isinstance(reply, EngineSetupError):
            self._fail_run(held, work.JobFailsError(str(reply)))
        elif isinstance(reply, Exception):
            self._trouble(held, reply)
        elif not isinstance(reply, CompletionFailure):
            answers = answered(task, reply)
            self._keep(held, task.ask, answers, missing(task.ask, answers))
        elif reply.retryable:
            self._trouble(held, ModelServerAwayError(f"{reply.code}: {reply.message}"))
        elif len(task.ask.draws) > 1:
            # It may be the number of samples that is refused: each draw is asked for alone.
            self._keep(held, task.ask, [], task.ask.apart())
        else:
            self._keep(held, task.ask, [refused(task.ask, reply)], [])

    def _keep(self, held: Held, ask: Ask, answers: list[Answer], again: Sequence[Ask]) -> None:
        for each in again:
            self._queue(held, each)
        if again:
            held.asked[ask.stage] -= len(again)
        self._answers.setdefault(held.unit.pk, []).extend(answers)
        self._answered_asks.append((held.unit.pk, ask))
        is_last = ask.stage == held.stages[-1]
        self._first_answer_at.setdefault(is_last, time.monotonic())
        self._to_save.set()

    def _trouble(self, held: Held, error: Exception) -> None:
        """The unit is given back once what came of it is saved."""
        if held.trouble is None:
            held.trouble = error
            held.lane.drop(held.unit.pk)
            self._first_answer_at.setdefault(False, 0.0)
            self._to_save.set()

    def _fail_run(self, held: Held, error: work.JobFailsError) -> None:
        self._trouble(held, error)
        for other in self._pool.units.values():
            if other.run.pk == held.run.pk:
                self._trouble(other, work.JobStoppedError("its run has failed"))

    # -- saving

    async def _saving(self) -> None:
        while True:
            await self._to_save.wait()
            while (pause := self._pause()) > 0:
                await asyncio.sleep(min(pause, SAVE_SOON / 2))
            self._to_save.clear()
            await self._save()

    def _pause(self) -> float:
        """Seconds until the answers at hand are to be saved."""
        is_idle = not any(lane.sent_sequences for lane in self._lanes)
        if is_idle or sum(map(len, self._answers.values())) >= SAVE_MANY:
            return 0.0
        limits = {False: SAVE_SOON, True: SAVE_LATE}
        due = [at + limits[is_last] for is_last, at in self._first_answer_at.items()]
        return min(due, default=0.0) - time.monotonic()

    async def _save(self) -> None:
        """Store all that came, add what follows from it, and let ended units go."""
        answers, self._answers = self._answers, {}
        asks, self._answered_asks = self._answered_asks, []
        self._first_answer_at = {}
        units = {pk: self._pool.units[pk] for pk in answers if pk in self._pool.units}
        if units:
            await self._store_answers({pk: answers[pk] for pk in units}, units)
        for unit_id, ask in asks:
            if held := self._pool.units.get(unit_id):
                held.ended(ask)
        for held in list(self._pool.units.values()):
            if held.trouble:
                await self._give_back(held, held.trouble)
            elif held.is_done and not self._is_stopping:
                await self._settle(held)

    async def _settle(self, held: Held) -> None:
        try:
            await self._go_on(held)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this unit's
            await self._give_back(held, error)

    async def _store_answers(
        self, answers: dict[int, list[Answer]], units: dict[int, Held]
    ) -> None:
        """All in one transaction; where that fails, unit by unit, so that one harms no other."""
        try:
            following = await self._store.call(self._store.save, answers, units)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told with the unit
            if len(units) == 1:
                for held in units.values():
                    self._trouble(held, error)
                return
            for pk, held in units.items():
                await self._store_answers({pk: answers[pk]}, {pk: held})
            return
        for pk, held in units.items():
            if pk not in following:
                self._trouble(held, work.LeaseLostError(f"unit {pk} was taken over"))
                continue
            if answers[pk]:
                held.unit.attempts = min(held.unit.attempts, 1)
            self._add(held, following[pk])

    async def _give_back(self, held: Held, error: Exception) -> None:
        held.lane.drop(held.unit.pk)
        await self._store.call(self._store.give_back, held.unit, error)
        self._forget(held)

    # -- watching

    async def _watching(self) -> None:
        """Leave the units that are no longer ours, or no longer wanted."""
        while True:
            for pk, error in self._leases.lost().items():
                if held := self._pool.units.get(pk):
                    self._trouble(held, error)
            await asyncio.sleep(0.5)

    async def _drain(self) -> None:
        """Let what is under way come to its end, for a while."""
        until = time.monotonic() + self._drain_seconds
        for lane in self._lanes:
            lane.hold_back()
        while any(lane.sent_sequences for lane in self._lanes) and time.monotonic() < until:
            await asyncio.sleep(0.1)
        self._done.set()

    @staticmethod
    async def _wait(event: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)
