"""Searches for the examples that pass best: random arrangements of so many, tried by a run of its
own in which every stage shows the same ones, and the best proposed as a draft.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db import transaction

from apps.accounts.models import User
from apps.evidence.counting import run_counted
from apps.evidence.models import Search
from apps.evidence.tally import Tally
from apps.fewshot.models import Version
from apps.fewshot.queries import draft_of, example_value
from apps.fewshot.services import draft_open, examples_order
from apps.generation.limits import Limits
from apps.generation.models import Recipe
from apps.generation.recipes import RecipeSpec, recipe_get_or_create, spec_of
from apps.generation.runs import Selection, run_start
from apps.generation.stages.arranging import TOGETHER


class SearchError(Exception):
    """The search cannot be begun, or nothing can be proposed of it; the message says why."""


@dataclass(frozen=True, slots=True)
class Budget:
    """arrangements: how many are tried. seeds: for all of them together, spread evenly. tokens:
    that the model may write.
    """

    arrangements: int = 16
    seeds: int = 160
    tokens: int = 500_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An arrangement that was tried, with what came of its pairs."""

    numbers: tuple[int, ...]
    tally: Tally


def search_start(
    *, like: Recipe, size: int, budget: Budget, created_by: User | None = None
) -> Search:
    """Try random arrangements of `size` of the examples of a recipe's version, with all else as the
    recipe has it. Raises SearchError where there are not more examples than that, and NoSeedsError.
    """
    available = like.fewshot.examples.filter(is_on=True).count()
    if not 0 < size < available:
        raise SearchError(f"Choose fewer than the {available} examples that there are.")
    with transaction.atomic():
        recipe = recipe_get_or_create(fewshot=like.fewshot, spec=_spec(like, size, budget))
        run = run_start(
            recipe=recipe,
            selection=Selection(count=budget.seeds),
            created_by=created_by,
            limits=Limits(tokens=budget.tokens),
        )
        return Search.objects.create(
            version=like.fewshot, size=size, run=run, created_by=created_by
        )


def candidates(search: Search) -> list[Candidate]:
    """What was tried, the best first: by the lower end of the pass rate's interval, so that a few
    lucky pairs do not win. Counted with the run's evidence, in the background.
    """
    sums: dict[tuple[int, ...], Tally] = defaultdict(Tally)
    for each in run_counted(search.run):
        if shown := each.shown.get("i_r"):
            sums[shown] = sums[shown] + each.tally
    found = [Candidate(numbers, tally) for numbers, tally in sums.items()]
    return sorted(found, key=lambda each: (-each.tally.pass_rate.low, each.numbers))


@transaction.atomic
def search_propose(*, search: Search, created_by: User | None) -> Version:
    """A draft of the set in which the best candidate's examples are on, in its order and in front,
    and the others off; its note has the evidence. Raises SearchError.
    """
    found = [each for each in candidates(search) if each.tally.validated]
    if not found:
        raise SearchError("No pair of this search is validated yet.")
    version = search.version
    if draft_of(version.fewshot_set):
        raise SearchError("The set has a draft already: publish it or discard it first.")
    best = found[0]
    draft = draft_open(fewshot_set=version.fewshot_set, created_by=created_by)
    rows = list(draft.examples.order_by("number"))
    tried = version.examples.order_by("number")
    if [example_value(row) for row in rows] != [example_value(row) for row in tried]:
        raise SearchError("A newer version has other examples: search among those of the newest.")
    by_number = {row.number: row for row in rows}
    chosen = [by_number[number].pk for number in best.numbers]
    draft.examples.update(is_on=False)
    draft.examples.filter(pk__in=chosen).update(is_on=True)
    others = [row.pk for row in rows if row.pk not in chosen]
    examples_order(version=draft, ids=[*chosen, *others])
    note = (
        f"Suggested by {search}: of {len(found)} arrangements of {search.size} examples these"
        f" passed best, {best.tally.pass_rate}."
    )
    Version.objects.filter(pk=draft.pk).update(note=note)
    Search.objects.filter(pk=search.pk).update(draft=draft)
    return draft


def _spec(like: Recipe, size: int, budget: Budget) -> RecipeSpec:
    return replace(
        spec_of(like),
        arrangements=budget.arrangements,
        examples=dict.fromkeys(like.stages, size) | {TOGETHER: 1},
    )
