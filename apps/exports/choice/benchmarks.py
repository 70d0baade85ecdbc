"""Files of benchmark questions: BIRD's and Spider's JSON arrays, JSONL, or text by the line."""

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
# As BIRD, Spider and others name them.
_QUESTIONS = ("question", "instruction", "utterance")
_QUERIES = ("SQL", "sql", "query", "gold_sql")


class BenchmarkError(Exception):
    """A file of questions cannot be read; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `number` counts the file's records from 0. Either text may be empty."""

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
    head = text.lstrip()[:1]
    if head == "[":
        records = _loaded(name, text, "file")
        places = ((number, record, f"record {number}") for number, record in enumerate(records))
    elif head == "{":
        lines = [line for line in text.split("\n") if line.strip()]
        places = (
            (number, _loaded(name, line, f"line {number + 1}"), f"line {number + 1}")
            for number, line in enumerate(lines)
        )
    else:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        yield from (Question(number, line, "") for number, line in enumerate(lines))
        return
    for number, record, place in places:
        yield _question(name, number, record, place)


def _loaded(name: str, text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{name}, {place}: no JSON ({str(error)[:200]}).") from error


def _question(name: str, number: int, record: object, place: str) -> Question:
    if not isinstance(record, dict):
        raise BenchmarkError(f"{name}, {place}: not a JSON object.")
    question, sql = _first(record, _QUESTIONS), _first(record, _QUERIES)
    if not (question or sql):
        raise BenchmarkError(
            f"{name}, {place}: neither a question ({', '.join(_QUESTIONS)})"
            f" nor SQL ({', '.join(_QUERIES)}) as text."
        )
    return Question(number, question, sql)


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((record[key] for key in keys if isinstance(record.get(key), str)), "")
