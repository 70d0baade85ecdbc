"""What a gathering did, in figures: for the command line and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from apps.core.models import WorkUnit
from apps.seeds.models import Gathering, GatheringCount
from apps.sql.splitting import Role

Group = GatheringCount.Group
# Pieces of a file that are rejected and are no statements.
NO_STATEMENTS = (Role.CLIENT_COMMAND.value, Role.COPY_DATA.value)
NOTHING_FOUND = (
    "Nothing in it looks like SQL: files named .sql, .gz, .zip, .tar, .jsonl and .parquet are read."
)
Lines = tuple[tuple[str, int], ...]
# The entries of a chunk are megabytes of JSON: only what is needed leaves the database.
UNITS = """
SELECT count(*) FILTER (WHERE key <> 'plan'),
       count(*) FILTER (WHERE key <> 'plan' AND status = %(done)s),
       coalesce(sum((result ->> 'known')::bigint), 0),
       max((result ->> 'files')::bigint) FILTER (WHERE key = 'plan')
FROM core_workunit WHERE job_id = %(job)s
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a gathering; each pair is (code, number), the largest first. What is kept and what
    is rejected add up to the statements; `no_statements` stood between them.

    `files_expected` is what the plan found, None while it is at work; the number of rows in a
    JSONL file is a guess. `seconds` are those since the start or the last resuming, when
    `files_before` files and `share_before` of the work were done.
    """

    files_read: int
    files_unread: Lines
    bytes_read: int
    statements: int
    kept: Lines
    rejected: Lines
    no_statements: Lines
    files_known: int
    chunks_done: int
    chunks: int
    files_expected: int | None
    seconds: float
    limit: int | None
    files_before: int = 0
    share_before: float = 0.0

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
    def hint(self) -> str:
        """What to say of a source that gave no file at all, "" of any other."""
        return NOTHING_FOUND if self.files_expected == 0 and not self.files_total else ""

    @property
    def files_per_second(self) -> float:
        """Since the start or the last resuming."""
        return (self.files_total - self.files_before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def done_share(self) -> float:
        """How much of the work is done, 0 to 1: by files, or by the limit if that is nearer."""
        shares = [self.files_total / self.files_expected] if self.files_expected else [0.0]
        if self.limit:
            shares.append(self.kept_total / self.limit)
        return min(1.0, max(shares))

    @property
    def remaining(self) -> timedelta | None:
        """Time that the rest takes at the speed since then; None while that cannot be said."""
        done = self.done_share - self.share_before
        if self.files_expected is None or done <= 0 or self.done_share >= 1:
            return None
        return timedelta(seconds=round(self.seconds * (1 - self.done_share) / done))


def summary(gathering: Gathering) -> Summary:
    """Read the counts of a gathering: two statements over rows of this gathering only."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for line in gathering.counts.order_by("-number", "code"):
        counts.setdefault(line.group, []).append((line.code, line.number))
    files = counts.get(Group.FILES, [])
    rejected = counts.get(Group.REJECTED, [])
    with connection.cursor() as cursor:
        cursor.execute(UNITS, {"job": gathering.job_id, "done": WorkUnit.Status.DONE})
        chunks, done, known, expected = cursor.fetchone()
    job = gathering.job
    begun = gathering.resumed_at or job.created_at
    return Summary(
        files_read=sum(number for code, number in files if code == "read"),
        files_unread=tuple(line for line in files if line[0] != "read"),
        bytes_read=sum(number for _, number in counts.get(Group.BYTES, [])),
        statements=sum(number for _, number in counts.get(Group.STATEMENTS, [])),
        kept=tuple(counts.get(Group.KEPT, [])),
        rejected=tuple(line for line in rejected if line[0] not in NO_STATEMENTS),
        no_statements=tuple(line for line in rejected if line[0] in NO_STATEMENTS),
        files_known=int(known),
        chunks_done=done,
        chunks=chunks,
        files_expected=expected,
        seconds=((job.finished_at or timezone.now()) - begun).total_seconds(),
        limit=gathering.limit,
        files_before=gathering.files_before,
        share_before=gathering.share_before,
    )
