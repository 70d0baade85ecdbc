"""What a gathering did, in figures: for the command line and the page."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.models import WorkUnit
from apps.seeds.models import Gathering, GatheringCount

Group = GatheringCount.Group


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a gathering; each pair is (code, number), the largest first."""

    files_read: int
    files_unread: tuple[tuple[str, int], ...]
    statements: int
    kept: tuple[tuple[str, int], ...]
    rejected: tuple[tuple[str, int], ...]
    files_known: int
    chunks_done: int
    chunks: int

    @property
    def kept_total(self) -> int:
        return sum(number for _, number in self.kept)

    @property
    def rejected_total(self) -> int:
        return sum(number for _, number in self.rejected)


def summary(gathering: Gathering) -> Summary:
    """Read the counts of a gathering: two statements over rows of this gathering only."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for line in gathering.counts.order_by("-number", "code"):
        counts.setdefault(line.group, []).append((line.code, line.number))
    files = counts.get(Group.FILES, [])
    units = list(gathering.job.units.exclude(key="plan").values_list("status", "result"))
    return Summary(
        files_read=sum(number for code, number in files if code == "read"),
        files_unread=tuple(line for line in files if line[0] != "read"),
        statements=sum(number for _, number in counts.get(Group.STATEMENTS, [])),
        kept=tuple(counts.get(Group.KEPT, [])),
        rejected=tuple(counts.get(Group.REJECTED, [])),
        files_known=sum(result.get("known", 0) for _, result in units),
        chunks_done=sum(1 for status, _ in units if status == WorkUnit.Status.DONE),
        chunks=len(units),
    )
