"""File names: which kind they say, whether they are safe, and how odd ones become clean text."""

import re
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from apps.seeds.readers.base import SourceError

SQL_SUFFIXES = (
    ".sql",
    ".ddl",
    ".dml",
    ".pgsql",
    ".psql",
    ".plsql",
    ".pls",
    ".pks",
    ".pkb",
    ".plb",
    ".mysql",
    ".tsql",
)
PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
TAR_SUFFIXES = (
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tzst",
)
_TABLE_PACKINGS = ("", ".gz", ".zst")
JSONL_SUFFIXES = tuple(
    name + packed for name in (".jsonl", ".ndjson") for packed in _TABLE_PACKINGS
)
JSON_SUFFIXES = tuple(".json" + packed for packed in _TABLE_PACKINGS)
CSV_SUFFIXES = tuple(name + packed for name in (".csv", ".tsv") for packed in _TABLE_PACKINGS)
PARQUET_SUFFIXES = (".parquet", ".pq")

_QUOTED = "percent:"
_DATA_SET = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


class FileKind(StrEnum):
    SQL = "sql"
    PACKED = "packed"
    ZIP = "zip"
    TAR = "tar"
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def is_sql_name(name: str) -> bool:
    """Whether a name is that of an SQL script, packed or not."""
    lowered = name.lower()
    for suffix in PACKED_SUFFIXES:
        lowered = lowered.removesuffix(suffix)
    return lowered.endswith(SQL_SUFFIXES)


def kind_of(name: str) -> FileKind | None:
    """The kind of file a name promises, None when it is none that Winnow reads."""
    lowered = name.lower()
    for kind, suffixes in (
        (FileKind.TAR, TAR_SUFFIXES),
        (FileKind.JSONL, JSONL_SUFFIXES),
        (FileKind.JSON, JSON_SUFFIXES),
        (FileKind.CSV, CSV_SUFFIXES),
        (FileKind.PARQUET, PARQUET_SUFFIXES),
        (FileKind.ZIP, (".zip",)),
        (FileKind.PACKED, PACKED_SUFFIXES),
        (FileKind.SQL, SQL_SUFFIXES),
    ):
        if lowered.endswith(suffixes):
            return kind
    return None


def is_data_set(name: str) -> bool:
    """Whether this is written as the Hugging Face Hub names its data sets: owner/name."""
    return _DATA_SET.fullmatch(name) is not None


def is_local_path(name: str) -> bool:
    """Whether this is written as a path: from the root, or from here."""
    return name.startswith(("/", "."))


def check_data_set(name: str) -> None:
    """`datasets` takes json, csv and the like for its own loaders, which read the folder that this
    process happens to run in; and a folder before a data set of the same name.

    Raises SourceError for what is neither owner/name nor a path.
    """
    if is_local_path(name):
        if not Path(name).is_dir():
            raise SourceError(f"There is no folder {name!r}.")
        return
    if not is_data_set(name):
        raise SourceError(
            f"{name[:200]!r} is no data set: one is written owner/name, a local folder as a path,"
            " beginning with / or ./"
        )
    if Path(name).exists():
        raise SourceError(
            f"There is a folder {name} here. It is written hf:./{name}; to read the data set of"
            " that name, start elsewhere."
        )


def is_unsafe_member(name: str) -> bool:
    """Whether an archive member's name points outside the archive on any system."""
    parts = re.split(r"[/\\]", name)
    return (
        "\0" in name or ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", name) is not None
    )


def clean(name: str) -> str:
    """A name that PostgreSQL can store: undecodable bytes and NUL become visible escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def pack_path(name: str) -> str:
    """A file system path as clean text from which unpack_path makes the same path again."""
    raw = name.encode("utf-8", "surrogateescape")
    if clean(name) == name and not name.startswith(_QUOTED):
        return name
    return _QUOTED + quote_from_bytes(raw)


def unpack_path(packed: str) -> str:
    """The inverse of pack_path."""
    if not packed.startswith(_QUOTED):
        return packed
    return unquote_to_bytes(packed.removeprefix(_QUOTED)).decode("utf-8", "surrogateescape")
