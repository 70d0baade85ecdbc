"""Units of the queue `judge`: a model scores pairs by the rubric."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from apps.core import work
from apps.core.excuses import excuse_for
from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.generation.models import Recipe, Response
from apps.judge import rubric
from apps.judge.models import Judge, Judging
from apps.judge.services import Said, judgements_save, pairs_to_judge
from worker import model_server
from worker.client import ModelClient
from worker.engines.errors import EngineError, EngineSetupError
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest, Interface, Message

# Four short lines; a model that thinks first needs room.
MOST_TOKENS = 1024


class JudgeAwayError(Exception):
    """The judge's server did not answer in time; what came before is saved."""


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:  # noqa: ARG001
    """Have the unit's pairs judged that are not yet; how many were, and how many could be read.

    Raises JobFailsError when the judge's server cannot be had: every other unit needs it too.
    """
    judge = Judging.objects.select_related("judge").get(job=unit.job_id).judge
    pairs = pairs_to_judge(judge=judge, response_ids=unit.payload["responses"])
    if not pairs:
        return {"judged": 0, "read": 0}
    said: list[Said] = []
    try:
        with _client(judge) as client:
            away = asyncio.run(_ask(client, pairs, lease, said))
    except EngineError as error:
        judgements_save(judge=judge, said=said)
        is_final = isinstance(error, EngineSetupError) or unit.attempts >= work.MAX_ATTEMPTS
        if is_final and not excuse_for(error):
            raise work.JobFailsError(str(error)) from error
        raise
    read = judgements_save(judge=judge, said=said)
    if away:
        raise JudgeAwayError(away)
    return {"judged": len(said), "read": read}


@contextmanager
def _client(judge: Judge) -> Iterator[ModelClient]:
    """WINNOW_JUDGE_URL, else what serves such a model to runs."""
    if judge.engine == "url" and settings.WINNOW_JUDGE_URL:
        yield ModelClient(
            settings.WINNOW_JUDGE_URL,
            model=judge.model,
            api_key=settings.WINNOW_JUDGE_API_KEY,
            interface=Interface(settings.WINNOW_MODEL_INTERFACE),
        )
        return
    recipe = Recipe(engine=judge.engine, model=judge.model, revision=judge.revision)
    with model_server.serving(recipe) as served:
        yield served[0].client


async def _ask(
    client: ModelClient, pairs: Sequence[Response], lease: Lease, said: list[Said]
) -> str:
    """Add what is said of each pair; return why some have no answer, "" when all have."""
    questions = {str(pair.pk): _question(pair) for pair in pairs}
    away = ""
    async with client:
        await client.check()
        requests = [_request(key, question) for key, question in questions.items()]
        async for reply in client.complete(requests):
            lease.check()
            if isinstance(reply, CompletionFailure) and reply.retryable:
                away = f"{reply.code}: {reply.message}"
            else:
                said.append(_said(reply, questions[reply.id]))
    return away


def _question(pair: Response) -> rubric.Question:
    concepts = pair.instruction.concepts
    return rubric.build(
        concepts=tuple(concepts.items) if concepts else (),
        instruction=pair.instruction.text,
        response=pair.text,
    )


def _request(key: str, question: rubric.Question) -> CompletionRequest:
    return CompletionRequest(
        id=key,
        prompt=question.text,
        messages=tuple(Message(**message) for message in question.messages),
        max_tokens=MOST_TOKENS,
        temperature=0.0,
        seed=0,
    )


def _said(reply: CompletionResult | CompletionFailure, question: rubric.Question) -> Said:
    if isinstance(reply, CompletionFailure):
        return Said(int(reply.id), question.text_hash, reason=reply.code, message=reply.message)
    return Said(
        int(reply.id),
        question.text_hash,
        text=reply.text,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
    )
