"""A run's pairs by the hundred, with all that evidence counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from apps.core.models import Figure
from apps.fewshot.models import Version
from apps.generation.models import Completion, Concepts, Instruction, Response, Run
from apps.generation.stages.arranging import draw_arrangements
from apps.review.models import Decision, Label
from apps.validation.models import CheckResult, Verdict
from tests.builders import make_recipe, make_run, make_seed, make_user, make_version

KINDS = ("select", "update", "delete")


def make_evidence(
    version: Version | None = None,
    *,
    seeds: int = 64,
    arrangements: int = 16,
    shown: int = 4,
    examples: int = 8,
    passes: Callable[[dict[str, tuple[int, ...]], int], bool] = lambda shown, draw: draw < 2,
    accepts: Callable[[dict[str, tuple[int, ...]], int], bool] = lambda shown, draw: draw == 0,
    responses: int = 3,
) -> Run:
    """A run whose seeds go through its arrangements in turn; `passes` and `accepts` say what comes
    of a pair by what its stages showed and its draw. Every pair is labelled, and none copies.
    """
    counts = {"s_c": shown, "c_i": shown, "i_r": 1}
    recipe = make_recipe(
        version or make_version(examples), arrangements=arrangements, examples=counts | {"s_i": 1}
    )
    rows = [make_seed(kind=KINDS[n % len(KINDS)]) for n in range(seeds)]
    run = make_run(recipe, rows)
    numbers = tuple(range(1, examples + 1))
    drawn = {
        stage: draw_arrangements(numbers, shown=count, count=arrangements, key=stage)
        for stage, count in counts.items()
    }
    reviewer = make_user()
    for place, seed in enumerate(rows):
        index = place % arrangements
        of_seed = {stage: each[index] for stage, each in drawn.items()}

        def completion(
            stage: str,
            input_id: int,
            draw: int = 0,
            *,
            seed: Any = seed,
            at: Any = (index, of_seed),
        ) -> Completion:
            return Completion.objects.create(
                recipe=recipe, run=run, seed=seed, stage=stage, input_id=input_id, draw=draw,
                arrangement=at[0], example_numbers=list(at[1][stage]), prompt_hash=b"0" * 32,
                prompt_tokens=900, completion_tokens=100 + draw, parsed=True, text="…",
            )  # fmt: skip

        concepts = Concepts.objects.create(
            completion=completion("s_c", seed.pk), recipe=recipe, seed=seed, items=["x"]
        )
        asked = Instruction.objects.create(
            completion=completion("c_i", concepts.pk), recipe=recipe, seed=seed,
            concepts=concepts, text="Write a query.",
        )  # fmt: skip
        for draw in range(responses):
            pair = Response.objects.create(
                completion=completion("i_r", asked.pk, draw), instruction=asked, run=run,
                draw=draw, text="```sql\nSELECT 1;\n```",
            )  # fmt: skip
            outcome = "passed" if passes(of_seed, draw) else "wrong_result"
            Verdict.objects.create(
                response=pair, database="overall", outcome=outcome, version=1, strength=0.5
            )
            CheckResult.objects.create(response=pair, code="few_shot_copy", version=1, passed=True)
            good = accepts(of_seed, draw)
            label = Label.objects.create(
                response=pair, reviewer=reviewer, value="good" if good else "bad"
            )
            Decision.objects.create(response=pair, good=good, label=label)
    Figure.objects.create(name=f"cost-run-{run.pk}", value={}, counted_at=timezone.now())
    return run


def planted(good: int, bad: int) -> Callable[[dict[str, tuple[int, ...]], int], bool]:
    """Accepted by chance, likelier where concepts were shown the one, unlikelier with the other."""
    drawn = random.Random(7)

    def accepts(shown: dict[str, tuple[int, ...]], _: int) -> bool:
        share = 0.5 + 0.3 * (good in shown["s_c"]) - 0.3 * (bad in shown["s_c"])
        return drawn.random() < share

    return accepts
