"""Seeds into PostgreSQL: a batch of files with their seeds and counts, in one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Sum

from apps.seeds.extraction import Rejection, SeedCandidate
from apps.seeds.models import Gathering, GatheringCount, Rejected
from apps.seeds.readers.base import SourceItem, Unreadable

SAMPLES_PER_REASON = 5
Group = GatheringCount.Group


@dataclass(slots=True)
class ReadFile:
    """One file with what was found in it. `counts` is keyed by (group, code)."""

    origin: SourceItem | Unreadable
    encoding: str = ""
    dialect: str = ""
    dialect_confidence: float = 0.0
    reason: str = ""
    message: str = ""
    seeds: list[SeedCandidate] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        return len(self.origin.data) if isinstance(self.origin, SourceItem) else 0


def file_key(origin: SourceItem | Unreadable) -> bytes:
    """SHA-256 of the file's place in its source and of its content (or why there is none)."""
    content = origin.data if isinstance(origin, SourceItem) else origin.reason.value.encode()
    return hashlib.sha256(
        origin.locator.encode() + b"\0" + hashlib.sha256(content).digest()
    ).digest()


def known_keys(*, gathering: Gathering, keys: Sequence[bytes]) -> dict[bytes, int | None]:
    """Which of these files are stored already, and by which gathering."""
    rows = gathering.source.files.filter(key__in=keys).values_list("key", "gathering_id")
    return {bytes(key): gathering_id for key, gathering_id in rows}


def store(*, gathering: Gathering, files: Sequence[ReadFile]) -> int | None:
    """Write a batch; what another worker has written already is left alone and not counted.

    What is over the gathering's limit is counted as rejected for "limit".
    Returns how many seeds may still be kept, None without a limit.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        limit = _left(gathering)
        cursor.execute(STAGING)
        ids = _copy_files(cursor, gathering, files)
        new = [(file, ids[key]) for file in files if (key := file_key(file.origin)) in ids]
        counts: Counter[tuple[str, str]] = Counter()
        for file, _ in new:
            counts.update(file.counts)
            counts[Group.FILES, file.reason or "read"] += 1
        staged = _copy_seeds(cursor, new)
        kept = _insert_seeds(cursor, limit)
        counts.update({(Group.KEPT, kind): number for kind, number in kept.items()})
        total = sum(kept.values())
        if staged > total:
            reached = limit is not None and total >= limit
            counts[Group.REJECTED, "limit" if reached else "duplicate"] += staged - total
        _add_counts(cursor, gathering, counts)
        _keep_samples(gathering, [file for file, _ in new])
    return None if limit is None else limit - total


def _left(gathering: Gathering) -> int | None:
    """How many seeds may still be kept; workers take turns at it, so that none oversteps."""
    if gathering.limit is None:
        return None
    Gathering.objects.select_for_update().get(pk=gathering.pk)
    return max(0, gathering.limit - kept_total(gathering))


def kept_total(gathering: Gathering) -> int:
    """Seeds that this gathering kept so far."""
    total = gathering.counts.filter(group=Group.KEPT).aggregate(n=Sum("number"))["n"]
    return int(total or 0)


STAGING = """
CREATE TEMP TABLE IF NOT EXISTS staged_file (LIKE seeds_sourcefile) ON COMMIT DELETE ROWS;
ALTER TABLE staged_file ALTER id DROP NOT NULL;
CREATE TEMP TABLE IF NOT EXISTS staged_seed (
    file_id bigint, text text, text_hash bytea, template_hash bytea, start bigint, "end" bigint,
    line int, kind text, dialect text, comment text, description text, description_source text,
    schema_context text, trimmed bool, masked bool, bands bigint[]
) ON COMMIT DELETE ROWS;
"""
FILE_COLUMNS = (
    "source_id, gathering_id, key, path, repository, licences, blob_id, encoding, dialect,"
    " dialect_confidence, bytes, reason, message, created_at"
)
SEED_COLUMNS = (
    'file_id, text, text_hash, template_hash, start, "end", line, kind, dialect, comment,'
    " description, description_source, schema_context, trimmed, masked, bands"
)


def _copy_files(cursor, gathering: Gathering, files: Sequence[ReadFile]) -> dict[bytes, int]:  # type: ignore[no-untyped-def]
    columns = FILE_COLUMNS.removesuffix(", created_at")
    cursor.execute("ALTER TABLE staged_file ALTER created_at SET DEFAULT now()")
    with cursor.copy(f"COPY staged_file ({columns}) FROM STDIN") as copy:
        for file in files:
            origin = file.origin
            copy.write_row(
                (
                    gathering.source_id,
                    gathering.pk,
                    file_key(origin),
                    clean(origin.path),
                    clean(origin.repository)[:300],
                    [clean(licence)[:100] for licence in origin.licences],
                    clean(origin.blob_id)[:64],
                    file.encoding,
                    file.dialect,
                    file.dialect_confidence,
                    file.size,
                    file.reason,
                    clean(file.message),
                )
            )
    cursor.execute(
        f"INSERT INTO seeds_sourcefile ({FILE_COLUMNS}) SELECT {FILE_COLUMNS} FROM staged_file"  # noqa: S608
        " ORDER BY key ON CONFLICT (source_id, key) DO NOTHING RETURNING key, id"
    )
    return {bytes(key): file_id for key, file_id in cursor.fetchall()}


def _copy_seeds(cursor, files: Iterable[tuple[ReadFile, int]]) -> int:  # type: ignore[no-untyped-def]
    staged = 0
    with cursor.copy(f"COPY staged_seed ({SEED_COLUMNS}) FROM STDIN") as copy:
        for file, file_id in files:
            for seed in file.seeds:
                staged += 1
                copy.write_row((file_id, *seed_row(seed)))
    return staged


def seed_row(seed: SeedCandidate) -> tuple[object, ...]:
    """A candidate's values in the order of SEED_COLUMNS, without the file."""
    return (
        clean(seed.text),
        seed.text_hash,
        seed.template_hash,
        seed.start,
        seed.end,
        seed.line,
        seed.kind,
        seed.dialect.value,
        clean(seed.comment),
        clean(seed.description),
        seed.description_source.value,
        clean(seed.schema_context),
        seed.trimmed,
        seed.masked,
        list(seed.bands),
    )


def _insert_seeds(cursor, limit: int | None) -> Counter[str]:  # type: ignore[no-untyped-def]
    """Sorted by hash, so that two workers with the same duplicates cannot deadlock."""
    cursor.execute(
        f"INSERT INTO seeds_seed ({SEED_COLUMNS}, created_at)"  # noqa: S608
        f" SELECT {SEED_COLUMNS}, now() FROM ("
        "   SELECT DISTINCT ON (text_hash) * FROM staged_seed"
        "   WHERE NOT EXISTS (SELECT FROM seeds_seed old WHERE old.text_hash = staged_seed.text_hash)"
        "   ORDER BY text_hash, file_id, start LIMIT %s"
        " ) AS once ON CONFLICT DO NOTHING RETURNING kind",
        [limit],
    )
    return Counter(kind for (kind,) in cursor.fetchall())


def _add_counts(cursor, gathering: Gathering, counts: Counter[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    cursor.executemany(
        'INSERT INTO seeds_gatheringcount (gathering_id, "group", code, number)'
        ' VALUES (%s, %s, %s, %s) ON CONFLICT (gathering_id, "group", code)'
        " DO UPDATE SET number = seeds_gatheringcount.number + excluded.number",
        [(gathering.pk, group, code, n) for (group, code), n in sorted(counts.items()) if n],
    )


def _keep_samples(gathering: Gathering, files: Sequence[ReadFile]) -> None:
    taken: Counter[str] = Counter()
    samples: list[Rejected] = []
    for file in files:
        path = clean(file.origin.path)
        if file.reason and taken[file.reason] < SAMPLES_PER_REASON:
            taken[file.reason] += 1
            samples.append(
                Rejected(
                    gathering=gathering, reason=file.reason, path=path, message=clean(file.message)
                )
            )
        for rejection in file.rejections:
            if taken[rejection.reason] < SAMPLES_PER_REASON:
                taken[rejection.reason] += 1
                samples.append(
                    Rejected(
                        gathering=gathering,
                        reason=rejection.reason,
                        path=path,
                        start=rejection.start,
                        text=clean(rejection.sample),
                    )
                )
    Rejected.objects.bulk_create(samples, ignore_conflicts=True)


def clean(text: str) -> str:
    """PostgreSQL's text cannot hold NUL; it is shown as the symbol for it."""
    return text.replace("\0", "\u2400")
