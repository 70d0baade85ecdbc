"""What a run's charts and the tables beside them show: few points, however long the run was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.generation.models import Run
from apps.generation.tally import rows

MOST_POINTS = 60
STEPS = (60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)  # seconds between two points
LOAD_STEPS = (5, 10, 30, *STEPS)

SPAN = "SELECT min(minute), max(busy_until) FROM generation_runminute WHERE run_id = %(run)s"
SPEED = """
    SELECT date_bin(%(step)s * interval '1 second', minute, %(begin)s) AS bin,
        sum(completion_tokens), sum(prompt_tokens), sum(cached_tokens), sum(completions)
    FROM generation_runminute WHERE run_id = %(run)s GROUP BY bin ORDER BY bin
"""
LOAD = """
    SELECT bin, sum(running), sum(waiting), max(kv_cache) FROM (
        SELECT date_bin(%(step)s * interval '1 second', at, %(begin)s) AS bin, server,
            avg(running) AS running, avg(waiting) AS waiting, avg(kv_cache) AS kv_cache
        FROM generation_serversample
        WHERE server = ANY(%(servers)s) AND at BETWEEN %(begin)s AND %(end)s GROUP BY 1, 2
    ) AS each GROUP BY bin ORDER BY bin
"""


@dataclass(frozen=True, slots=True)
class SpeedPoint:
    """Tokens a second, written and read, the cached share of those read (None of nothing), and
    completions a minute.
    """

    at: datetime
    written: float
    read: float
    cached: float | None
    completions: float

    @property
    def cached_percent(self) -> float | None:
        return None if self.cached is None else 100 * self.cached


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """Requests running and waiting on average, the share of the KV cache in use (None: unknown)."""

    at: datetime
    running: float
    waiting: float
    kv_cache: float | None

    @property
    def kv_percent(self) -> float | None:
        return None if self.kv_cache is None else 100 * self.kv_cache


@dataclass(frozen=True, slots=True)
class Charts:
    """Both charts of a run; `step` and `load_step` are the seconds between two of their points."""

    speed: tuple[SpeedPoint, ...] = ()
    load: tuple[LoadPoint, ...] = ()
    step: int = STEPS[0]
    load_step: int = LOAD_STEPS[0]


def charts_of(run: Run, servers: Sequence[str]) -> Charts:
    """The charts of a run as far as it is: three queries."""
    names: dict[str, Any] = {"run": run.pk, "servers": list(servers)}
    names["begin"], names["end"] = rows(SPAN, names)[0]
    if names["begin"] is None:
        return Charts()
    span = (names["end"] - names["begin"]).total_seconds()
    step, load_step = _step(span, STEPS), _step(span, LOAD_STEPS)
    speed = rows(SPEED, names | {"step": step})
    return Charts(
        speed=tuple(_speed(*point, step=step, end=names["end"]) for point in speed),
        load=tuple(LoadPoint(*point) for point in rows(LOAD, names | {"step": load_step})),
        step=step,
        load_step=load_step,
    )


def _step(span: float, steps: Sequence[int]) -> int:
    return next((step for step in steps if span <= step * MOST_POINTS), steps[-1])


def _speed(
    at: datetime,
    written: int,
    read: int,
    cached: int,
    completions: int,
    *,
    step: int,
    end: datetime,
) -> SpeedPoint:
    """The newest point has not its whole time behind it."""
    seconds = max(1.0, min(float(step), (end - at).total_seconds()))
    return SpeedPoint(
        at=at,
        written=float(written) / seconds,
        read=float(read) / seconds,
        cached=float(cached / read) if read else None,
        completions=60 * float(completions) / seconds,
    )
