"""Counters that keep one template, or one kind, from flooding the seeds. Pure: the caller owns
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.sql.kinds import KINDS

MOST_REMEMBERED = 100_000  # hashes per counter; a file with more templates is no flood of one


@dataclass(slots=True)
class TemplateCounter:
    """At most `limit` statements with the same masked form. One per file; the database counts
    the rest.
    """

    limit: int
    _seen: dict[bytes, int] = field(default_factory=dict)

    def admits(self, template: bytes) -> bool:
        """Count one statement of this template; false when there are enough of it."""
        count = self._seen.get(template, 0)
        if count >= self.limit:
            return False
        if count or len(self._seen) < MOST_REMEMBERED:
            self._seen[template] = count + 1
        return True


@dataclass(slots=True)
class KindQuota:
    """At most `limits[kind]` statements of each kind; kinds without a limit are free."""

    limits: Mapping[str, int]
    _seen: Counter[str] = field(default_factory=Counter)

    def admits(self, kind: str) -> bool:
        """Count one statement of this kind; false when its quota is full."""
        limit = self.limits.get(kind)
        if limit is not None and self._seen[kind] >= limit:
            return False
        self._seen[kind] += 1
        return True


def quotas(total: int, kinds: Mapping[str, float], *, otherwise: float = 0.2) -> dict[str, int]:
    """Shares of `total` as limits per kind; a kind that is not named gets `otherwise`. Shares
    are 0 to 1.
    """
    return {kind: max(1, int(total * kinds.get(kind, otherwise))) for kind in KINDS}
