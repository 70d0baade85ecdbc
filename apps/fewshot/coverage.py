"""What the examples of a version show, and what none of them shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.fewshot.values import DIFFICULTIES, Example
from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.splitting.texts import statements

# What most seeds are; a set without one of them teaches nothing of it.
USUAL_KINDS = (
    *("select", "insert", "update", "delete", "create_table", "alter_table", "create_view"),
    *("create_index", "create_function", "create_trigger"),
)
USUAL_DIALECTS = (Dialect.POSTGRES, Dialect.MYSQL, Dialect.SQLITE, Dialect.TSQL)
# What most tasks come down to, with words by which an example's concepts or its SQL tell it.
USUAL_CONCEPTS = {
    "filtering": r"filter|\bwhere\b",
    "sorting": r"\bsort|\border\s+by\b|\bordering",
    "joins": r"\bjoin",
    "grouping": r"group(ing|ed)?\b|aggregat",
    "subqueries": r"subquer|\b(in|exists)\s*\(\s*select\b",
    "common table expressions": r"common table|\bctes?\b|\bwith\s+(recursive\s+)?\w+\s+as\s*\(",
    "window functions": r"window|\bover\s*\(",
    "set operations": r"set operation|\b(union|intersect|except)\b",
    "conditions": r"conditional|\bcase\b",
    "missing values": r"\bnull|coalesce",
    "keys and constraints": r"constraint|\b(primary|foreign) key\b|\breferences\b",
    "transactions": r"transaction|\b(commit|rollback|savepoint)\b",
    "dates and times": r"\b(date|time)s?\b|\btimestamp|\binterval\b",
    "texts and patterns": r"\b(i?like|regexp|substr|concat|lower|upper|strings?)\b|pattern",
}
_CONCEPTS = {name: re.compile(words, re.IGNORECASE) for name, words in USUAL_CONCEPTS.items()}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of examples by what they show. `missing`: what of the usual nobody shows, in words,
    by what it is.
    """

    kinds: dict[str, int]
    dialects: dict[str, int]
    difficulties: dict[str, int]
    concepts: dict[str, int]
    missing: dict[str, tuple[str, ...]]


def coverage(examples: Iterable[Example]) -> Coverage:
    """Count the kinds and dialects of each example's code, its difficulty and its concepts."""
    kinds: Counter[str] = Counter()
    dialects: Counter[str] = Counter()
    difficulties: Counter[str] = Counter(dict.fromkeys(DIFFICULTIES, 0))
    concepts: Counter[str] = Counter()
    told: set[str] = set()
    for example in examples:
        dialect = guess_dialect(example.code.encode()).dialect
        dialects[dialect.value or "any"] += 1
        kinds.update(
            {kind_of(one.text.encode()) for one in statements(example.code, dialect)} - {"other"}
        )
        difficulties[example.difficulty] += 1
        # Once each, in the example's order: a set's is another in each process.
        concepts.update(list(dict.fromkeys(concept.casefold() for concept in example.concepts)))
        told.update(_told(example))
    absent = {
        "statements": tuple(kind.replace("_", " ") for kind in USUAL_KINDS if not kinds[kind]),
        "dialects": tuple(name.value for name in USUAL_DIALECTS if not dialects[name.value]),
        "difficulty": tuple(name for name in DIFFICULTIES if not difficulties[name]),
        "concepts": tuple(name for name in USUAL_CONCEPTS if name not in told),
    }
    return Coverage(
        kinds={kind.replace("_", " "): count for kind, count in kinds.most_common()},
        dialects=dict(dialects.most_common()),
        difficulties=dict(difficulties),
        concepts=dict(concepts.most_common()),
        missing={what: names for what, names in absent.items() if names},
    )


def _told(example: Example) -> Iterator[str]:
    """The usual concepts that an example is about."""
    text = "\n".join((*example.concepts, example.code, example.solution, example.implementation))
    return (name for name, words in _CONCEPTS.items() if words.search(text))
