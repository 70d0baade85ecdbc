"""A file on its way from its source into the database: where it is from, what was found in it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from apps.seeds.extraction.chain import ExtractionSettings, Rejection, SeedCandidate
from apps.seeds.models import GatheringCount
from apps.seeds.readers.base import LicencePolicy, SourceItem, Unreadable
from apps.sql.dialects import Dialect

SAMPLES_PER_REASON = 5  # of one file
MOST_PATH_BYTES = 2_000  # a B-tree index, rejected_once, takes lines of 2,704 bytes
CRASHED = "parser_crashed"
Group = GatheringCount.Group


@dataclass(slots=True)
class ReadFile:
    """One file with what was found in it. `counts` is keyed by (group, code); `size` in bytes."""

    key: bytes
    path: str
    repository: str = ""
    licences: tuple[str, ...] = ()
    own_licence: str = ""
    blob_id: str = ""
    size: int = 0
    encoding: str = ""
    dialect: str = ""
    dialect_confidence: float = 0.0
    dialect_of_neighbours: bool = False
    waits: bool = False
    reason: str = ""
    message: str = ""
    seeds: list[SeedCandidate] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, origin: SourceItem | Unreadable, key: bytes) -> ReadFile:
        """The file without its content."""
        return cls(
            key=key,
            path=bounded(clean(origin.path)),
            repository=clean(origin.repository)[:300],
            licences=tuple(clean(licence)[:100] for licence in origin.licences),
            blob_id=clean(origin.blob_id)[:64],
            size=len(origin.data) if isinstance(origin, SourceItem) else 0,
        )

    def reject(self, item: Rejection) -> None:
        """Count a rejection, and keep it as a sample while there are few."""
        key = (Group.REJECTED, item.reason)
        times = self.counts[key] = self.counts[key] + item.number
        if times <= SAMPLES_PER_REASON:
            self.rejections.append(item)


def file_key(origin: SourceItem | Unreadable) -> bytes:
    """SHA-256 of the file's place in its source and of its content (or why there is none)."""
    content = origin.data if isinstance(origin, SourceItem) else origin.reason.value.encode()
    return hashlib.sha256(
        origin.locator.encode() + b"\0" + hashlib.sha256(content).digest()
    ).digest()


@dataclass(frozen=True, slots=True)
class Limits:
    """For one file: seconds, and bytes of memory beside twice its own size."""

    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Read:
    """What is to be read: `file` says where it is from and takes what is found; `policy` is asked
    of the licence that the file itself names. With `neighbours` None a file that says nothing of
    its dialect is handed back unread: it `waits` for them.
    """

    file: ReadFile
    encoding_hint: str
    settings: ExtractionSettings
    seeds_per_file: int
    policy: LicencePolicy = LicencePolicy.ANY
    neighbours: Counter[Dialect] | None = field(default_factory=Counter)


def bounded(path: str) -> str:
    """A path that an index can hold; of a longer one both ends, and a hash that keeps it apart."""
    raw = path.encode()
    if len(raw) <= MOST_PATH_BYTES:
        return path
    half = MOST_PATH_BYTES // 2 - 20
    digest = hashlib.sha256(raw).hexdigest()[:16]
    ends = (raw[:half].decode(errors="ignore"), raw[-half:].decode(errors="ignore"))
    return f"{ends[0]}…{digest}…{ends[1]}"


def clean(text: str) -> str:
    """PostgreSQL's text cannot hold NUL; it is shown as the symbol for it."""
    return text.replace("\0", "\u2400")
