"""A database full of pairs for the review's benchmarks, of which no two texts are the same.

The texts are those of the pairs that the demo shows, each with its own number in it; what beside
them is asked of a pair (verdicts, checks, readings, judges, votes of several people, flags,
corrections) some have and others have not, so that every filter finds something.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from benchmarks.here import HERE, defaults_in_database, execute

BATCH = 10_000
RUNS = 10
PEOPLE = 20
EXAMPLES = 16
ARRANGEMENTS = 32
_APPS = ("seeds", "generation", "validation", "judge", "review")


def fill(responses: int) -> None:
    """Store so many pairs, unlabelled, with ids from 1 on; ten to an instruction."""
    defaults_in_database(*_APPS)
    seeds = max(50, responses // 1000)
    values = _texts() | _made(seeds)
    sizes = {"responses": responses, "instructions": responses // 10, "seeds": seeds}
    execute("review_fill.sql", values | sizes)


def _texts() -> dict[str, Any]:
    """Of the sample's pairs: texts, and what was read of them."""
    from apps.validation.reading.response import read_response
    from apps.validation.storing import storable

    folder = HERE.parent / "apps" / "home" / "sample_pairs"
    files = ("labelled-pairs.jsonl", "pairs.jsonl")
    lines = [line for name in files for line in (folder / name).read_text().splitlines()]
    pairs = [json.loads(line) for line in lines]
    readings = [read_response(one["response"], instruction=one["instruction"]) for one in pairs]
    return {
        "texts": len(pairs),
        "instruction_texts": [one["instruction"] for one in pairs],
        "response_texts": [one["response"] for one in pairs],
        "readings": [json.dumps(storable(asdict(reading))) for reading in readings],
    }


def _made(seeds: int) -> dict[str, Any]:
    """What pairs are of: seeds, runs of three recipes of one version, an import, judges."""
    from apps.generation.models import Import, RunSeed
    from apps.judge.models import Judge
    from tests.builders import make_recipe, make_run, make_seed, make_user, make_version

    version = make_version(EXAMPLES)
    _draw()
    recipes = [
        make_recipe(
            version, model=model, arrangements=ARRANGEMENTS, responses=10,
            examples={"s_c": 8, "c_i": 8, "s_i": 8, "i_r": 8},
        )
        for model in ("tiny", "small", "large")
    ]  # fmt: skip
    rows = [make_seed() for _ in range(seeds)]
    runs = [make_run(recipes[number % 3], []) for number in range(RUNS)]
    RunSeed.objects.bulk_create(
        RunSeed(run=run, seed=seed, position=position)
        for run in runs
        for position, seed in enumerate(rows)
    )
    judges = [
        Judge.objects.create(engine="url", model=model, rubric=1) for model in ("judge", "other")
    ]
    return {
        "sources": _sources(),
        "runs": [run.pk for run in runs],
        "recipes": [run.recipe_id for run in runs],
        "imported": Import.objects.create(file_name="pairs.jsonl", sha256="0" * 64).pk,
        "judges": [judge.pk for judge in judges],
        "reviewer": make_user("editor", username="before").pk,
    }


def _sources() -> list[int]:
    from apps.seeds.models import Source

    return [Source.objects.create(spec=f"/sql/{n}", kind="folder").pk for n in range(3)]


def _draw() -> None:
    """The examples of each arrangement, for the statements that store completions."""
    from django.db import connection

    from apps.generation.stages.arranging import draw_arrangements

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE drawn (stage text, place int, numbers int[])")
        for stage in ("c_i", "i_r"):
            numbers = tuple(range(1, EXAMPLES + 1))
            drawn = draw_arrangements(numbers, shown=8, count=ARRANGEMENTS, key=stage)
            rows = [(stage, place, list(each)) for place, each in enumerate(drawn)]
            cursor.executemany("INSERT INTO drawn VALUES (%s, %s, %s)", rows)


def queue_all(responses: int) -> None:
    from apps.review.services import enqueue

    for start in range(1, responses + 1, BATCH):
        enqueue(response_ids=range(start, min(start + BATCH, responses + 1)))


def label_fifth(responses: int) -> None:
    """Labels of twenty people, what was counted of them, and a queue beside the default one."""
    from apps.accounts.models import User
    from apps.home.figures import count_figures
    from apps.review.models import Queue
    from tests.builders import make_user

    people = [make_user(username=f"labels{number}").pk for number in range(PEOPLE)]
    execute(
        "review_label.sql",
        {
            "responses": responses,
            "people": people,
            "reviewer": User.objects.get(username="before").pk,
            "queue": Queue.objects.create(name="Every seventh", seen_through=responses).pk,
        },
    )
    count_figures()
