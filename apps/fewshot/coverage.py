"""What the examples of a version show, and what none of them shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from apps.fewshot.values import DIFFICULTIES, Example
from apps.sql.guess import guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.splitting.texts import statements

# What most seeds are; a set without one of them teaches nothing of it.
USUAL_KINDS = (
    *("select", "insert", "update", "delete", "create_table", "alter_table", "create_view"),
    *("create_index", "create_function", "create_trigger"),
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of examples by what they show. `missing`: words for what nobody shows."""

    kinds: dict[str, int]
    dialects: dict[str, int]
    difficulties: dict[str, int]
    concepts: dict[str, int]
    missing: tuple[str, ...]


def coverage(examples: Iterable[Example]) -> Coverage:
    """Count the kinds and dialects of each example's code, its difficulty and its concepts."""
    kinds: Counter[str] = Counter()
    dialects: Counter[str] = Counter()
    difficulties: Counter[str] = Counter(dict.fromkeys(DIFFICULTIES, 0))
    concepts: Counter[str] = Counter()
    for example in examples:
        dialect = guess_dialect(example.code.encode()).dialect
        dialects[dialect.value or "any"] += 1
        kinds.update(
            {kind_of(one.text.encode()) for one in statements(example.code, dialect)} - {"other"}
        )
        difficulties[example.difficulty] += 1
        concepts.update({concept.casefold() for concept in example.concepts})
    absent = [kind.replace("_", " ") for kind in USUAL_KINDS if not kinds[kind]]
    absent += [name for name in DIFFICULTIES if not difficulties[name]]
    return Coverage(
        kinds={kind.replace("_", " "): count for kind, count in kinds.most_common()},
        dialects=dict(dialects.most_common()),
        difficulties=dict(difficulties),
        concepts=dict(concepts.most_common()),
        missing=tuple(absent),
    )
