"""One attempt at an export: the chosen pairs into data, lineage and index files of a draft."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import DatabaseError

from apps.core.lines import as_line
from apps.exports.choice.choosing import Chosen, Item
from apps.exports.formats.columns import column
from apps.exports.formats.files import Lines, Sink, Written, sink
from apps.exports.rows.lineage import lineage_line
from apps.exports.rows.pairs import Pair, prompt_of, said
from apps.exports.rows.prompts import Prompt, Prompts
from apps.exports.rows.stream import stream
from apps.exports.rows.values import PromptChangedError, Row
from apps.exports.shape import Shape

log = logging.getLogger(__name__)
SHOW_EVERY = 500
NOT_PREFERRED = "not_preferred"
INDEX = pa.schema(
    [
        ("response", pa.int64()),
        ("rejected", pa.int64()),
        ("content", pa.binary(8)),
        ("labels", pa.int64()),
        *[(name, pa.dictionary(pa.int32(), pa.string())) for name in ("split", "kind", "dialect")],
        *[(name, pa.dictionary(pa.int32(), pa.string())) for name in ("outcome", "portability")],
    ]
)


# How each label's JSON begins in PostgreSQL's hand; a reviewer of that name has no colon behind.
_OF_REVIEWER = '"reviewer" :'
# What is counted of a row.
TOLD = (
    "fingerprint", "outcome", "kind", "dialect", "licence", "portability", "split", "difficulty",
    "databases",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """What has been written. `told` counts rows by the values of `TOLD`; `left_out` pairs by the
    reason why they could not be written; agreed: of the pairs that several people judged, those
    of whom all said the same.
    """

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    told: Counter[tuple[str, ...]] = field(default_factory=Counter)
    judged_by_several: int = 0
    agreed: int = 0

    def by(self, name: str) -> dict[str, int]:
        """Rows by one of `TOLD`, in the order of its values."""
        place = TOLD.index(name)
        counted: Counter[str] = Counter()
        for values, number in self.told.items():
            counted[values[place]] += number
        return dict(sorted(counted.items()))


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a draft that are whole. `data` by split."""

    data: dict[str, Written]
    others: list[Written]


Progress = Callable[[int], None]


def write(
    draft: Path, name: str, chosen: Chosen, shape: Shape, progress: Progress
) -> tuple[Tally, Files]:
    """Write all rows into `draft`, with file names that begin with `name`. `progress` is called
    with the number of rows now and then, and may raise. Raises OSError when the disk is full.
    """
    tally, prompts = Tally(), Prompts()
    out = _Out(draft, name, shape, has_splits=bool(chosen.splits))
    with_said = stream_pairs(chosen, shape)
    for item, row, other in with_said:
        pair = _pair(item, row, other, prompts, tally)
        if pair is None:
            continue
        out.add(pair)
        _count(pair, tally)
        if tally.rows % SHOW_EVERY == 0:
            progress(tally.rows)
    return tally, out.close(chosen)


def stream_pairs(
    chosen: Chosen, shape: Shape, *, most: int | None = None
) -> Iterator[tuple[Item, Row, Row | None]]:
    """The rows of what is chosen, a preference with its other response; the first `most`."""
    ids = islice(chosen.response_ids(), most if most is None or chosen.pairs is None else 2 * most)
    rows = stream(ids, with_schema=shape.with_schema, with_sql=shape.with_sql)
    for item in islice(chosen.items(), most):
        row = next(rows)
        yield item, row, next(rows) if item.rejected else None
    # To its end, where the stream puts the planner's settings back.
    next(rows, None)


def _pair(item: Item, row: Row, other: Row | None, prompts: Prompts, tally: Tally) -> Pair | None:
    """The pair, or None and a reason that is counted. An error that nobody foresaw leaves out
    this pair only.
    """
    try:
        prompt = prompt_of(row, prompts)
        return _made(item, row, other, prompt, tally.rows)
    except PromptChangedError:
        tally.left_out["prompt_changed"] += 1
    except DatabaseError:
        raise
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("Pair %s cannot be exported", row.response_id)
        tally.left_out["not_written"] += 1
    return None


def _made(item: Item, row: Row, other: Row | None, prompt: Prompt, number: int) -> Pair:
    reason = ""
    if other or not item.accepted:
        reason = rejected_for(other or row, less_liked=item.votes is not None)
    return Pair(
        row=row,
        number=number,
        split=item.split,
        said=said(row.verdicts),
        prompt=prompt,
        rejected=other,
        rejected_for=reason,
        accepted=item.accepted,
        votes=item.votes,
    )


def rejected_for(row: Row, *, less_liked: bool) -> str:
    """Why a response is a rejected one: reasons of its labels and its verdict, by commas, and
    not_preferred where people who saw both like the other one better.
    """
    labels = json.loads(row.labels_json)
    bad = [label for label in labels if label["value"] == "bad"]
    reasons = [reason for label in bad for reason in label["reasons"]] or ["bad"] * bool(bad)
    overall = said(row.verdicts).overall
    failed = [overall] if overall not in ("passed", "none") else []
    return ", ".join(dict.fromkeys([*reasons, *failed, *[NOT_PREFERRED] * less_liked]))


def _count(pair: Pair, tally: Tally) -> None:
    row = pair.row
    tally.rows += 1
    tally.told[
        pair.prompt.fingerprint_json.strip('"') if row.recipe_id else "imported",
        pair.said.overall,
        row.asked.kind,
        row.dialect,
        row.asked.licence,
        pair.said.portability,
        pair.split,
        row.asked.difficulty,
        pair.said.json,
    ] += 1
    if row.labels_json.count(_OF_REVIEWER) > 1:
        _count_labels(row, tally)


def _count_labels(row: Row, tally: Tally) -> None:
    newest = {label["reviewer"]: label["value"] for label in json.loads(row.labels_json)}
    judged = [value for value in newest.values() if value in ("good", "bad")]
    if len(judged) > 1:
        tally.judged_by_several += 1
        tally.agreed += len(set(judged)) == 1


class _Out:
    """The files of a draft while they are written."""

    def __init__(self, draft: Path, name: str, shape: Shape, *, has_splits: bool) -> None:
        self._draft, self._name, self._shape = draft, name, shape
        self._has_splits = has_splits
        self._sinks: dict[str, Sink] = {}
        self._lineage = Lines(draft / f"{name}.lineage.jsonl")
        self._index = _Index(draft / f"{name}.index.parquet")
        if not has_splits:
            self._sink("train")

    def add(self, pair: Pair) -> None:
        content = pair.content()
        self._sink(pair.split).add(pair)
        self._lineage.line(lineage_line(pair, content))
        self._index.add(pair, content)

    def close(self, chosen: Chosen) -> Files:
        data = {split: one.close() for split, one in sorted(self._sinks.items())}
        others = [self._lineage.close(), self._index.close()]
        if chosen.hits or chosen.benchmarks:
            hits = Lines(self._draft / f"{self._name}.hits.jsonl")
            # Those that wait for somebody first: a page shows the beginning.
            for hit in sorted(chosen.hits, key=lambda one: (one.is_sure, one.response_id)):
                hits.line(as_line(json.dumps(asdict(hit), ensure_ascii=False)))
            others.append(hits.close())
        return Files(data, others)

    def _sink(self, split: str) -> Sink:
        if split not in self._sinks:
            middle = f".{split}" if self._has_splits else ""
            path = self._draft / f"{self._name}{middle}.{self._shape.file}"
            self._sinks[split] = sink(path, self._shape)
        return self._sinks[split]


class _Index:
    """What comparing two exports needs, as a small Parquet file: see `INDEX`."""

    GROUP = 10_000

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = pq.ParquetWriter(path, INDEX, compression="zstd")
        self._waiting: list[tuple[object, ...]] = []
        self._rows = 0

    def add(self, pair: Pair, content: bytes) -> None:
        row, told = pair.row, pair.said
        rejected = pair.rejected.response_id if pair.rejected else 0
        self._waiting.append(
            (row.response_id, rejected, content, pair.labelled(), pair.split, row.asked.kind,
             row.dialect, told.overall, told.portability)
        )  # fmt: skip
        self._rows += 1
        if len(self._waiting) >= self.GROUP:
            self._write()

    def close(self) -> Written:
        self._write()
        self._writer.close()
        return written(self._path, self._rows)

    def _write(self) -> None:
        columns = zip(*self._waiting, strict=True) if self._waiting else [()] * len(INDEX)
        arrays = [column(values, field.type) for values, field in zip(columns, INDEX, strict=True)]
        self._waiting.clear()
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=INDEX))


def written(path: Path, rows: int) -> Written:
    """A file that is closed, read again for its hash."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path.name, rows, path.stat().st_size, digest)
