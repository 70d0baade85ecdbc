"""Files of benchmark questions: BIRD's and Spider's JSON arrays, dialogues, what lies below a key,
JSONL, or text by the line; packed or not.

Read as a stream: what is odd in a file is told, and the others are read. What cannot be read to its
end is refused, since nobody knows which questions it had.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from apps.generation.import_packing import PackedError, unpacked
from apps.generation.import_reading import MOST_RECORD_BYTES, BadRow, read_records

MOST_BYTES = 256 * 1024 * 1024  # as it lies there, and unpacked
MOST_WHOLE = 32 * 1024 * 1024  # of one JSON object that has all questions below a key
MOST_QUESTIONS = 500_000
MOST_TEXT = 100_000  # characters of a question, or of its SQL
MOST_TEXTS = 64 * 1024 * 1024  # characters of all of them
MOST_ODD = 20  # of what is odd, as it is told
SUFFIXES = (".json", ".jsonl", ".txt")
PACKED = (".gz", ".zst")
MOST_DEEP = 4  # levels below a record
# As BIRD, Spider and others name them.
_QUESTIONS = ("question", "instruction", "utterance")
_QUERIES = ("SQL", "sql", "query", "gold_sql")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Of what these reasons are given for nobody knows how much is behind it.
_ENDS = ("broken_packing", "hopeless")


class BenchmarkError(Exception):
    """A file of questions cannot be read; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `number` counts those of the file from 0. Either text may be empty."""

    number: int
    text: str
    sql: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A file that pairs were held against, without its questions: see `Benchmark`."""

    sha256: str
    questions: int
    odd: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A file of questions. sha256: hex, of its bytes; odd: how many of its lines or records could
    not be read as questions; told: of the first of them place and reason.
    """

    name: str
    sha256: str
    questions: tuple[Question, ...]
    odd: int = 0
    told: tuple[str, ...] = ()

    @property
    def compared(self) -> Compared:
        return Compared(self.sha256, len(self.questions), self.odd, self.told)


@dataclass(slots=True)
class _Kept:
    """What is read of a file so far."""

    name: str
    questions: list[Question] = field(default_factory=list)
    odd: int = 0
    told: list[str] = field(default_factory=list)
    characters: int = 0

    def add(self, question: str, sql: str, place: str) -> None:
        if max(len(question), len(sql)) > MOST_TEXT:
            self.tell(place, f"a text of more than {MOST_TEXT:,} characters")
            return
        self.characters += len(question) + len(sql)
        if len(self.questions) == MOST_QUESTIONS or self.characters > MOST_TEXTS:
            raise BenchmarkError(
                f"{self.name} has more than {MOST_QUESTIONS:,} questions, or {MOST_TEXTS:,}"
                " characters of them: cut it into files."
            )
        self.questions.append(Question(len(self.questions), question, sql))

    def tell(self, place: str, what: str) -> None:
        self.odd += 1
        if len(self.told) < MOST_ODD:
            self.told.append(f"{place}: {what}")


def folder() -> Path:
    """Where the operator puts files of questions; it need not be there."""
    return Path(settings.VAR_DIR) / "benchmarks"


def names() -> list[str]:
    """The files of questions that are there."""
    root = folder()
    files = sorted(root.iterdir()) if root.is_dir() else []
    return [file.name for file in files if _is_named_so(file.name) and file.is_file()]


def _is_named_so(name: str) -> bool:
    for ending in PACKED:
        name = name.removesuffix(ending)
    return name.endswith(SUFFIXES)


def read_named(name: str) -> Benchmark:
    """A file of the folder. Raises BenchmarkError."""
    if name not in names():
        raise BenchmarkError(f"There is no file {name} in {folder()}.")
    return read(folder() / name)


def read(path: Path) -> Benchmark:
    """A file of questions. Raises BenchmarkError."""
    kept = _Kept(path.name)
    try:
        with path.open("rb") as stream:
            if path.stat().st_size > MOST_BYTES:
                raise BenchmarkError(f"{path.name} is larger than {MOST_BYTES // 2**20} MiB.")
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            _read(stream, kept)
    except OSError as error:
        raise BenchmarkError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except PackedError as error:
        raise BenchmarkError(f"{path.name} cannot be unpacked. {error}") from error
    if not kept.questions:
        first = f": {kept.told[0]}" if kept.told else ""
        raise BenchmarkError(f"{path.name} has no questions{first}.")
    return Benchmark(path.name, digest, tuple(kept.questions), kept.odd, tuple(kept.told))


def _read(stream: IO[bytes], kept: _Kept) -> None:
    start = _opened(stream).read(4096)
    if start.startswith(_WIDE) or 4 * start.count(0) > len(start):
        raise BenchmarkError(f"{kept.name} is UTF-16, or no text: save it as UTF-8.")
    head = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if head == b"{" and not _is_of_lines(_opened(stream)):
        _take(_whole_object(_opened(stream), kept.name), "file", kept)
    elif head in (b"[", b"{"):
        records = read_records(stream, most=MOST_BYTES)
        for number, (line, record) in enumerate(records, start=1):
            _take(record, f"line {line}, record {number}", kept)
    else:
        _take_lines(_opened(stream), kept)


def _opened(stream: IO[bytes]) -> IO[bytes]:
    stream.seek(0)
    return unpacked(stream, MOST_BYTES)


def _is_of_lines(stream: IO[bytes]) -> bool:
    """Whether a file that begins with { has an object a line: one that is set over many lines
    begins with {, and one without line breaks is alone.
    """
    line = stream.readline(MOST_RECORD_BYTES + 1)
    while not line.strip():
        line = stream.readline(MOST_RECORD_BYTES + 1)
    if len(line) <= MOST_RECORD_BYTES:
        return line.rstrip()[-1:] == b"}"
    while line and not line.endswith(b"\n"):
        line = stream.readline(1 << 20)
    return bool(stream.read(4096).strip())


def _whole_object(stream: IO[bytes], name: str) -> Any:
    data = stream.read(MOST_WHOLE + 1)
    if len(data) > MOST_WHOLE:
        raise BenchmarkError(
            f"{name} is one JSON object of more than {MOST_WHOLE // 2**20} MiB: save what it lists"
            " as an array, or an object a line."
        )
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"{name} is not UTF-8 at byte {error.start}.") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{name}, file: no JSON ({str(error)[:200]}).") from error


def _take_lines(stream: IO[bytes], kept: _Kept) -> None:
    """A question a line, of a text without JSON."""
    number = 0
    while line := stream.readline(4 * MOST_TEXT):
        number += 1
        if len(line) == 4 * MOST_TEXT:
            kept.tell(f"line {number}", f"a text of more than {MOST_TEXT:,} characters")
            while line and not line.endswith(b"\n"):
                line = stream.readline(1 << 20)
            continue
        try:
            text = _whole(line.decode("utf-8-sig" if number == 1 else "utf-8").strip())
        except UnicodeDecodeError as error:
            kept.tell(f"line {number}", f"not UTF-8 at byte {error.start} of the line")
            continue
        if text:
            kept.add(text, "", f"line {number}")


def _take(record: object, place: str, kept: _Kept) -> None:
    """Question and SQL of a record, or of those that lie in it: files have them below `data`, and
    dialogues (SParC, CoSQL) have one a turn.
    """
    if isinstance(record, BadRow):
        if record.reason in _ENDS:
            raise BenchmarkError(f"{kept.name}, {place}: {record.message}")
        kept.tell(place, record.message.rstrip("."))
        return
    if not isinstance(record, dict):
        kept.tell(place, "not a JSON object")
        return
    found = list(_within(record, MOST_DEEP))
    if not found:
        kept.tell(
            place,
            f"neither a question ({', '.join(_QUESTIONS)}) nor SQL ({', '.join(_QUERIES)}) as text",
        )
    for question, sql in found:
        kept.add(question, sql, place)


def _within(value: object, deep: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        question, sql = _first(value, _QUESTIONS), _first(value, _QUERIES)
        if question or sql:
            yield question, sql
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if deep:
        for part in parts:
            yield from _within(part, deep - 1)


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> str:
    found = (record[key] for key in keys if isinstance(record.get(key), str))
    return next((_whole(text) for text in found if text), "")


def _whole(text: str) -> str:
    """As pairs are stored: without NUL. Half a character, which is none in UTF-8, is shown as what
    it is.
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode()
