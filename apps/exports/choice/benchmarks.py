"""Files of benchmark questions: BIRD's and Spider's JSON arrays, dialogues, what lies below a key,
JSONL, or text by the line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

MOST_BYTES = 256 * 1024 * 1024
SUFFIXES = (".json", ".jsonl", ".txt")
MOST_DEEP = 4  # levels below a record
# As BIRD, Spider and others name them.
_QUESTIONS = ("question", "instruction", "utterance")
_QUERIES = ("SQL", "sql", "query", "gold_sql")


class BenchmarkError(Exception):
    """A file of questions cannot be read; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `number` counts those of the file from 0. Either text may be empty."""

    number: int
    text: str
    sql: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A file of questions. sha256: hex, of its bytes."""

    name: str
    sha256: str
    questions: tuple[Question, ...]


def folder() -> Path:
    """Where the operator puts files of questions; it need not be there."""
    return Path(settings.VAR_DIR) / "benchmarks"


def names() -> list[str]:
    """The files of questions that are there."""
    root = folder()
    files = sorted(root.iterdir()) if root.is_dir() else []
    return [file.name for file in files if file.suffix in SUFFIXES and file.is_file()]


def read_named(name: str) -> Benchmark:
    """A file of the folder. Raises BenchmarkError."""
    if name not in names():
        raise BenchmarkError(f"There is no file {name} in {folder()}.")
    return read(folder() / name)


def read(path: Path) -> Benchmark:
    """A file of questions. Raises BenchmarkError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BenchmarkError(f"{path.name} is larger than {MOST_BYTES // 2**20} MiB.")
        data = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"{path.name} is not UTF-8 at byte {error.start}.") from error
    questions = tuple(_questions(path.name, text))
    if not questions:
        raise BenchmarkError(f"{path.name} has no questions.")
    return Benchmark(path.name, hashlib.sha256(data).hexdigest(), questions)


def _questions(name: str, text: str) -> Iterator[Question]:
    if text.lstrip()[:1] not in ("[", "{"):
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        yield from (Question(number, _whole(line), "") for number, line in enumerate(lines))
        return
    found = (one for record, place in _records(name, text) for one in _asked(name, record, place))
    for number, (question, sql) in enumerate(found):
        yield Question(number, question, sql)


def _records(name: str, text: str) -> Iterator[tuple[Any, str]]:
    """What the file lists, each with its place in words: one JSON text, or one a line."""
    if text.lstrip()[:1] == "{":
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) == 1 or _is_object(lines[0][1]):
            for number, line in lines:
                yield _loaded(name, line, f"line {number}"), f"line {number}"
            return
    loaded = _loaded(name, text, "file")
    if isinstance(loaded, dict):
        yield loaded, "file"
        return
    yield from ((record, f"record {number}") for number, record in enumerate(loaded))


def _is_object(line: str) -> bool:
    """Whether a line is an object by itself; one that is set over many lines begins with {."""
    return line.rstrip()[-1:] == "}"


def _loaded(name: str, text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{name}, {place}: no JSON ({str(error)[:200]}).") from error


def _asked(name: str, record: object, place: str) -> Iterator[tuple[str, str]]:
    """Question and SQL of a record, or of those that lie in it: files have them below `data`, and
    dialogues (SParC, CoSQL) have one a turn.
    """
    if not isinstance(record, dict):
        raise BenchmarkError(f"{name}, {place}: not a JSON object.")
    found = list(_within(record, MOST_DEEP))
    if not found:
        raise BenchmarkError(
            f"{name}, {place}: neither a question ({', '.join(_QUESTIONS)})"
            f" nor SQL ({', '.join(_QUERIES)}) as text."
        )
    yield from found


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
    """JSON may have half a character, which is none in UTF-8: shown as what it is."""
    return text.encode("utf-8", "replace").decode()
