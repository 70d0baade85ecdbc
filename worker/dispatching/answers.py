"""Between asks and the client: what is requested for an ask, which answers a reply holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from apps.generation.asking import Ask
from apps.generation.caching import CACHE_BLOCK
from apps.generation.models import Stage
from apps.generation.tokens import CHARACTERS
from apps.generation.writing import Answer
from worker.dispatching.lane import Task
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest, Message

NO_PROMPT = "no_prompt"
_GRAMMARS: Final[dict[str, str]] = {Stage.S_C: "concepts_grammar", Stage.I_R: "response_grammar"}


def requested(ask: Ask) -> CompletionRequest:
    """The request of an ask: all its draws as samples of one prompt."""
    sampling = ask.run.recipe.sampling
    own_stop: list[str] = sampling.get("response_stop", []) if ask.stage == Stage.I_R else []
    return CompletionRequest(
        id=f"{ask.stage}:{ask.input_id}:{ask.draws.start}",
        prompt=ask.prompt.text,
        messages=tuple(Message(**message) for message in ask.prompt.messages),
        max_tokens=sampling["max_tokens"][ask.stage],
        temperature=sampling["temperature"],
        top_p=sampling["top_p"],
        frequency_penalty=sampling["frequency_penalty"],
        seed=ask.sampling_seed,
        n=len(ask.draws),
        stop=(*ask.prompt.stop, *own_stop),
        grammar=sampling.get(_GRAMMARS.get(ask.stage, ""), ""),
    )


def refused(ask: Ask, failure: CompletionFailure) -> Answer:
    """What is stored of a prompt that got no answer; `ask` has one draw."""
    return Answer(ask=ask, draw=ask.draws.start, reason=failure.code, message=failure.message)


def unasked(ask: Ask) -> list[Answer]:
    """What is stored of an ask that has no prompt."""
    return [Answer(ask=ask, draw=draw, reason=NO_PROMPT, message=ask.problem) for draw in ask.draws]


def answered(task: Task, result: CompletionResult) -> list[Answer]:
    """One answer for each sample. Tokens of the prompt are counted once, with the first; those
    that were written are told for all samples together and shared by the length of the texts.
    Where the server counts none they are estimated: what stops a run by them is to hold.
    """
    ask = task.ask
    read, written = result.prompt_tokens, result.completion_tokens
    characters = [len(each.text) for each in result.samples]
    is_estimated = not read and not written and any(characters)
    if is_estimated:
        read, written = (round(n / CHARACTERS) for n in (len(ask.prompt.text), sum(characters)))
    tokens = _shares(written, characters)
    expected = read * ask.prefix_share if task.is_warm else 0.0
    return [
        Answer(
            ask=ask,
            draw=ask.draws[sample.index],
            sample=sample.index,
            text=sample.text,
            finish_reason=sample.finish_reason,
            stop_reason=sample.stop_reason,
            prompt_tokens=0 if place else read,
            cached_tokens=_first(place, result.cached_tokens),
            expected_cached_tokens=0 if place else int(expected) // CACHE_BLOCK * CACHE_BLOCK,
            completion_tokens=tokens[place],
            is_estimated=is_estimated,
            seconds=result.seconds,
        )
        for place, sample in enumerate(result.samples)
    ]


def missing(ask: Ask, answers: Sequence[Answer]) -> list[Ask]:
    """Draws that were asked for and not given, one by one."""
    there = {answer.draw for answer in answers}
    return [ask.only(draw) for draw in ask.draws if draw not in there]


def _first(place: int, cached: int | None) -> int | None:
    return cached if place == 0 or cached is None else 0


def _shares(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in the proportion of the weights that add up to the total."""
    whole, reached, given = sum(weights) or len(weights), 0, 0
    shares = []
    for weight in weights:
        reached += weight if sum(weights) else 1
        shares.append(total * reached // whole - given)
        given += shares[-1]
    return shares
