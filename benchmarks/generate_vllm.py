"""The CPU build of vLLM with the small model: through Celery and PostgreSQL, and by a bare client.

Called by benchmarks/generate.py, which says what is measured. Two runs and their bare clients take
half an hour on two cores, so the comparison of orders is of a few prompts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from apps.generation.asking import Ask
    from apps.generation.models import Run
    from worker.engines.server import ModelServer
    from worker.requests import CompletionRequest

BOUNDS = {"vllm_times_bare": 0.95, "vllm_cached_share_of_prefixes": 0.85}
# Many enough that the beginning, when only concepts are asked for, and the end, when slots empty,
# are small parts.
SEEDS = 48
SLOTS = 32
MOST_TOKENS = {"s_c": 48, "c_i": 96, "i_r": 160, "s_i": 96}
# Prompts of each stage for the comparison of orders, of so many arrangements, and how much of each
# is written: what differs is what is read before.
COMPARED = 8
COMPARED_ARRANGEMENTS = 2
COMPARED_TOKENS = 32


class Taken(NamedTuple):
    """Output tokens and the seconds that they took."""

    tokens: int
    seconds: float


def figures(options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    """Output tokens per second both ways, on the same prompts; then grouped against shuffled.

    Winnow's run, the bare client, the bare client, another run of Winnow's: a machine that has
    neighbours is a fifth faster or slower some minutes later. The first two ask one server, the
    others a second one, and neither knows a prompt from before.
    """
    from django.core.management import call_command

    from benchmarks import generate
    from worker.engines import setup
    from worker.engines.server import ModelServer
    from worker.engines.settings import EngineSettings

    seeds = min(options.seeds, SEEDS)
    call_command("import_fewshot", verbosity=0)
    generate.make_seeds(seeds)
    settings = EngineSettings(
        engine="vllm-cpu",
        root=setup.ROOT,
        var_dir=Path(os.environ["WINNOW_VAR"]),
        model=str(setup.small_model("vllm-cpu")),
        concurrency=SLOTS,
    )
    with ModelServer(settings) as server:
        first, winnow = _winnow(server, options.responses, seeds, random_seed=1)
        yield from _cached(first)
        asks = _asks(first)
        bare = asyncio.run(_bare(asks, server, salt="first"))
        yield "vllm_times_bare_first", _speed(winnow) / _speed(bare)
    with ModelServer(settings) as server:
        second_bare = asyncio.run(_bare(asks, server, salt="second"))
        run, second_winnow = _winnow(server, options.responses, seeds, random_seed=2)
        yield "vllm_times_bare_second", _speed(second_winnow) / _speed(second_bare)
        speeds = _speed(winnow, second_winnow), _speed(bare, second_bare)
        yield "vllm_output_tokens_per_second", speeds[0]
        yield "bare_output_tokens_per_second", speeds[1]
        yield "vllm_times_bare", speeds[0] / speeds[1]
        yield from _orders(run, _asks(run), server)


def _speed(*taken: Taken) -> float:
    return sum(one.tokens for one in taken) / sum(one.seconds for one in taken)


def _winnow(
    server: ModelServer, responses: int, seeds: int, *, random_seed: int
) -> tuple[Run, Taken]:
    """A run to its end, by a worker of its own."""
    from django.db.models import Sum

    from apps.generation.models import Completion, Run
    from benchmarks import generate

    env = {
        "WINNOW_MODEL_URL": server.base_url,
        "WINNOW_MODEL_API_KEY": server.api_key,
        "WINNOW_MODEL_CONCURRENCY": str(SLOTS),
    }
    words = ("--pool", "threads", "--concurrency", "2")
    with generate.worker("generate", "gpu", *words, **env):
        begun, seconds = _run(server.model_name, responses, seeds, random_seed)
    run = Run.objects.select_related("recipe__fewshot", "job").get(pk=begun.pk)
    written = Completion.objects.filter(run=run).aggregate(t=Sum("completion_tokens"))["t"]
    return run, Taken(written, seconds)


def _run(model: str, responses: int, seeds: int, random_seed: int):  # type: ignore[no-untyped-def]
    """A run to its end and its seconds."""
    from apps.fewshot.models import Version
    from apps.generation.recipes import RecipeSpec, recipe_get_or_create
    from apps.generation.runs import Selection, run_start

    spec = RecipeSpec(
        engine="url",
        model=model,
        responses=responses,
        random_seed=random_seed,
        examples={"s_c": 4, "c_i": 4, "i_r": 1, "s_i": 4},
        arrangements=4,
        max_tokens=MOST_TOKENS,
        frequency_penalty=0.3,
    )
    recipe = recipe_get_or_create(fewshot=Version.objects.latest("pk"), spec=spec)
    started = time.monotonic()
    run = run_start(recipe=recipe, selection=Selection(count=seeds))
    while run.job.units.unfinished().filter(queue="generate").exists():
        time.sleep(0.2)
    return run, time.monotonic() - started


def _cached(run: Run) -> Iterator[tuple[str, float]]:
    from apps.generation.caching import cached_share

    share = cached_share(run)
    yield "vllm_cached_share", share.measured_share
    yield "vllm_cached_share_predicted", share.expected_share
    yield "vllm_cached_share_of_prefixes", min(share.measured / max(share.expected, 1), 1.0)


def _orders(run: Run, asks: Sequence[Ask], server: ModelServer) -> Iterator[tuple[str, float]]:
    """Arrangement after arrangement, against the same prompts in any order, and against prompts
    that are fully shuffled: each shows examples of its own, as where nobody thinks of a cache.
    """
    draw = random.Random(1)
    few = [ask for stage in run.recipe.stages for ask in _few(asks, stage)]
    mixed = draw.sample(few, len(few))
    shuffled = [_with_own_examples(ask, draw) for ask in mixed]
    yield "compared_prompts", len(few)
    speeds = {
        name: _speed(asyncio.run(_bare(some, server, salt=name, most_tokens=COMPARED_TOKENS)))
        for name, some in (("grouped", few), ("mixed", mixed), ("shuffled", shuffled))
    }
    yield "grouped_times_mixed", speeds["grouped"] / speeds["mixed"]
    yield "grouped_times_shuffled", speeds["grouped"] / speeds["shuffled"]


def _few(asks: Sequence[Ask], stage: str) -> list[Ask]:
    """Some prompts of a stage, those of an arrangement together."""
    of_stage = [ask for ask in asks if ask.stage == stage]
    arrangements = sorted({ask.arrangement or 0 for ask in of_stage})[:COMPARED_ARRANGEMENTS]
    each = COMPARED // max(len(arrangements), 1)
    return [
        ask
        for arrangement in arrangements
        for ask in [one for one in of_stage if (one.arrangement or 0) == arrangement][:each]
    ]


def _with_own_examples(ask: Ask, draw: random.Random) -> Ask:
    """The same ask with examples that are drawn for it alone."""
    from apps.generation.models import Concepts, Instruction
    from apps.generation.prompting import Input, Prompter, examples_shown

    rows: dict[str, type[Concepts] | type[Instruction]] = {"c_i": Concepts, "i_r": Instruction}
    model = rows.get(ask.stage)
    row: Input | None = model.objects.get(pk=ask.input_id) if model else ask.seed
    assert row is not None
    numbers = [example.number for example in examples_shown(ask.run.recipe.fewshot)]
    own = draw.sample(numbers, len(ask.example_numbers))
    prompter = Prompter(recipe=ask.run.recipe, stage=ask.stage, numbers=own)
    return replace(ask, prompt=prompter.prompt(row, ask.properties), example_numbers=tuple(own))


def _asks(run: Run) -> list[Ask]:
    """Everything that the run has asked, from the rows that it has made, unit by unit."""
    from apps.generation.asking import Group, asks_of
    from apps.generation.models import Concepts, Instruction, RunSeed

    asks = []
    for unit in run.job.units.filter(queue="generate").order_by("id"):
        slice_ = (unit.payload["first"], unit.payload["last"])
        chosen = RunSeed.objects.filter(run=run, position__range=slice_).select_related("seed")
        seeds = [one.seed for one in chosen]
        group = Group(run=run, arrangement=unit.payload["arrangement"])
        concepts = Concepts.objects.filter(seed__in=seeds).select_related("seed")
        instructions = Instruction.objects.filter(seed__in=seeds)
        for stage, rows in (("s_c", seeds), ("c_i", list(concepts)), ("i_r", list(instructions))):
            asks += asks_of(group=group, stage=stage, rows=rows)
    return asks


async def _bare(
    asks: Sequence[Ask], server: ModelServer, *, salt: str, most_tokens: int = 0
) -> Taken:
    """A client that only asks, all stages at once.

    salt: before every prompt, so that the server knows as little of it as at Winnow's first asking:
    what is in its cache from before is a tenth of its time. most_tokens: one sample of each prompt,
    of fewer tokens than the asks say.
    """
    from worker.client import ModelClient
    from worker.dispatching.answers import requested
    from worker.replies import CompletionResult

    def salted(ask: Ask) -> CompletionRequest:
        request = requested(ask)
        request = replace(request, prompt=f"{salt}\n{request.prompt}")
        return replace(request, max_tokens=most_tokens, n=1) if most_tokens else request

    started, tokens = time.monotonic(), 0
    key, many = server.api_key, SLOTS * 2
    client = ModelClient(server.base_url, model=server.model_name, api_key=key, concurrency=many)
    async with client:
        async for reply in client.complete(map(salted, asks)):
            tokens += reply.completion_tokens if isinstance(reply, CompletionResult) else 0
    return Taken(tokens, time.monotonic() - started)
