"""What has changed: between two exports, and between an export and the database as it is now.

Both are told by the exports' index files (`writing.INDEX`): a few bytes a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from numpy.typing import NDArray

from apps.core import storage as stores
from apps.exports import storing
from apps.exports.choice.care import Care
from apps.exports.choice.choosing import choose
from apps.exports.choice.filters import Filters
from apps.exports.formats.columns import column
from apps.exports.models import Export
from apps.exports.rows.pairs import Pair, prompt_of, said
from apps.exports.rows.prompts import Prompts
from apps.exports.rows.values import PromptChangedError
from apps.exports.services import ExportError
from apps.exports.shape import Shape
from apps.exports.storing import Part
from apps.exports.writing import INDEX, stream_pairs

COMPOSITION = ("split", "kind", "dialect", "outcome", "portability")


@dataclass(frozen=True, slots=True)
class Patch:
    """Responses by what became of them. changed: their texts; relabelled: their labels only."""

    added: list[int]
    removed: list[int]
    changed: list[int]
    relabelled: list[int]

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in self.__slots__}

    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two exports beside each other. composition: by what is counted and its value, how many
    rows the first and the second have, where that differs.
    """

    patch: Patch
    rows: tuple[int, int]
    composition: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)


def difference(one: Export, other: Export) -> Difference:
    """What the second export has, has not and has otherwise. Raises ExportError."""
    first, second = index_of(one), index_of(other)
    composition = {
        name: told for name in COMPOSITION if (told := _counts(first[name], second[name]))
    }
    return Difference(_patch(first, second), (len(first), len(second)), composition)


def patch(export: Export) -> Patch:
    """What the same selection would have now, beside what the export has. Raises ExportError."""
    return _patch(index_of(export), index_now(export))


def index_of(export: Export) -> pa.Table:
    """The index of a finished export. Raises ExportError where it is gone."""
    where = stores.storage(storing.NAME)
    name = storing.key(export, storing.part_name(export, Part.INDEX))
    if not export.sha256 or export.deleted_at or not where.exists(name):
        raise ExportError(f"Export {export.pk} has no files (any more).")
    file: IO[bytes]
    with where.open(name) as file:
        return pq.read_table(pa.BufferReader(file.read()))


def index_now(export: Export) -> pa.Table:
    """The index that the same selection would have if it was written now."""
    filters, care = Filters.of(export.filters), Care.of(export.care)
    shape = Shape.of(export.shape)
    with transaction.atomic():
        columns = list(zip(*_entries(filters, care, shape), strict=True))
    arrays = [
        column(values, one.type)
        for values, one in zip(columns or [()] * len(INDEX), INDEX, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=INDEX)


def _entries(filters: Filters, care: Care, shape: Shape) -> Iterator[tuple[Any, ...]]:
    prompts = Prompts()
    for item, row, other in stream_pairs(choose(filters, care, shape), shape):
        try:
            prompt = prompt_of(row, prompts)
        except PromptChangedError:
            continue
        pair = Pair(row, 0, item.split, said(row.verdicts), prompt, other)
        yield (
            row.response_id, other.response_id if other else 0, pair.content(), pair.labelled(),
            item.split, row.asked.kind, row.dialect, pair.said.overall, pair.said.portability,
        )  # fmt: skip


def _patch(first: pa.Table, second: pa.Table) -> Patch:
    keys, others = _keys(first), _keys(second)
    _, at, there = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
    texts = _differ(first, second, "content", at, there)
    moved = _differ(first, second, "split", at, there)
    labels = _differ(first, second, "labels", at, there) & ~(texts | moved)
    return Patch(
        added=_responses(second, ~np.isin(others, keys)),
        removed=_responses(first, ~np.isin(keys, others)),
        changed=_responses(first.take(at), texts | moved),
        relabelled=_responses(first.take(at), labels),
    )


def _keys(table: pa.Table) -> NDArray[Any]:
    """A row is known by its response, and in preferences by both."""
    pairs = np.empty(len(table), dtype=[("response", "i8"), ("rejected", "i8")])
    pairs["response"] = table["response"].to_numpy()
    pairs["rejected"] = table["rejected"].to_numpy()
    return pairs


def _differ(
    first: pa.Table, second: pa.Table, name: str, at: NDArray[Any], there: NDArray[Any]
) -> NDArray[np.bool_]:
    one, other = _plain(first[name].take(at)), _plain(second[name].take(there))
    differs: NDArray[np.bool_] = pc.not_equal(one, other).to_numpy(zero_copy_only=False)
    return differs.astype(bool)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array


def _responses(table: pa.Table, which: NDArray[np.bool_]) -> list[int]:
    found: list[int] = np.unique(table["response"].to_numpy()[which]).tolist()
    return found


def _counts(first: pa.ChunkedArray, second: pa.ChunkedArray) -> dict[str, tuple[int, int]]:
    one, other = (
        {str(row["values"]): int(row["counts"]) for row in column.value_counts().to_pylist()}
        for column in (first, second)
    )
    names = sorted(one.keys() | other.keys())
    both = {name: (one.get(name, 0), other.get(name, 0)) for name in names}
    return {name: counts for name, counts in both.items() if counts[0] != counts[1]}
