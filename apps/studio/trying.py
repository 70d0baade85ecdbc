"""Trying a draft: which seeds, the two small runs, and what goes to the reviewers after all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction

from apps.accounts.models import User
from apps.fewshot.models import Version
from apps.fewshot.queries import last_published
from apps.fewshot.services import draft_freeze
from apps.generation.models import Response
from apps.generation.prompting import examples_of
from apps.generation.recipes import RecipeSpec, recipe_of_trial
from apps.generation.runs import run_on_seeds
from apps.review.queue import enqueue
from apps.seeds.models import Seed
from apps.studio.models import Trial
from apps.validation.likeness.placing import likeness_place
from apps.validation.models import OVERALL, Verdict

MOST_SEEDS = 20
MOST_RESPONSES = 8
# Examples that a try is about; prompts show 16 at most.
MOST_SHOWN = 16
# Among the newest verdicts of a version: what failed long ago may be no trouble any more.
VERDICTS_LOOKED_AT = 2000


class TrialError(Exception):
    """A try cannot begin; the message tells the editor why and what to do."""


@transaction.atomic
def trial_start(
    *,
    draft: Version,
    spec: RecipeSpec,
    seeds: Sequence[Seed],
    responses: int = 1,
    shows_changes: bool = True,
    created_by: User | None = None,
) -> Trial:
    """Have the model write for the same seeds with the draft and with the published version.

    Whatever a side was asked before by the same recipe is not asked again. shows_changes: each
    side's prompts show the examples that the other lacks; else as a run would draw them, which may
    leave them out. Raises TrialError
    without a published version or without seeds, FewShotError where the draft is no whole file.
    """
    published = last_published(draft.fewshot_set)
    if published is None:
        raise TrialError("Nothing is published yet that a try could be held against.")
    if not seeds:
        raise TrialError("There are no such seeds: choose others.")
    small = replace(spec, responses=responses, instructions=1)
    sides = (draft_freeze(version=draft), published)
    runs = [
        run_on_seeds(
            recipe=recipe_of_trial(
                fewshot=version, spec=small, focus=_own(version, other) if shows_changes else ()
            ),
            seeds=seeds,
            created_by=created_by,
        )
        for version, other in (sides, sides[::-1])
    ]
    return Trial.objects.create(draft_run=runs[0], published_run=runs[1], created_by=created_by)


def _own(version: Version, other: Version) -> list[int]:
    """Numbers of the examples that one version shows and the other does not, as they are."""
    theirs = {replace(example, number=0) for example in examples_of(other.pk)}
    mine = examples_of(version.pk)
    return [each.number for each in mine if replace(each, number=0) not in theirs][:MOST_SHOWN]


def seeds_at_random(count: int) -> list[Seed]:
    """Any seeds, others each time: those that follow a random place among the texts' hashes."""
    place, ordered = os.urandom(32), Seed.objects.order_by("text_hash")
    ahead = list(ordered.filter(text_hash__gte=place)[:count])
    return ahead + list(ordered.filter(text_hash__lt=place)[: count - len(ahead)])


def seeds_named(ids: Sequence[int]) -> list[Seed]:
    """Seeds by their numbers, in that order; those that are not there are left out."""
    found = Seed.objects.in_bulk(ids)
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]


def seeds_failed(version: Version, count: int) -> list[Seed]:
    """Seeds for which no pair of this version passed, by its newest verdicts, newest first."""
    verdicts = (
        Verdict.objects.filter(
            database=OVERALL,
            response__run__recipe__fewshot=version,
            response__instruction__seed__isnull=False,
        )
        .order_by("-pk")
        .values_list("response__instruction__seed", "outcome")[:VERDICTS_LOOKED_AT]
    )
    outcomes: dict[int, set[str]] = {}
    for seed_id, outcome in verdicts:
        outcomes.setdefault(seed_id, set()).add(outcome)
    failed = [seed_id for seed_id, said in outcomes.items() if "passed" not in said]
    return seeds_named(failed[:count])


@transaction.atomic
def pairs_send(*, trial: Trial, response_ids: Iterable[int]) -> int:
    """Put pairs of a try before the reviewers; how many were not there yet."""
    recipes = [trial.draft_run.recipe_id, trial.published_run.recipe_id]
    held = Response.objects.select_for_update().filter(
        pk__in=list(response_ids), is_held_back=True, run__recipe__in=recipes
    )
    ids = list(held.order_by("pk").values_list("pk", flat=True))
    Response.objects.filter(pk__in=ids).update(is_held_back=False)
    likeness_place(response_ids=ids)
    enqueue(response_ids=ids)
    return len(ids)
