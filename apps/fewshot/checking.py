"""What an editor is told of an example while writing it: what is wrong, and what is doubtful.

Wrong is what validation.py refuses on saving. Doubtful is SQL that no parser reads, an example
that says what another one says already, and one that copies a seed: a model would learn it by
heart from both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.fewshot.validation import normalised, validate_example
from apps.fewshot.values import Example
from apps.seeds.models import Seed
from apps.sql.guess import guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.normalise import normalise
from apps.sql.splitting.texts import statements

_SQL_FIELDS = {"code": "Code", "solution": "Solution", "implementation": "Implementation"}
# What is looked at of a text: a person writes these, but the address takes any.
MOST_CHARACTERS = 20_000
MOST_STATEMENTS = 30
# Two texts that share so much of their runs of words say the same (Jaccard similarity).
ALIKE = 0.5
_RUN = 3
# A shorter statement without its literals ("SELECT * FROM t WHERE id = ?") is anybody's.
LEAST_TOKENS = 10
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a field of the form; `is_wrong`: it cannot be saved like this."""

    field: str
    message: str
    is_wrong: bool = False


def findings(example: Example, others: Iterable[Example]) -> list[Finding]:
    """Everything to say of an example beside the others of its version, the wrong first."""
    example = normalised(example)
    wrong = [
        Finding(field, message, is_wrong=True)
        for field, message in validate_example(example).items()
    ]
    refused = {finding.field for finding in wrong}
    readable = [field for field in _SQL_FIELDS if field not in refused]
    doubtful = [finding for field in readable for finding in _unread(field, example)]
    return [*wrong, *doubtful, *_too_alike(example, others), *_copies(example)]


def _unread(field: str, example: Example) -> Iterator[Finding]:
    # Imported when somebody writes an example: no other page needs the parsers.
    from apps.sql.parsing.parsers import Reader, parse

    text = getattr(example, field)[:MOST_CHARACTERS]
    dialect = guess_dialect(text.encode()).dialect
    for statement in statements(text, dialect)[:MOST_STATEMENTS]:
        raw = statement.text.encode()
        if parse(raw, kind_of(raw), dialect) is Reader.NOBODY:
            begins = " ".join(statement.text.split())[:40]
            yield Finding(field, f"No parser reads the statement that begins with “{begins}”.")


def _too_alike(example: Example, others: Iterable[Example]) -> Iterator[Finding]:
    task, answer = _runs(example.instruction), _runs(example.implementation)
    for other in others:
        if other.number == example.number:
            continue
        if _share(task, _runs(other.instruction)) >= ALIKE:
            yield Finding("instruction", f"Example {other.number} asks nearly the same.")
        if _share(answer, _runs(other.implementation)) >= ALIKE:
            yield Finding("implementation", f"Example {other.number} answers nearly the same.")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORDS.findall(text[:MOST_CHARACTERS].lower())
    return {tuple(words[i : i + _RUN]) for i in range(max(len(words) - _RUN + 1, 1))}


def _share(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other)


def _copies(example: Example) -> Iterator[Finding]:
    """Statements that are seeds, word for word or but for their literals."""
    from apps.seeds.choice.duplicates import template_hash  # parsers' tables, as above

    for field, title in _SQL_FIELDS.items():
        text = getattr(example, field)[:MOST_CHARACTERS]
        dialect = guess_dialect(text.encode()).dialect
        found = [
            normalise(one.text.strip().removesuffix(";").encode(), dialect)
            for one in statements(text, dialect)[:MOST_STATEMENTS]
        ]
        if same := _seed(text_hash__in=[one.text_hash for one in found]):
            told = f"{title} is seed {same.pk}, word for word: change it, or the model copies."
            yield Finding(field, told)
            continue
        long = [one.template for one in found if len(one.code.split()) >= LEAST_TOKENS]
        if near := _seed(template_hash__in=[template_hash(one) for one in long]):
            told = f"{title} is seed {near.pk} but for its values: change it, or the model copies."
            yield Finding(field, told)


def _seed(**hashes: list[bytes]) -> Seed | None:
    return Seed.objects.filter(**hashes).only("pk").first() if any(hashes.values()) else None
