"""Blind tests: begun, followed, ended. The statistics are statistics.sequential's."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbits

from django.db import connection, transaction

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.core.params import LARGEST
from apps.evidence.models import BlindSeed, BlindTest
from apps.evidence.statistics.sequential import Standing, follow
from apps.generation.models import Recipe
from apps.review.managing import queue_close
from apps.review.models import Entry, Queue

log = logging.getLogger(__name__)

# Eight seeds in a row for one side are the least that decides.
FEWEST_SEEDS = 8
SEEDS = 100
# Pairs of so many seeds are shuffled together: near enough that both sides of a seed are soon
# labelled, and far enough apart that they are not held side by side.
TOGETHER = 4
MOST_LISTED = 50
# The first pair of each side that nobody has labelled, of the seeds that both have.
DRAW = """
    WITH shared AS MATERIALIZED (
        SELECT seed_id FROM (
            SELECT seed_id FROM generation_runseed chosen
            JOIN generation_run run ON run.id = chosen.run_id WHERE run.recipe_id = %(left)s
            INTERSECT
            SELECT seed_id FROM generation_runseed chosen
            JOIN generation_run run ON run.id = chosen.run_id WHERE run.recipe_id = %(right)s
        ) AS both_have
        ORDER BY sha256((%(key)s || ':' || seed_id)::bytea)
    )
    SELECT shared.seed_id, one.id, other.id FROM shared
    CROSS JOIN LATERAL ({first_of_left}) AS one CROSS JOIN LATERAL ({first_of_right}) AS other
    LIMIT %(most)s
"""
FIRST = """
    SELECT response.id FROM generation_completion wrote
    JOIN generation_response response ON response.completion_id = wrote.id
    WHERE wrote.recipe_id = %({side})s AND wrote.seed_id = shared.seed_id AND wrote.stage = 'i_r'
    AND NOT EXISTS (SELECT FROM review_label WHERE response_id = response.id)
    ORDER BY wrote.input_id, wrote.draw LIMIT 1
"""
# What was said of both pairs of a seed in the test's own queue, in the order in which the second
# of them was labelled.
SAID = """
    WITH newest AS (
        SELECT DISTINCT ON (response_id, reviewer_id) response_id, id, value FROM review_label
        WHERE queue_id = %(queue)s ORDER BY response_id, reviewer_id, id DESC
    ), said AS (
        SELECT response_id, bool_and(value = 'good') AS good, max(id) AS label FROM newest
        WHERE value IN ('good', 'bad') GROUP BY response_id
    )
    SELECT one.good, other.good FROM evidence_blindseed tested
    JOIN said AS one ON one.response_id = tested.left_id
    JOIN said AS other ON other.response_id = tested.right_id
    WHERE tested.test_id = %(test)s
    ORDER BY greatest(one.label, other.label)
"""


class BlindTestError(Exception):
    """The two cannot be compared; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a test stands. accepted: of the seeds whose pairs are both labelled, each side's.

    listed: the next pairs to label, of those that decide it should it go on as so far.
    """

    standing: Standing
    left: Rate
    right: Rate
    seeds: int
    pairs_more: int | None
    listed: Sequence[int]

    @property
    def can_decide(self) -> bool:
        """Whether the pairs that are left are likely enough of them."""
        more = self.standing.seeds_more
        return more is not None and more <= self.seeds - self.standing.seeds

    @property
    def share(self) -> Rate:
        """Of the seeds on which the sides differ, those that the left one won."""
        return Rate(self.standing.left, self.standing.differing)

    @property
    def sure(self) -> str:
        """How sure it is that the leader is the better one: at least so much."""
        return f"{100 * (1 - self.standing.chance):.1f} %"

    @property
    def between(self) -> str:
        low, high = self.standing.interval
        return f"{100 * low:.0f}–{100 * high:.0f} %"


def blind_test_start(
    *, left: Recipe, right: Recipe, seeds: int = SEEDS, created_by: User | None = None
) -> BlindTest:
    """Put a pair of each recipe of up to so many seeds into a queue of their own, mixed.

    Raises BlindTestError where they are the same or share too few seeds with unlabelled pairs.
    """
    if left == right:
        raise BlindTestError("These are the same recipe: choose two.")
    key = randbits(31)
    drawn = _drawn(left, right, seeds, key)
    if len(drawn) < FEWEST_SEEDS:
        raise BlindTestError(
            f"They have unlabelled pairs of {len(drawn)} seeds in common, and {FEWEST_SEEDS} are"
            " the least: start a run of each with the same random seed and the same number of"
            " seeds, which takes the same seeds."
        )
    with transaction.atomic():
        queue = Queue.objects.create(
            name=f"Blind test {key:x}",
            order=Queue.Order.RANDOM,
            random_seed=key,
            is_blind=True,
            seen_through=LARGEST,
            created_by=created_by,
        )
        test = BlindTest.objects.create(
            left=left, right=right, queue=queue, random_seed=key, created_by=created_by
        )
        # Such pairs as lie in it, and no others: see review.filters.
        queue.name, queue.filter = f"Blind test {test.pk}", {"queue": [str(queue.pk)]}
        queue.save(update_fields=["name", "filter"])
        BlindSeed.objects.bulk_create(
            BlindSeed(test=test, seed_id=seed, left_id=one, right_id=other)
            for seed, one, other in drawn
        )
        mixed = _mixed([(one, other) for _, one, other in drawn], key)
        Entry.objects.bulk_create(
            Entry(queue=queue, response_id=pk, position=place) for place, pk in enumerate(mixed)
        )
    return test


def followed(test: BlindTest) -> Followed:
    """Where a test stands after the labels so far: four queries over its own seeds."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"queue": test.queue_id, "test": test.pk})
        said = cursor.fetchall()
    standing = follow(one - other for one, other in said)
    seeds = test.seeds.count()
    entries = Entry.objects.filter(queue=test.queue_id, state=Entry.State.OPEN)
    waiting = list(entries.order_by("position").values_list("response", flat=True))
    left_over = len(waiting)
    more = standing.seeds_more
    pairs_more = None if more is None else min(2 * more, left_over) if more else 0
    return Followed(
        standing=standing,
        left=Rate(sum(one for one, _ in said), len(said)),
        right=Rate(sum(other for _, other in said), len(said)),
        seeds=seeds,
        pairs_more=pairs_more,
        listed=waiting[: min(MOST_LISTED, left_over if pairs_more is None else pairs_more)],
    )


def blind_tests_end() -> int:
    """Close the queues of the tests that are decided; how many."""
    running = BlindTest.objects.filter(queue__is_closed=False).select_related("queue")
    return sum(map(_ended, running))


def _ended(test: BlindTest) -> bool:
    """Whether a test has ended now; one that cannot be followed keeps no other from it."""
    try:
        return bool(followed(test).standing.decided) and queue_close(queue=test.queue, closed=True)
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("Blind test %s cannot be followed", test.pk)
        return False


def _drawn(left: Recipe, right: Recipe, seeds: int, key: int) -> list[tuple[int, int, int]]:
    sides = {f"first_of_{side}": FIRST.format(side=side) for side in ("left", "right")}
    values: dict[str, str | int] = {
        "left": left.pk,
        "right": right.pk,
        "key": str(key),
        "most": seeds,
    }
    with connection.cursor() as cursor:
        cursor.execute(DRAW.format(**sides), values)
        return list(cursor.fetchall())


def _mixed(pairs: Sequence[tuple[int, int]], key: int) -> list[int]:
    """The pairs of both sides, those of a few seeds shuffled together."""
    shuffling = random.Random(key)  # noqa: S311  it decides an order, not a secret
    mixed = []
    for start in range(0, len(pairs), TOGETHER):
        part = [pk for both in pairs[start : start + TOGETHER] for pk in both]
        shuffling.shuffle(part)
        mixed += part
    return mixed
