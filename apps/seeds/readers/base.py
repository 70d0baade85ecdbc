"""What every reader shares: positions, items, refusals, options and the protocol itself."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

MEBIBYTE = 1024 * 1024


class Reason(StrEnum):
    """Why a file or row gave no item: the code that is stored and counted."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    ZIP_BOMB = "zip_bomb"
    UNSAFE_PATH = "unsafe_path"
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    NOT_A_FILE = "not_a_file"
    PERMISSION_DENIED = "permission_denied"
    DISAPPEARED = "disappeared"
    IO_ERROR = "io_error"
    NO_TEXT_COLUMN = "no_text_column"
    BAD_ROW = "bad_row"
    LICENCE = "licence"
    MISSING_BLOB = "missing_blob"
    DOWNLOAD_FAILED = "download_failed"


class LicencePolicy(StrEnum):
    """Which files a licence lets through; see licences.py for the rule."""

    PERMISSIVE = "permissive"
    """Drop what is known not to be permissive, keep what has no known licence."""
    STRICT = "strict"
    """Keep only what is known to be permissive."""
    ANY = "any"


class SourceError(Exception):
    """The whole source cannot be read; the message names the fix."""


class Rejection(Exception):
    """One file or row cannot be read. Readers raise it inside and yield an Unreadable for it."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Entry:
    """A position in a source, cheap to make and small as JSON, from which reading can resume.

    `start` and `stop` count what the kind of file counts: members of an archive, bytes of a JSONL
    file, rows of a Parquet file; `stop` None means "to the end". `group` is a Parquet row group,
    `offset` the byte at which a reader may jump in. `items` is how many files the entry holds
    (a guess for JSONL), `size` their bytes as far as the source tells (0: unknown).
    """

    path: str
    start: int = 0
    stop: int | None = None
    group: int = 0
    offset: int = 0
    items: int = 1
    size: int = 0

    def to_json(self) -> dict[str, Any]:
        """A dict of strings and ints, which Entry.from_json reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Entry":
        """Raises TypeError where `value` has a field that Entry does not know."""
        return cls(**value)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One file's raw bytes with what the source tells of it.

    `locator` names the file within the source, once only and for good; `path` is its readable name
    (for a row, its path in its repository). `encoding_hint` is what the source says of `data`,
    None where it says nothing.
    """

    path: str
    locator: str
    data: bytes
    encoding_hint: str | None = None
    repository: str = ""
    licences: tuple[str, ...] = ()
    blob_id: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of an item that could not be read, so that the rest goes on."""

    path: str
    locator: str
    reason: Reason
    message: str
    repository: str = ""
    licences: tuple[str, ...] = ()
    blob_id: str = ""


Outcome = SourceItem | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketOptions:
    """How the Software Heritage bucket is read; botocore also honours AWS_ENDPOINT_URL_S3."""

    bucket: str = "softwareheritage"
    endpoint_url: str | None = None
    concurrency: int = 32
    bytes_in_flight: int = 96 * MEBIBYTE
    attempts: int = 5
    first_delay: float = 0.5
    timeout: float = 20.0
    failures_in_a_row: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What may be set about reading. Sizes are in bytes.

    `max_ratio` is how many times larger than its packed form a member may become once it has
    passed `bomb_floor`; `max_archive_bytes` is what a whole archive may unpack to in one reading.
    `config`, `data_dir`, `split` and `revision` choose a part of a Hugging Face data set.
    """

    text_column: str | None = None
    max_file_bytes: int = 64 * MEBIBYTE
    max_ratio: int = 300
    bomb_floor: int = 16 * MEBIBYTE
    max_archive_bytes: int = 64 * 1024 * MEBIBYTE
    licences: LicencePolicy = LicencePolicy.PERMISSIVE
    range_bytes: int = 16 * MEBIBYTE
    range_items: int = 1000
    config: str | None = None
    data_dir: str | None = None
    split: str = "train"
    revision: str | None = None
    bucket: BucketOptions = field(default_factory=BucketOptions)


class Reader(Protocol):
    """A source that lists its positions and reads from any of them, both streaming and in a
    fixed order."""

    def manifest(self) -> Iterator[Entry]:
        """All positions, without reading contents. Bad content never raises here: a position is
        given for it, and reading that position says what is wrong."""
        ...

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        """The items at `entries`, one outcome for every file or row. Raises SourceError only when
        the source itself is out of reach."""
        ...


def chunks(entries: Iterable[Entry], *, items: int = 16_000) -> Iterator[tuple[Entry, ...]]:
    """Runs of consecutive entries that hold about `items` files each: one work unit apiece."""
    chunk: list[Entry] = []
    held = 0
    for entry in entries:
        if chunk and held + entry.items > items:
            yield tuple(chunk)
            chunk, held = [], 0
        chunk.append(entry)
        held += entry.items
    if chunk:
        yield tuple(chunk)


def joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Neighbouring ranges of one file or row group as one, so that they are read in one pass."""
    run: Entry | None = None
    for entry in entries:
        if run is not None and (run.path, run.group, run.stop) == (
            entry.path,
            entry.group,
            entry.start,
        ):
            run = replace(run, stop=entry.stop, items=run.items + entry.items)
            continue
        if run is not None:
            yield run
        run = entry
    if run is not None:
        yield run
