"""Data sets of the Hugging Face Hub, or local folders of one, streamed through `datasets`."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import datasets
import fsspec  # type: ignore[import-untyped]
import pyarrow.parquet as pq
from datasets.exceptions import DatasetNotFoundError
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from apps.seeds.readers.base import (
    MEBIBYTE,
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    SourceError,
    Unreadable,
    joined,
)
from apps.seeds.readers.limits import BombGuard
from apps.seeds.readers.names import PARQUET_SUFFIXES, check_data_set, is_local_path
from apps.seeds.readers.parquet import (
    DAMAGED,
    check_row_group,
    group_values,
    open_table,
    row_ranges,
    rows_per_batch,
)
from apps.seeds.readers.rows import Row, outcomes, wanted_columns
from apps.seeds.readers.scripts import unreadable

_GUESSED_ITEMS = 16_000
_BUFFER_BYTES = 4 * MEBIBYTE
# `datasets` unpacks a whole row group before it gives the first row; larger ones are read by pages.
_LARGEST_GROUP = 64 * MEBIBYTE
# The SQL part of the data sets that this was written for: configuration and folder.
_SQL_PARTS = {
    "bigcode/the-stack-dedup": (None, "data/sql"),
    "bigcode/the-stack": (None, "data/sql"),
    "bigcode/the-stack-v2-dedup": ("SQL", None),
    "bigcode/the-stack-v2": ("SQL", None),
}
_ABSENT = (DatasetNotFoundError, RepositoryNotFoundError, RevisionNotFoundError)


class HubReader:
    """One split of a data set. Entries name a file at a fixed revision, so that a run that is
    resumed a week later reads the same rows; a file that is not Parquet is one entry. `name` is
    owner/name, or a path (beginning with / or .) to a folder of one.

    Raises SourceError where the data set cannot be reached or has no column that holds the SQL.
    """

    def __init__(self, name: str, *, options: ReadOptions) -> None:
        check_data_set(name)
        self.name = name
        self.options = options
        self.files = self._resolved()
        self._metadata = lru_cache(maxsize=8)(_metadata)
        self._shards = lru_cache(maxsize=2)(self._sharded)
        self._check_columns()

    def manifest(self) -> Iterator[Entry]:
        for url in self.files:
            if not _is_parquet(url):
                yield Entry(path=url, items=_GUESSED_ITEMS)
                continue
            with _explaining(self.name):
                try:
                    yield from row_ranges(self._metadata(url), url, self.options)
                except DAMAGED:
                    yield Entry(path=url)

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return outcomes(self._rows(entries), self.options)

    def _resolved(self) -> tuple[str, ...]:
        config, data_dir = _SQL_PARTS.get(self.name, (None, None))
        with _explaining(self.name):
            builder = datasets.load_dataset_builder(
                self.name,
                name=self.options.config or config,
                data_dir=self.options.data_dir or data_dir,
                revision=self.options.revision,
            )
        # The names are NamedSplit objects, which equal strings but do not join.
        parts = {str(part): urls for part, urls in (builder.config.data_files or {}).items()}
        if self.options.split not in parts:
            raise SourceError(
                f"{self.name} has no split {self.options.split!r}; "
                f"it has: {', '.join(parts) or 'no data files'}."
            )
        files = tuple(parts[self.options.split])
        self._check_place(files)
        return files

    def _check_place(self, files: Iterable[str]) -> None:
        """A data set's own description says where its files lie: not on this server, please."""
        is_local = is_local_path(self.name)
        own = f"{Path(self.name).resolve()}/" if is_local else f"hf://datasets/{self.name}@"
        strange = next((url for url in files if not url.startswith(own)), None)
        if strange is not None:
            raise SourceError(
                f"{self.name} names a file outside of itself, {strange[:200]!r}: not read."
            )

    def _check_columns(self) -> None:
        """Raises NoTextColumn by the first file that can be read."""
        for url in self.files:
            with _explaining(self.name):
                try:
                    if _is_parquet(url):
                        names = self._metadata(url).schema.to_arrow_schema().names
                    else:
                        names = next(iter(self._shards(url)), {})
                except DAMAGED:
                    continue
            wanted_columns(names, self.options)
            return

    def _rows(self, entries: Iterable[Entry]) -> Iterator[Row | Unreadable]:
        for entry in joined(entries):
            label = self._label(entry.path)
            row = entry.start
            with _explaining(self.name):
                try:
                    guard = self._guard(entry)
                    for row, values in enumerate(self._values(entry), entry.start):
                        guard.count(_text_bytes(values))
                        yield Row(f"{label}#{entry.group}:{row}", values)
                except (Rejection, *DAMAGED, FileNotFoundError) as error:
                    damage = Rejection(Reason.BROKEN, f"Damaged, cut off or gone: {error}")
                    rejection = error if isinstance(error, Rejection) else damage
                    locator = f"{label}#{entry.group}:{row}-end"
                    yield unreadable(rejection, path=label, locator=locator)

    def _label(self, url: str) -> str:
        """A file's path within its data set, the same wherever that lies."""
        folder = f"{Path(self.name).resolve()}/"
        return re.sub(r"^hf://datasets/[^@]*@[^/]*/", "", url).removeprefix(folder)

    def _values(self, entry: Entry) -> Iterator[dict[str, object]]:
        shards = self._shards(entry.path)
        if _is_parquet(entry.path):
            metadata = self._metadata(entry.path)
            if metadata.row_group(entry.group).total_byte_size > _LARGEST_GROUP:
                yield from self._values_by_page(entry)
                return
            shards = shards.shard(num_shards=metadata.num_row_groups, index=entry.group)
        rows = shards.skip(entry.start) if entry.start else shards
        yield from rows if entry.stop is None else rows.take(entry.stop - entry.start)

    def _guard(self, entry: Entry) -> BombGuard:
        """What an entry's texts may unpack to: of a Parquet file its share of the row group's."""
        if not _is_parquet(entry.path):
            files, path = fsspec.core.url_to_fs(entry.path)
            guard = BombGuard(packed_bytes=files.size(path) or 0, options=self.options)
            # One that is not packed is as large as it is.
            guard.allowed = max(guard.allowed, files.size(path) or 0)
            return guard
        metadata = self._metadata(entry.path)
        check_row_group(metadata, entry.group, self.options)
        group = metadata.row_group(entry.group)
        packed = sum(group.column(n).total_compressed_size for n in range(group.num_columns))
        guard = BombGuard(packed_bytes=packed, options=self.options)
        if entry.stop is not None:
            guard.allowed = guard.allowed * (entry.stop - entry.start) // group.num_rows
        return guard

    def _values_by_page(self, entry: Entry) -> Iterator[dict[str, object]]:
        with (
            fsspec.open(entry.path, "rb") as stream,
            open_table(stream, buffer_bytes=_BUFFER_BYTES) as table,
        ):
            for _, values in group_values(table, entry, self.options):
                yield values

    def _sharded(self, url: str) -> Any:
        """The streaming data set of one file, a shard for each of its row groups."""
        if not _is_parquet(url):
            return datasets.load_dataset(
                _loader(url), data_files={"train": [url]}, split="train", streaming=True
            )
        metadata = self._metadata(url)
        return datasets.load_dataset(
            "parquet",
            data_files={"train": [url]},
            split="train",
            streaming=True,
            columns=wanted_columns(metadata.schema.to_arrow_schema().names, self.options),
            batch_size=rows_per_batch(metadata, 0) if metadata.num_row_groups else 1,
        ).reshard()


def _text_bytes(values: dict[str, object]) -> int:
    """How long a row's texts are, in bytes or characters."""
    return sum(len(value) for value in values.values() if isinstance(value, str | bytes))


@contextmanager
def _explaining(name: str) -> Iterator[None]:
    """Whatever the libraries raise, of which no list is complete, says what it said."""
    try:
        yield
    except (SourceError, Rejection, MemoryError):
        raise
    except Exception as error:
        raise explained(error, name) from error


def explained(error: Exception, name: str) -> SourceError:
    """What to do about an error of the Hub, by the types in the whole chain of its causes: the
    text names the data set, whatever that is called, and says "private or gated" of any.
    """
    seen = _chain(error)
    if any(_is_gated(link) for link in seen):
        return SourceError(
            f"{name} is gated. Log in at https://huggingface.co/datasets/{name} and accept its "
            "terms there; then run `hf auth login`, or set HF_TOKEN to a token from "
            "https://huggingface.co/settings/tokens."
        )
    if any(isinstance(link, _ABSENT) for link in seen):
        return SourceError(
            f"There is no data set {name} that may be seen: check its name and revision; "
            "a private one needs `hf auth login` or HF_TOKEN."
        )
    if any(_refuses_token(link) for link in seen):
        return SourceError(
            f"The Hub refuses the token for {name}: run `hf auth login` again, or set HF_TOKEN to "
            "a token from https://huggingface.co/settings/tokens."
        )
    if any(re.search(r"OfflineMode|Connect|Timeout", type(link).__name__) for link in seen):
        return SourceError(
            f"The Hugging Face Hub cannot be reached for {name}: check the network, HTTPS_PROXY "
            "and HF_ENDPOINT, and that HF_HUB_OFFLINE is not set; then resume."
        )
    return SourceError(f"{name} cannot be read: {type(error).__name__}: {str(error)[:500]}")


def _is_gated(error: BaseException) -> bool:
    """`datasets` hides the Hub's error behind one of its own, which differs by its text only."""
    if isinstance(error, DatasetNotFoundError):
        return "' is a gated dataset" in str(error)
    return isinstance(error, GatedRepoError)


def _refuses_token(error: BaseException) -> bool:
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (401, 403)
    return isinstance(error, LocalTokenNotFoundError) or "Invalid user token" in str(error)


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or link.__context__
    return links


def _metadata(url: str) -> Any:
    """The footer of a Parquet file: a few small requests, no rows."""
    with fsspec.open(url, "rb") as stream, pq.ParquetFile(stream) as table:
        return table.metadata


def _is_parquet(url: str) -> bool:
    return url.lower().endswith(PARQUET_SUFFIXES)


def _loader(url: str) -> str:
    for loader, pattern in (("json", r"\.(jsonl?|ndjson)\b"), ("csv", r"\.[ct]sv\b")):
        if re.search(pattern, url.lower()):
            return loader
    raise SourceError(f"{url} is neither Parquet, JSON nor CSV: it cannot be streamed.")
