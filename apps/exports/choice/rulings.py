"""What people have decided of pairs that a benchmark's question was found in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from apps.exports.models import BenchmarkRuling

if TYPE_CHECKING:
    from apps.exports.choice.decontamination import Hit

SURE, WAITING = "benchmark", "benchmark_near"


class Rulings:
    """The rulings about some files of questions, by their SHA-256; only of some responses."""

    def __init__(
        self, benchmarks: Iterable[str], *, responses: Collection[int] | None = None
    ) -> None:
        rows = BenchmarkRuling.objects.filter(benchmark__in=list(benchmarks))
        if responses is not None:
            rows = rows.filter(response__in=responses)
        self._keeps = {
            (pk, benchmark, number): keeps
            for pk, benchmark, number, keeps in rows.values_list(
                "response", "benchmark", "number", "keeps"
            )
        }

    def reason(self, hit: Hit) -> str:
        """Why a pair is left out; "" where somebody has decided that it may stay.

        What is only near is held back until somebody has decided.
        """
        keeps = self.of(hit)
        if keeps is None:
            return SURE if hit.is_sure else WAITING
        return "" if keeps else SURE

    def of(self, hit: Hit) -> bool | None:
        """What was decided; None: nothing yet."""
        return self.ruled(hit.response_id, hit.benchmark, hit.number)

    def ruled(self, response_id: int, benchmark: str, number: int) -> bool | None:
        """The same, by the numbers of pair and question."""
        return self._keeps.get((response_id, benchmark, number))
