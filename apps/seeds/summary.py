"""What a gathering did, in figures: for the command line and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from apps.core.models import WorkUnit
from apps.seeds.models import Gathering, GatheringCount

Group = GatheringCount.Group
Lines = tuple[tuple[str, int], ...]
# The entries of a chunk are megabytes of JSON: only what is needed leaves the database.
UNITS = """
SELECT count(*) FILTER (WHERE key <> 'plan'),
       count(*) FILTER (WHERE key <> 'plan' AND status = %(done)s),
       coalesce(sum((result ->> 'known')::bigint), 0),
       max((result ->> 'files')::bigint) FILTER (WHERE key = 'plan'),
       max((result ->> 'bytes')::bigint) FILTER (WHERE key = 'plan')
FROM core_workunit WHERE job_id = %(job)s
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a gathering; each pair is (code, number), the largest first.

    `files_expected` and `bytes_expected` are what the plan found, None while it is at work; the
    number of rows in a data set is a guess, and its bytes are not known (0).
    """

    files_read: int
    files_unread: Lines
    bytes_read: int
    statements: int
    kept: Lines
    rejected: Lines
    files_known: int
    chunks_done: int
    chunks: int
    files_expected: int | None
    bytes_expected: int | None
    seconds: float
    limit: int | None

    @property
    def kept_total(self) -> int:
        return sum(number for _, number in self.kept)

    @property
    def rejected_total(self) -> int:
        return sum(number for _, number in self.rejected)

    @property
    def files_unread_total(self) -> int:
        return sum(number for _, number in self.files_unread)

    @property
    def files_total(self) -> int:
        """Files that are through, one way or another."""
        return self.files_read + self.files_unread_total + self.files_known

    @property
    def files_per_second(self) -> float:
        """Over all the time since the start."""
        return self.files_total / self.seconds if self.seconds > 0 else 0.0

    @property
    def done_share(self) -> float:
        """How much of the work is done, 0 to 1: by files, or by the limit if that is nearer."""
        shares = [self.files_total / self.files_expected] if self.files_expected else [0.0]
        if self.limit:
            shares.append(self.kept_total / self.limit)
        return min(1.0, max(shares))

    @property
    def remaining(self) -> timedelta | None:
        """Time that the rest takes at the speed so far; None while that cannot be said."""
        if self.files_expected is None or not 0 < self.done_share < 1:
            return None
        return timedelta(seconds=round(self.seconds * (1 / self.done_share - 1)))


def summary(gathering: Gathering) -> Summary:
    """Read the counts of a gathering: two statements over rows of this gathering only."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for line in gathering.counts.order_by("-number", "code"):
        counts.setdefault(line.group, []).append((line.code, line.number))
    files = counts.get(Group.FILES, [])
    with connection.cursor() as cursor:
        cursor.execute(UNITS, {"job": gathering.job_id, "done": WorkUnit.Status.DONE})
        chunks, done, known, expected, expected_bytes = cursor.fetchone()
    return Summary(
        files_read=sum(number for code, number in files if code == "read"),
        files_unread=tuple(line for line in files if line[0] != "read"),
        bytes_read=sum(number for _, number in counts.get(Group.BYTES, [])),
        statements=sum(number for _, number in counts.get(Group.STATEMENTS, [])),
        kept=tuple(counts.get(Group.KEPT, [])),
        rejected=tuple(counts.get(Group.REJECTED, [])),
        files_known=int(known),
        chunks_done=done,
        chunks=chunks,
        files_expected=expected,
        bytes_expected=expected_bytes,
        seconds=gathering.job.duration.total_seconds(),
        limit=gathering.limit,
    )
