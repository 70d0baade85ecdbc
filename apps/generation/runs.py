"""Runs: choosing the seeds and making the work units; apps.generation.controls does the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.generation.limits import Limits
from apps.generation.models import Recipe, Run, RunSeed
from apps.generation.stages.arranging import arrangement_of
from apps.seeds.models import Seed

QUEUE = "generate"
VALIDATE_QUEUE = "validate"
# Served before all others (apps.core.queue) and always short: what somebody waits for.
AHEAD_QUEUE = "ahead"
# Of a try's units, before those of runs, which have 0.
TRIAL_PRIORITY = 10
SEEDS_PER_UNIT = 16
NO_LIMITS = Limits()
# The same as stages.arranging.arrangement_of: the first three bytes of a digest.
ARRANGEMENT = """
    (get_byte(sha256({prefix} || seed.text_hash), 0) * 65536
     + get_byte(sha256({prefix} || seed.text_hash), 1) * 256
     + get_byte(sha256({prefix} || seed.text_hash), 2)) % {count}
"""


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


def run_on_seeds(*, recipe: Recipe, seeds: Sequence[Seed], created_by: User | None) -> Run:
    """A run of a try: these seeds, each a unit of its own, before all other runs."""
    with transaction.atomic():
        job = Job.objects.create(kind="generate", created_by=created_by)
        run = Run.objects.create(
            recipe=recipe,
            job=job,
            selection=Selection(count=len(seeds)).as_json(),
            seeds_total=len(seeds),
        )
        RunSeed.objects.bulk_create(
            RunSeed(run=run, seed=seed, position=position) for position, seed in enumerate(seeds)
        )
        work.create_units(job=job, specs=_units_of_seeds(recipe, seeds))
        work.planned(job=job)
    return run


def _units_of_seeds(recipe: Recipe, seeds: Sequence[Seed]) -> Iterator[work.UnitSpec]:
    for position, seed in enumerate(seeds):
        arrangement = arrangement_of(
            bytes(seed.text_hash),
            random_seed=recipe.random_seed,
            count=max(recipe.arrangements, 1),
        )
        yield work.UnitSpec(
            queue=QUEUE,
            key=f"seeds-{position:08d}",
            payload={"first": position, "last": position, "arrangement": arrangement},
            priority=TRIAL_PRIORITY,
        )


def seeds_add(*, run: Run, selection: Selection, seeds_per_unit: int = SEEDS_PER_UNIT) -> int:
    """Choose seeds that the run does not have yet, and make their units; how many were taken."""
    begin = run.seeds_total
    taken = _choose_seeds(run=run, selection=selection, begin=begin)
    run.seeds_total = begin + taken
    run.save(update_fields=["seeds_total"])
    work.create_units(job=run.job, specs=_units(run, begin, seeds_per_unit))
    return taken


def _units(run: Run, begin: int, seeds_per_unit: int) -> Iterator[work.UnitSpec]:
    """Units of seeds of one arrangement, in the order of positions, from `begin` on."""
    first = begin
    for arrangement, count in _seeds_by_arrangement(run, begin):
        end = first + count
        for start in range(first, end, seeds_per_unit):
            last = min(start + seeds_per_unit, end) - 1
            yield work.UnitSpec(
                queue=QUEUE,
                key=f"seeds-{start:08d}",
                payload={"first": start, "last": last, "arrangement": arrangement},
            )
        first = end


def _choose_seeds(*, run: Run, selection: Selection, begin: int) -> int:
    """Draw the seeds in the order of their text's hash, from a place that the random seed names.

    The choice is even over the seeds and the same wherever the same seeds are; it reads only as
    many index entries as seeds are taken, or were taken before. Their positions, from `begin` on,
    are in the order of their arrangements.
    Returns how many were taken.
    """
    pivot = hashlib.sha256(f"winnow:{run.recipe.random_seed}".encode()).digest()
    seeds = Seed.objects.order_by("text_hash").values("id", "text_hash")
    if selection.kinds:
        seeds = seeds.filter(kind__in=selection.kinds)
    if selection.dialects:
        seeds = seeds.filter(dialect__in=selection.dialects)
    if selection.described:
        seeds = seeds.filter(description_source=Seed.DescribedBy.COMMENT)
    if begin:
        seeds = seeds.exclude(Exists(RunSeed.objects.filter(run=run, seed=OuterRef("pk"))))
    ahead, ahead_params = _sql(seeds.filter(text_hash__gte=pivot)[: selection.count])
    behind, behind_params = _sql(seeds.filter(text_hash__lt=pivot)[: selection.count])
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH ahead AS ({ahead}), behind AS ({behind}),"  # noqa: S608
            " chosen AS (SELECT * FROM ahead UNION ALL (SELECT * FROM behind ORDER BY text_hash"
            " LIMIT (SELECT %s - count(*) FROM ahead)))"
            f" INSERT INTO {RunSeed._meta.db_table} (run_id, seed_id, position)"
            " SELECT %s, seed.id,"
            f" %s + row_number() OVER (ORDER BY {_arrangement(run)}, seed.text_hash) - 1"
            " FROM chosen seed",
            [*ahead_params, *behind_params, selection.count, run.pk, begin],
        )
        return int(cursor.rowcount)


def _seeds_by_arrangement(run: Run, begin: int) -> list[tuple[int, int]]:
    """Each arrangement with its number of the run's seeds from the position `begin` on, in the
    order of their positions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_arrangement(run)}, count(*) FROM {RunSeed._meta.db_table} chosen"  # noqa: S608
            f" JOIN {Seed._meta.db_table} seed ON seed.id = chosen.seed_id"
            " WHERE chosen.run_id = %s AND chosen.position >= %s GROUP BY 1 ORDER BY 1",
            [run.pk, begin],
        )
        return list(cursor.fetchall())


def _arrangement(run: Run) -> str:
    """The SQL of a seed's arrangement; whole numbers only, nothing that anybody has typed."""
    recipe = run.recipe
    prefix = f"'{int(recipe.random_seed)}:'::bytea"
    return ARRANGEMENT.format(prefix=prefix, count=max(int(recipe.arrangements), 1)).replace(
        "%", "%%"
    )


def _sql(seeds: QuerySet[Seed, Any]) -> tuple[str, tuple[Any, ...]]:
    """A query that goes into an INSERT … SELECT, so that no list of seeds is ever in memory."""
    sql, params = seeds.query.sql_with_params()
    return sql, tuple(params)
