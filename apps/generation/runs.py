"""Runs: choosing the seeds and making the work units; apps.generation.controls does the rest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.generation.limits import Limits
from apps.generation.models import Recipe, Run, RunSeed
from apps.seeds.models import Seed

QUEUE = "generate"
VALIDATE_QUEUE = "validate"
SEEDS_PER_UNIT = 32
NO_LIMITS = Limits()


class NoSeedsError(Exception):
    """There is no seed that the selection admits."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which seeds a run takes: `count` of them, drawn evenly by the recipe's random seed.

    kinds, dialects: only these, all when empty. described: only those with their own comment.
    """

    count: int
    kinds: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    described: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "kinds": list(self.kinds),
            "dialects": list(self.dialects),
            "described": self.described,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Selection:
        """What `as_json` gave; what is missing is not selected by."""
        return cls(
            count=value.get("count", 0),
            kinds=tuple(value.get("kinds", ())),
            dialects=tuple(value.get("dialects", ())),
            described=value.get("described", False),
        )


def run_start(
    *,
    recipe: Recipe,
    selection: Selection,
    created_by: User | None = None,
    seeds_per_unit: int = SEEDS_PER_UNIT,
    limits: Limits = NO_LIMITS,
) -> Run:
    """Make a run with its chosen seeds and its work units, and send them.

    Raises NoSeedsError when nothing can be chosen.
    """
    with transaction.atomic():
        job = Job.objects.create(kind="generate", created_by=created_by)
        run = Run.objects.create(
            recipe=recipe, job=job, selection=selection.as_json(), limits=limits.as_json()
        )
        if not seeds_add(run=run, selection=selection, seeds_per_unit=seeds_per_unit):
            raise NoSeedsError(
                "No seed fits: gather some first (manage.py gather PATH), or widen the selection."
            )
        work.planned(job=job)
    return run


def seeds_add(*, run: Run, selection: Selection, seeds_per_unit: int = SEEDS_PER_UNIT) -> int:
    """Choose seeds that the run does not have yet, and make their units; how many were taken."""
    begin = run.seeds_total
    taken = _choose_seeds(run=run, selection=selection, begin=begin)
    total = begin + taken
    run.seeds_total = total
    run.save(update_fields=["seeds_total"])
    specs = [
        work.UnitSpec(
            queue=QUEUE,
            key=f"seeds-{first:08d}",
            payload={"first": first, "last": min(first + seeds_per_unit, total) - 1},
        )
        for first in range(begin, total, seeds_per_unit)
    ]
    work.create_units(job=run.job, specs=specs)
    return taken


def _choose_seeds(*, run: Run, selection: Selection, begin: int) -> int:
    """Draw the seeds in the order of their text's hash, from a place that the random seed names.

    The order is even over the seeds and the same wherever the same seeds are; it reads only as
    many index entries as seeds are taken, or were taken before. Their places begin at `begin`.
    Returns how many were taken.
    """
    pivot = hashlib.sha256(f"winnow:{run.recipe.random_seed}".encode()).digest()
    seeds = Seed.objects.order_by("text_hash")
    if selection.kinds:
        seeds = seeds.filter(kind__in=selection.kinds)
    if selection.dialects:
        seeds = seeds.filter(dialect__in=selection.dialects)
    if selection.described:
        seeds = seeds.filter(description_source=Seed.DescribedBy.COMMENT)
    if begin:
        seeds = seeds.exclude(Exists(RunSeed.objects.filter(run=run, seed=OuterRef("pk"))))
    taken = _insert_chosen(run, seeds.filter(text_hash__gte=pivot)[: selection.count], begin)
    left = selection.count - taken
    if left > 0:
        taken += _insert_chosen(run, seeds.filter(text_hash__lt=pivot)[:left], begin + taken)
    return taken


def _insert_chosen(run: Run, seeds: Any, offset: int) -> int:
    """INSERT … SELECT, so that no list of seeds is ever in memory."""
    query, params = seeds.values("id", "text_hash").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RunSeed._meta.db_table} (run_id, seed_id, position)"  # noqa: S608
            " SELECT %s, chosen.id, %s + row_number() OVER (ORDER BY chosen.text_hash) - 1"
            f" FROM ({query}) AS chosen",
            [run.pk, offset, *params],
        )
        return int(cursor.rowcount)
