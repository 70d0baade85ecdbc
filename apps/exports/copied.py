"""Benchmark questions in a few-shot example: what is trained on it would know them by heart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from apps.exports.choice import benchmarks
from apps.exports.choice.decontamination import How, Questions
from apps.fewshot.values import Example
from apps.sql.guess import guess_dialect
from apps.sql.splitting.texts import statements
from apps.validation.examples import Broken
from apps.validation.likeness.texts import skeleton_of

CHECK = "benchmark_question"
MOST_STATEMENTS = 30
_WORDS = {
    How.WORDS: "has question {number} of {file} in it",
    How.SKELETON: "is question {number} of {file} but for names and values",
    How.NEAR_WORDS: "is near to question {number} of {file}",
    How.NEAR_SKELETON: "is near to question {number} of {file}",
}
_SHOWN = 120


def copied_questions(example: Example) -> list[Broken]:
    """The questions of the folder of benchmarks that an example has, none twice.

    A file that cannot be read is said in their place: nothing was compared with it.
    """
    try:
        questions = _questions(_files())
    except benchmarks.BenchmarkError as error:
        return [Broken(CHECK, f"Benchmarks were not compared: {error}", "")]
    return list(dict.fromkeys(_found(questions, example))) if questions else []


def _found(questions: Questions, example: Example) -> Iterator[Broken]:
    found = questions.asked_in(example.instruction, None)
    if found and found[2] in _WORDS:
        yield _said("instruction", "The instruction", *found)
    for title in ("code", "solution", "implementation"):
        text = getattr(example, title)
        dialect = guess_dialect(text.encode()).dialect
        for one in statements(text, dialect)[:MOST_STATEMENTS]:
            found = questions.asked_in("", skeleton_of(one.text, dialect.value))
            if found and found[2] in _WORDS:
                yield _said(title, title.capitalize(), *found)


def _said(where: str, title: str, file: str, question: benchmarks.Question, how: How) -> Broken:
    words = _WORDS[how].format(number=question.number, file=file)
    shown = (question.text or question.sql)[:_SHOWN]
    return Broken(CHECK, f"{title} {words}: “{shown}”", where)


def _files() -> tuple[tuple[str, int], ...]:
    """The files of questions with when they were changed: what an index is kept for."""
    folder = benchmarks.folder()
    return tuple((name, (folder / name).stat().st_mtime_ns) for name in benchmarks.names())


@lru_cache(maxsize=1)
def _questions(files: tuple[tuple[str, int], ...]) -> Questions | None:
    return Questions(benchmarks.read_named(name) for name, _ in files) if files else None
