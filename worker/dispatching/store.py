"""What the dispatcher does in the database, in one thread of its own.

While PostgreSQL is away everything waits for it: what the model has answered stays in memory and
is saved when it is back. All of it may run twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import InterfaceError, OperationalError, connection

from apps.core import leases, work
from apps.core.excuses import disk_is_full, excuse_for
from apps.core.models import WorkUnit
from apps.generation import caching, tally
from apps.generation.asking import Ask, Group, asks_left, asks_of
from apps.generation.models import Concepts, Instruction, Run, RunSeed
from apps.generation.prompting import Input
from apps.generation.runs import QUEUE
from apps.generation.servers import server_note, server_note_estimates
from apps.generation.writing import (
    Answer,
    Made,
    answers_save,
    completions_parse,
    is_any_unparsed,
    saved_parse,
)
from worker.dispatching.lane import Lane
from worker.dispatching.pool import Held

log = logging.getLogger(__name__)
AWAY_SECONDS: Final = 600.0
_PAUSE: Final = 0.5
_Result = TypeVar("_Result")


class Store:
    """Calls run one after the other in a thread that has a connection of its own."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._noted: set[int] = set()
        self._estimated: set[int] = set()

    async def call(self, do: Callable[..., _Result], *args: Any) -> _Result:
        """Do it in the thread; again when the connection was lost, for ten minutes at most."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _lasting, do, *args)

    def close(self) -> None:
        """End the thread, which has to close its connection itself."""
        self._thread.submit(_close_connection)
        self._thread.shutdown()

    # What follows runs in the thread.

    def claim(self, unit_id: int) -> WorkUnit | None:
        return work.claim(unit_id=unit_id, owner=self.owner, counts=not disk_is_full())

    def claim_next(self, count: int, part: int, parts: int) -> list[WorkUnit]:
        return leases.claim_next(queue=QUEUE, owner=self.owner, count=count, part=part, parts=parts)

    def load(self, unit: WorkUnit, lane: Lane) -> Held:
        """The unit with its run and seeds."""
        run = Run.objects.select_related("recipe__fewshot", "job").get(job=unit.job_id)
        slice_ = (unit.payload["first"], unit.payload["last"])
        chosen = RunSeed.objects.filter(run=run, position__range=slice_).order_by("position")
        group = Group(run=run, arrangement=unit.payload.get("arrangement"), key=unit.key)
        return Held(unit, run, group, list(chosen.values_list("seed_id", flat=True)), lane)

    def asks(self, held: Held) -> list[Ask]:
        """Everything of the unit that can be asked for by what is stored now; whatever an earlier
        worker left unparsed is parsed first.
        """
        if is_any_unparsed(run=held.run, seed_ids=held.seed_ids):
            for stage in held.stages:
                completions_parse(
                    run=held.run,
                    unit=held.unit,
                    owner=self.owner,
                    stage=stage,
                    seed_ids=held.seed_ids,
                )
        return asks_left(group=held.group, stages=held.stages, seed_ids=held.seed_ids)

    def save(
        self, answers: Mapping[int, Sequence[Answer]], units: Mapping[int, Held]
    ) -> dict[int, list[Ask]]:
        """Store and parse answers by unit; return what may be asked from there, by unit. Units
        that are missing there are another worker's now.
        """
        saved = answers_save(owner=self.owner, answers=answers)
        for unit, given in answers.items():
            if any(answer.is_estimated for answer in given):
                self._note_estimates(units[unit])
        runs = {held.run.pk: held.run for held in units.values()}
        made = saved_parse(owner=self.owner, saved=saved, runs=runs)
        return {unit: _next_asks(units[unit], rows) for unit, rows in made.items()}

    def finish(self, held: Held) -> None:
        part = (held.unit.payload["first"], held.unit.payload["last"])
        result = {
            "asked": held.asked,
            tally.KEY: tally.tally_of_seeds(held.run, [part]).as_json(),
            caching.KEY: caching.cached_of_seeds(held.run, held.seed_ids).as_json(),
        }
        work.finish(unit=held.unit, owner=self.owner, result=result)

    def give_back(self, unit: WorkUnit, error: Exception) -> None:
        """After an error: another attempt, or the end of the unit, or of its whole job."""
        words = str(error)[:2000]
        match error:
            case work.LeaseLostError() | work.JobStoppedError():
                log.info("Unit %s: %s", unit.pk, words)
                work.release(unit=unit, owner=self.owner)
            case work.JobFailsError():
                log.error("Unit %s (%s) fails with its whole job: %s", unit.pk, unit, words)
                work.fail_with_job(unit=unit, owner=self.owner, error=words)
            case _:
                log.error("Unit %s (%s) failed: %s", unit.pk, unit, words, exc_info=error)
                said = f"{type(error).__name__}: {words}"[:2000]
                excuse = excuse_for(error)
                work.give_back(unit=unit, owner=self.owner, error=said, excuse=excuse)

    def note(self, run: Run, launch: dict[str, str]) -> None:
        """Keep with the run by which server it was written; once for as long as this store is."""
        if launch and run.pk not in self._noted:
            server_note(run=run, server=launch)
            self._noted.add(run.pk)

    def _note_estimates(self, held: Held) -> None:
        if held.run.pk not in self._estimated:
            server_note_estimates(run=held.run, server=held.lane.served.launch)
            self._estimated.add(held.run.pk)


def _next_asks(held: Held, rows: Sequence[Made]) -> list[Ask]:
    """Asks of the stages after those that gave these rows, which may be of several stages."""
    instructions: list[Input] = [row for row in rows if isinstance(row, Instruction)]
    concepts: list[Input] = [row for row in rows if isinstance(row, Concepts)]
    following = ((held.stages[-1], instructions), (held.stages[1], concepts))
    return [
        ask
        for stage, inputs in following
        if inputs
        for ask in asks_of(group=held.group, stage=stage, rows=inputs)
    ]


def _close_connection() -> None:
    connection.close()


def _lasting(do: Callable[..., _Result], *args: Any) -> _Result:
    until = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            return do(*args)
        except (OperationalError, InterfaceError) as error:
            is_there = connection.connection is not None and not connection.connection.closed
            if is_there or time.monotonic() > until:
                raise
            log.warning("PostgreSQL does not answer; waiting for it: %s", error)
            connection.close()
            time.sleep(_PAUSE)
