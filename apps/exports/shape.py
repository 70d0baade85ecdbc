"""How an export is to look: its format, its files, what a prompt and a response contain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    """What a row is; the names are used on the command line and in addresses."""

    RECORD = "record"
    CHAT = "chat"
    ALPACA = "alpaca"
    PROMPT_COMPLETION = "prompt_completion"
    PREFERENCE = "preference"
    UNPAIRED = "unpaired"
    SHAREGPT = "sharegpt"


class FileKind(StrEnum):
    """How rows are written; the value is the ending of the file's name."""

    JSONL = "jsonl"
    JSONL_GZ = "jsonl.gz"
    JSONL_ZST = "jsonl.zst"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows look. The record format always has the whole prompt and the whole response.

    schema, dialect: a prompt contains them beside the instruction, where they are known.
    sql_only: the response is its SQL alone.
    columns: beside the format's own columns there are id, kind, dialect, licence, portability.
    """

    format: Format = Format.RECORD
    file: FileKind = FileKind.JSONL
    schema: bool = False
    dialect: bool = False
    sql_only: bool = False
    columns: bool = False

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Shape:
        """The shape that `stored` made a dict of."""
        known: dict[str, Any] = dict(stored)
        for name, kind in (("format", Format), ("file", FileKind)):
            if name in known:
                known[name] = kind(known[name])
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """As JSON: what differs from the usual."""
        usual = asdict(Shape())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    @property
    def with_schema(self) -> bool:
        return self.schema and self.format is not Format.RECORD

    @property
    def with_sql(self) -> bool:
        return self.sql_only and self.format is not Format.RECORD
