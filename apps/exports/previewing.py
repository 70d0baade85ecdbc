"""What an export would have in it, before it is begun: counts by reason, composition, ten rows.

Bounded, because a page waits for it: where more pairs are labelled, the first are looked at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction

from apps.exports.choice.benchmarks import Compared
from apps.exports.choice.care import Care
from apps.exports.choice.filters import Filters
from apps.exports.rows.pairs import said
from apps.exports.rows.values import Row
from apps.exports.shape import Shape
from apps.review.models import Decision

MOST_PAIRS = 10_000
# So many of the chosen ones are counted by what they are.
MOST_COUNTED = 1_000
SHOWN = 10
_MOST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Preview:
    """rows: what would be written of the pairs that were looked at; looked_at_all: whether those
    are all; left_out: by reason; composition: by what is counted and its value, of the first
    `counted` rows; sample: instruction and response of ten; benchmarks: files that were compared.
    """

    rows: int
    looked_at_all: bool
    left_out: dict[str, int]
    counted: int
    composition: dict[str, dict[str, int]] = field(default_factory=dict)
    sample: list[tuple[str, str]] = field(default_factory=list)
    benchmarks: dict[str, Compared] = field(default_factory=dict)


def preview(filters: Filters, care: Care, shape: Shape) -> Preview:
    """Read in one transaction. Raises benchmarks.BenchmarkError."""
    from apps.exports.choice.choosing import choose  # parsers: only for who asks for a preview
    from apps.exports.writing import stream_pairs

    decided = Decision.objects.order_by("response").values_list("response", flat=True)
    last = decided[MOST_PAIRS : MOST_PAIRS + 1].first()
    with transaction.atomic():
        chosen = choose(filters, care, shape, only=(0, last - 1) if last else None)
        stream = stream_pairs(chosen, shape, most=MOST_COUNTED)
        rows = [row for _, row, _ in islice(stream, MOST_COUNTED)]
    return Preview(
        rows=len(chosen),
        looked_at_all=last is None,
        left_out=dict(chosen.left_out.most_common()),
        counted=len(rows),
        composition=_composition(rows),
        sample=[(row.instruction[:_MOST_TEXT], row.response[:_MOST_TEXT]) for row in rows[:SHOWN]],
        benchmarks=chosen.benchmarks,
    )


def _composition(rows: list[Row]) -> dict[str, dict[str, int]]:
    counted = {
        "kind": Counter(row.asked.kind or "(none)" for row in rows),
        "dialect": Counter(row.dialect or "(none)" for row in rows),
        "licence": Counter(row.asked.licence or "(none)" for row in rows),
        "verdict": Counter(said(row.verdicts).overall for row in rows),
        "portability": Counter(said(row.verdicts).portability for row in rows),
    }
    return {name: dict(one.most_common(10)) for name, one in counted.items() if one}
