"""Pairs with scores and labels, for the tests of judges."""

from __future__ import annotations

from typing import Any

from apps.generation.models import Response, Run
from apps.judge.models import Judge, Judging
from apps.judge.rubric import pair_hash
from apps.judge.services import JudgeSpec, Said, judgements_save, judging_start
from apps.review.models import Decision, Label
from tests.builders import make_response, make_run, make_seed, make_user

GOOD = "relevance: 5\nclear: 4\nanswers: 4\ntrue: 5"
BAD = "relevance: 5\nclear: 4\nanswers: 2\ntrue: 5"


def make_pairs(count: int) -> Run:
    """A run with so many pairs."""
    seeds = [make_seed() for _ in range(count)]
    run = make_run(seeds=seeds)
    for seed in seeds:
        make_response(run=run, seed=seed)
    return run


def make_judging(run: Run, **fields: Any) -> Judging:
    return judging_start(run=run, spec=JudgeSpec("url", "judge-7b"), **fields)


def score(judge: Judge, response: Response, text: str = GOOD) -> None:
    digest = pair_hash(response.instruction.text, response.text)
    judgements_save(judge=judge, said=[Said(response.pk, digest, text=text)])


def decide(response: Response, good: bool) -> Label:
    value = Label.Value.GOOD if good else Label.Value.BAD
    label = Label.objects.create(response=response, reviewer=make_user(), value=value)
    Decision.objects.create(response=response, good=good, label=label)
    return label
