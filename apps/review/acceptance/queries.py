"""What the page of the acceptance model shows: how well it foretells, and what it is used for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.core.evidence import Rate
from apps.review.acceptance.model import Model
from apps.review.acceptance.services import newest
from apps.review.models import Queue
from apps.review.queue import IS_RANDOM

MOST_COUNTED = 10_000
# Of the pairs that have their labels, those that stood where they did by chance.
_RANDOM = f"""
SELECT count(*) FILTER (WHERE good), count(*) FROM (
    SELECT decision.good FROM review_entry entry
    JOIN generation_response response ON response.id = entry.response_id
    JOIN review_decision decision ON decision.response_id = entry.response_id
    WHERE entry.queue_id = %(queue)s AND entry.state = 'done' AND {IS_RANDOM}
    LIMIT %(most)s
) AS drawn
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Point:
    """A tenth of what was foretold, in percent, beside what came of its pairs. x, y, low, high: on
    a chart of 100 by 100 whose origin is at the top left.
    """

    foretold: float
    accepted: Rate

    @property
    def x(self) -> float:
        return round(100 * self.foretold, 1)

    @property
    def y(self) -> float:
        return round(100 - 100 * (self.accepted.value or 0), 1)

    @property
    def low(self) -> float:
        return round(100 - 100 * self.accepted.low, 1)

    @property
    def high(self) -> float:
        return round(100 - 100 * self.accepted.high, 1)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a number of a pair says: positive for accepted."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Shown:
    """The model that holds, as its page shows it."""

    learnt: int
    at: datetime
    points: tuple[Point, ...]
    brier: float
    brier_base: float
    weights: tuple[Weight, ...]


def acceptance_shown() -> Shown | None:
    """None before there is a model. One query."""
    stored = newest()
    if stored is None:
        return None
    model = Model.from_json(stored.data)
    weights = [
        Weight(name, -model.slope * weight)
        for name, weight in zip(model.names, model.weights, strict=True)
    ]
    return Shown(
        learnt=stored.learnt,
        at=stored.created_at,
        points=tuple(Point(one.foretold, Rate(one.good, one.pairs)) for one in model.bins),
        brier=model.brier,
        brier_base=model.brier_base,
        weights=tuple(sorted(weights, key=lambda one: -abs(one.weight))[:8]),
    )


def random_rate(queue: Queue) -> Rate | None:
    """Accepted of the pairs of a queue that stood where they did by chance, 10,000 at most; None
    where a queue has another order.
    """
    if queue.order != Queue.Order.LEAST_CERTAIN:
        return None
    asked = {"queue": queue.pk, "seed": queue.random_seed, "most": MOST_COUNTED}
    with connection.cursor() as cursor:
        cursor.execute(_RANDOM, asked)
        return Rate(*cursor.fetchone())
