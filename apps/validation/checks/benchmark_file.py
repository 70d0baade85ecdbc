"""The operator's file of benchmark questions, line by line: what is odd in it is told, and the
other lines are used.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from apps.validation.checks.base import BenchmarkIndex, words_of
from apps.validation.checks.copies import BENCHMARK_SIZE, SHORTEST_QUESTION, normalise_sql

MOST_LINE: Final = 1024 * 1024  # bytes
# Of all questions: what they are compared by takes some fifty times as much memory, per process.
MOST_CHARACTERS: Final = 8 * 1024 * 1024
MOST_TOLD: Final = 20
_FIX: Final = 'write one JSON object a line with "question" and "sql"'


class BenchmarkError(ValueError):
    """The operator's benchmark file cannot be used; the message names the line and the fix."""


def read_benchmark(path: Path) -> BenchmarkIndex:
    """Read benchmark questions: JSONL, objects with `question` and/or `sql` (or `query`), or text.

    A text has one question a line; it is what begins with no brace and is not named .jsonl. Lines
    that hold none are counted (`odd`), some of them told. Raises `BenchmarkError` where no line
    holds one, or they are too many, OSError where the file cannot be read.
    """
    index, odd, told, characters = BenchmarkIndex(), 0, list[str](), 0
    is_text: bool | None = None
    with path.open("rb") as file:
        for number, line in _lines(file):
            if is_text is None:
                is_json = path.suffix in {".jsonl", ".json"} or line.startswith((b"{", b"["))
                is_text = not is_json
            try:
                question, sql = _question(line, number, is_text)
            except BenchmarkError as error:
                odd += 1
                told += [str(error)] if len(told) < MOST_TOLD else []
                continue
            characters += len(question) + len(sql)
            if characters > MOST_CHARACTERS:
                raise BenchmarkError(
                    f"Line {number}: more than {MOST_CHARACTERS:,} characters of questions; "
                    "leave out what no pair can be about."
                )
            _add(index, question, sql, number)
    if odd and not (index.grams or index.short or index.queries):
        raise BenchmarkError(told[0])
    return replace(index, odd=odd, told=tuple(told))


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with their number from 1, without blank ones; of one that is too long the beginning
    and one byte more than may be.
    """
    number = 0
    while line := file.readline(MOST_LINE + 1):
        number += 1
        rest = line
        while len(rest) > MOST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MOST_LINE + 1)
        bare = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
        if bare:
            yield number, line if len(line) > MOST_LINE else bare


def _question(line: bytes, number: int, is_text: bool) -> tuple[str, str]:
    """Question and SQL of a line; one may be empty. Raises BenchmarkError."""
    if len(line) > MOST_LINE:
        raise BenchmarkError(f"Line {number} is longer than {MOST_LINE:,} bytes: {_FIX}.")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"Line {number} is not UTF-8: save the file as UTF-8.") from error
    return (text, "") if is_text else _of_json(text, number)


def _of_json(line: str, number: int) -> tuple[str, str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"Line {number} is no JSON: {_FIX}.") from error
    if not isinstance(record, dict):
        raise BenchmarkError(f"Line {number} is no JSON object: {_FIX}.")
    question = record.get("question") or ""
    sql = record.get("sql") or record.get("SQL") or record.get("query") or ""
    if not isinstance(question, str) or not isinstance(sql, str) or not (question or sql):
        raise BenchmarkError(f"Line {number} has neither question nor SQL as text: {_FIX}.")
    return question, sql


def _add(index: BenchmarkIndex, question: str, sql: str, number: int) -> None:
    words = words_of(question)
    for gram in words.grams(BENCHMARK_SIZE):
        index.grams.setdefault(gram, number)
    bare = words.without_marks().words
    if len(words.words) < BENCHMARK_SIZE and len(bare) >= SHORTEST_QUESTION:
        index.short.setdefault(bare, number)
    if sql:
        index.queries.setdefault(normalise_sql(sql), number)
