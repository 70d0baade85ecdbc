"""How much of a run's prompts the server had read before: what was to be expected, what it says.

Every prompt of an arrangement begins alike. What was sent after the first of them should find
that beginning in the server's prefix cache; where it does not, its cache is too small for the
run, or it has none. A work unit's share is counted once, when it ends, as in apps.generation.tally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from apps.generation.models import Completion, Run
from apps.generation.runs import QUEUE
from apps.generation.tally import rows

# Tokens that vLLM's prefix cache keeps together: it knows whole blocks only.
CACHE_BLOCK = 16
# In the result of a unit that is done.
KEY = "cached"
FAR_APART = 0.15
SETTLED = """
    SELECT coalesce(sum((result -> 'cached' ->> 0)::bigint), 0),
           coalesce(sum((result -> 'cached' ->> 1)::bigint), 0),
           coalesce(sum((result -> 'cached' ->> 2)::bigint), 0)
    FROM core_workunit
    WHERE job_id = %(job)s AND queue = %(queue)s AND status = 'done' AND result ? 'cached'
"""


@dataclass(frozen=True, slots=True)
class CachedShare:
    """Tokens of prompts of which the server says how many it had read: all, those that were to be
    expected in its cache, those that were there.
    """

    prompt: int = 0
    expected: int = 0
    measured: int = 0

    @property
    def expected_share(self) -> float:
        """0 to 1; 0 while nothing is known."""
        return self.expected / self.prompt if self.prompt else 0.0

    @property
    def measured_share(self) -> float:
        return self.measured / self.prompt if self.prompt else 0.0

    @property
    def is_far_below(self) -> bool:
        """Whether the server reads much again that it should still know."""
        return self.expected_share - self.measured_share > FAR_APART

    @property
    def is_far_above(self) -> bool:
        """Whether it knew much already that this run was the first to ask with."""
        return self.measured_share - self.expected_share > FAR_APART

    def as_json(self) -> list[int]:
        return [self.prompt, self.expected, self.measured]


def cached_of_seeds(run: Run, seed_ids: Sequence[int]) -> CachedShare:
    """Count the completions that these seeds have by this run."""
    told: dict[str, Any] = Completion.objects.filter(
        run=run, seed__in=seed_ids, cached_tokens__isnull=False
    ).aggregate(
        prompt=Sum("prompt_tokens", default=0),
        expected=Sum("expected_cached_tokens", default=0),
        measured=Sum("cached_tokens", default=0),
    )
    return CachedShare(**told)


def cached_share(run: Run) -> CachedShare:
    """Of a run's units that are done; for the run's page. One query, however large the run is."""
    (told,) = rows(SETTLED, {"job": run.job_id, "queue": QUEUE})
    return CachedShare(*map(int, told))
