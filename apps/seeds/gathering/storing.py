"""Seeds into PostgreSQL: a batch of files with their seeds and counts, in one transaction.

Batches of all workers are chosen and written one after the other, under an advisory lock: so
"at most twenty of one template" and "exactly 100,000" hold, nothing can deadlock, and within the
lock plain COPY is enough, for nobody else can have written the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Sum

from apps.seeds.choice.keeping import DUPLICATE, LIMIT, Bounds, Kept
from apps.seeds.choice.recurring import comment_key, undescribed
from apps.seeds.extraction.chain import SAMPLE_CHARACTERS, Rejection, SeedCandidate
from apps.seeds.gathering import lookups
from apps.seeds.gathering.comments import Told, count_comments
from apps.seeds.gathering.files import Group, ReadFile, clean
from apps.seeds.models import Gathering, Rejected, licence_line

MOST_SAMPLES = 50  # per reason, of one gathering
LOCK = 0x5EED
Cursor = Any  # Django types neither the cursor nor what psycopg adds to it


class Known(NamedTuple):
    """A stored file: by which gathering, and the dialect that it spoke for itself ("" for none)."""

    gathering: int | None
    own_dialect: str


def known_files(*, gathering: Gathering, keys: Sequence[bytes]) -> dict[bytes, Known]:
    """Which of these files are stored already."""
    rows = gathering.source.files.filter(key__in=keys).values_list(
        "key", "gathering_id", "dialect", "dialect_of_neighbours"
    )
    return {
        bytes(key): Known(by, "" if is_of_others else dialect)
        for key, by, dialect, is_of_others in rows
    }


def store(*, gathering: Gathering, files: Sequence[ReadFile], bounds: Bounds) -> int | None:
    """Choose from a batch and write it; what is written already is left alone and not counted.

    Files that come after the limit was reached are not stored, so that a later gathering reads
    them. Returns how many seeds may still be kept, None without a limit.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # A crash loses whole batches that no unit counts as done yet: they are done again.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        known = known_files(gathering=gathering, keys=[file.key for file in files])
        new = [file for file in files if file.key not in known]
        kept = lookups.kept(cursor, gathering=gathering, files=new, bounds=bounds)
        choice = _choose(new, kept, bounds)
        seed_ids = _reserve(cursor, "seeds_seed", len(choice.seeds))
        _drop_recurring(cursor, gathering, choice, seed_ids)
        _write(cursor, gathering, choice, seed_ids)
    return None if bounds.limit is None else bounds.limit - kept.kinds.total()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A seed to be written: the number of its file in the batch, and whether it is the first of
    its template.
    """

    file: int
    seed: SeedCandidate
    first: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a batch is written. `comments` has a line for every statement with a comment, copies
    left out: its key, and its place among the seeds, None when it is no seed.
    """

    files: list[ReadFile] = field(default_factory=list)
    seeds: list[Chosen] = field(default_factory=list)
    comments: list[tuple[bytes, int | None]] = field(default_factory=list)


def _choose(files: Sequence[ReadFile], kept: Kept, bounds: Bounds) -> Choice:
    choice = Choice()
    for number, file in enumerate(files):
        if kept.is_full(bounds):
            break
        choice.files.append(file)
        for seed in file.seeds:
            first = kept.is_new(seed)
            reason = kept.reason(seed, file.repository, bounds)
            if seed.comment and reason != DUPLICATE:
                place = None if reason else len(choice.seeds)
                choice.comments.append((comment_key(file.repository, seed.comment), place))
            if not reason:
                choice.seeds.append(Chosen(number, seed, first))
                file.counts[Group.KEPT, seed.kind] += 1
            elif reason != LIMIT:
                text = seed.text[:SAMPLE_CHARACTERS]
                file.reject(Rejection(reason, seed.start, seed.end, text))
            else:
                file.counts[Group.REJECTED, LIMIT] += 1
    return choice


def _drop_recurring(
    cursor: Cursor, gathering: Gathering, choice: Choice, seed_ids: Sequence[int]
) -> None:
    told = [Told(key, None if place is None else seed_ids[place]) for key, place in choice.comments]
    recurring = count_comments(cursor, source_id=gathering.source_id, told=told)
    for key, place in choice.comments:
        if place is not None and key in recurring:
            one = choice.seeds[place]
            choice.seeds[place] = replace(one, seed=undescribed(one.seed))


def _write(cursor: Cursor, gathering: Gathering, choice: Choice, seed_ids: Sequence[int]) -> None:
    files, chosen = choice.files, choice.seeds
    file_ids = _reserve(cursor, "seeds_sourcefile", len(files))
    _copy(
        cursor, FILES, (_file_row(gathering, *pair) for pair in zip(file_ids, files, strict=True))
    )
    _copy(
        cursor,
        SEEDS,
        (
            (seed_id, file_ids[one.file], gathering.source_id)
            + (licence_line(files[one.file].licences), *_seed_row(one.seed))
            for seed_id, one in zip(seed_ids, chosen, strict=True)
        ),
    )
    _copy_bands(cursor, seed_ids, chosen)
    counts: Counter[tuple[str, str]] = Counter()
    for file in files:
        counts.update(file.counts)
        counts[Group.FILES, file.reason or "read"] += 1
        counts[Group.BYTES, "read"] += file.size
    _add_counts(cursor, gathering, counts)
    _keep_samples(gathering, files)


FILES = (
    "seeds_sourcefile (id, source_id, gathering_id, key, path, repository, licences, own_licence,"
    " blob_id, encoding, dialect, dialect_confidence,"
    " dialect_of_neighbours, bytes, reason, message, created_at)"
)
SEEDS = (
    "seeds_seed (id, file_id, source_id, licence, text, text_hash, template_hash, start,"
    ' "end", line, kind, dialect, comment, description, description_source, schema_context,'
    " trimmed, masked, created_at)"
)
Row = tuple[object, ...]


def _reserve(cursor: Cursor, table: str, number: int) -> list[int]:
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, number],
    )
    return [row[0] for row in cursor.fetchall()]


def _copy(cursor: Cursor, target: str, rows: Iterator[Row]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _file_row(gathering: Gathering, file_id: int, file: ReadFile) -> Row:
    return (
        file_id,
        gathering.source_id,
        gathering.pk,
        file.key,
        file.path,
        file.repository,
        list(file.licences),
        clean(file.own_licence),
        file.blob_id,
        file.encoding,
        file.dialect,
        file.dialect_confidence,
        file.dialect_of_neighbours,
        file.size,
        file.reason,
        clean(file.message),
        "now",
    )


def _seed_row(seed: SeedCandidate) -> Row:
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
        "now",
    )


def _copy_bands(cursor: Cursor, seed_ids: Sequence[int], chosen: Sequence[Chosen]) -> None:
    """Sixteen lines a template, written as text: the hottest of the tables. Sorted, so that
    neighbours go into the same page of the index.
    """
    pairs = zip(seed_ids, chosen, strict=True)
    rows = sorted((band, pk) for pk, one in pairs if one.first for band in set(one.seed.bands))
    with cursor.copy("COPY seeds_seedband (band, seed_id) FROM STDIN") as copy:
        copy.write("".join([f"{band}\t{pk}\n" for band, pk in rows]))


def kept_total(gathering: Gathering) -> int:
    """Seeds that this gathering kept so far."""
    total = gathering.counts.filter(group=Group.KEPT).aggregate(n=Sum("number"))["n"]
    return int(total or 0)


def _add_counts(cursor: Cursor, gathering: Gathering, counts: Counter[tuple[str, str]]) -> None:
    cursor.executemany(
        'INSERT INTO seeds_gatheringcount (gathering_id, "group", code, number)'
        ' VALUES (%s, %s, %s, %s) ON CONFLICT (gathering_id, "group", code)'
        " DO UPDATE SET number = seeds_gatheringcount.number + excluded.number",
        [(gathering.pk, group, code, n) for (group, code), n in sorted(counts.items()) if n],
    )


def _keep_samples(gathering: Gathering, files: Sequence[ReadFile]) -> None:
    there = gathering.rejected.values_list("reason").annotate(Count("pk"))
    taken: Counter[str] = Counter(dict(there))
    samples: list[Rejected] = []
    for file in files:
        for sample in _samples(gathering, file):
            if taken[sample.reason] < MOST_SAMPLES:
                taken[sample.reason] += 1
                samples.append(sample)
    Rejected.objects.bulk_create(samples, ignore_conflicts=True)


def _samples(gathering: Gathering, file: ReadFile) -> Iterator[Rejected]:
    if file.reason:
        yield Rejected(
            gathering=gathering, reason=file.reason, path=file.path, message=clean(file.message)
        )
    for one in file.rejections:
        yield Rejected(
            gathering=gathering,
            reason=one.reason,
            path=file.path,
            start=one.start,
            text=clean(one.sample),
        )
