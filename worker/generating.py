"""Units of the queue `generate`: a slice of a run's seeds goes through every stage.

The server is never waited for one prompt at a time: all asks of a stage are sent together, and a
worker does two units at once, so that one unit's tail overlaps with the other's full batch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

from apps.core import work
from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.generation import tally, writing
from apps.generation.models import Run, RunSeed, Stage
from apps.generation.prompting import draw_seed
from apps.generation.usage import server_of
from worker import loads, model_server
from worker.client import ModelClient
from worker.engines.errors import EngineError, EngineSetupError
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest, Message

# Answers are saved when this many have come, or when this many seconds have passed.
SAVE_EVERY = 64
SAVE_SECONDS = 2.0


class ModelServerAwayError(Exception):
    """The model server did not answer in time; what came before is saved."""


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:
    """Take the unit's seeds through the stages of its run's recipe; return how many completions
    were asked for by stage, and the tally of these seeds.

    Raises JobFailsError when the model server cannot be had: every other unit of the run needs
    the same one, and a start may take minutes.
    """
    run = Run.objects.select_related("recipe__fewshot", "job").get(job=unit.job_id)
    try:
        with model_server.client_for(run.recipe) as client:
            asked = asyncio.run(_Unit(run, unit, owner, lease).go(client))
    except EngineError as error:
        if isinstance(error, EngineSetupError) or unit.attempts >= work.MAX_ATTEMPTS:
            raise work.JobFailsError(str(error)) from error
        raise
    part = (unit.payload["first"], unit.payload["last"])
    return {"asked": asked, tally.KEY: tally.tally_of_seeds(run, [part]).as_json()}


class _Unit:
    def __init__(self, run: Run, unit: WorkUnit, owner: str, lease: Lease) -> None:
        self.run, self.unit, self.owner, self.lease = run, unit, owner, lease
        self.seed_ids = _seed_ids(run, unit)

    async def go(self, client: ModelClient) -> dict[str, Any]:
        try:
            return await self._go(client)
        finally:
            await sync_to_async(_close_connection)()

    async def _go(self, client: ModelClient) -> dict[str, Any]:
        counts: dict[str, Any] = {}
        async with client, loads.sampled(client.sample, server=server_of(self.owner)):
            await client.check()
            for stage in self.run.recipe.stages:
                await self._parse(stage)
                asks = await sync_to_async(writing.asks_left)(
                    run=self.run, stage=stage, seed_ids=self.seed_ids, group=self.unit.key
                )
                counts[stage] = len(asks)
                await self._ask(client, asks)
                await self._parse(stage)
        return counts

    async def _parse(self, stage: str) -> None:
        await sync_to_async(writing.completions_parse)(
            run=self.run,
            unit=self.unit,
            owner=self.owner,
            stage=stage,
            seed_ids=self.seed_ids,
        )

    async def _ask(self, client: ModelClient, asks: Sequence[writing.Ask]) -> None:
        """Ask for all, saving answers as they come; raise when the server stays away or refuses
        everything: what it answered until then is saved as well.
        """
        by_key = {ask.key: ask for ask in asks}
        waiting: list[writing.Answer] = []
        away: CompletionFailure | None = None
        saved_at = time.monotonic()
        try:
            async for reply in client.complete([self._request(ask) for ask in asks]):
                self.lease.check()
                if isinstance(reply, CompletionFailure) and reply.retryable:
                    away = reply
                    continue
                waiting.append(_answer(by_key[reply.id], reply))
                if len(waiting) >= SAVE_EVERY or time.monotonic() - saved_at > SAVE_SECONDS:
                    await self._save(waiting)
                    waiting, saved_at = [], time.monotonic()
        except EngineError:
            await self._save(waiting)
            raise
        await self._save(waiting)
        if away:
            raise ModelServerAwayError(f"{away.code}: {away.message}")

    async def _save(self, answers: list[writing.Answer]) -> None:
        if answers:
            await sync_to_async(writing.answers_save)(
                run=self.run, unit=self.unit, owner=self.owner, answers=answers
            )
            await self._parse(answers[0].ask.stage)

    def _own_stop(self, stage: str) -> list[str]:
        """Where this recipe ends a response; other stages end by themselves."""
        stop: list[str] = self.run.recipe.sampling["response_stop"]
        return stop if stage == Stage.I_R else []

    def _request(self, ask: writing.Ask) -> CompletionRequest:
        sampling = self.run.recipe.sampling
        return CompletionRequest(
            id=ask.key,
            prompt=ask.prompt.text,
            messages=tuple(Message(**message) for message in ask.prompt.messages),
            max_tokens=sampling["max_tokens"][ask.stage],
            temperature=sampling["temperature"],
            top_p=sampling["top_p"],
            frequency_penalty=sampling["frequency_penalty"],
            seed=draw_seed(self.run.recipe, ask.prompt, ask.draw, ask.attempt),
            stop=(*ask.prompt.stop, *self._own_stop(ask.stage)),
        )


def _close_connection() -> None:
    """In the thread that the asynchronous part's database calls ran in: each has its own."""
    connection.close()


def _seed_ids(run: Run, unit: WorkUnit) -> list[int]:
    slice_ = (unit.payload["first"], unit.payload["last"])
    chosen = RunSeed.objects.filter(run=run, position__range=slice_).order_by("position")
    return list(chosen.values_list("seed_id", flat=True))


def _answer(ask: writing.Ask, reply: CompletionResult | CompletionFailure) -> writing.Answer:
    if isinstance(reply, CompletionFailure):
        return writing.Answer(ask=ask, reason=reply.code, message=reply.message)
    return writing.Answer(
        ask=ask,
        text=reply.text,
        finish_reason=reply.finish_reason,
        stop_reason=reply.stop_reason,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        seconds=reply.seconds,
    )
