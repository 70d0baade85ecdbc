"""What a prompt says of what is wanted, beside its input: category, difficulty, dialect, task and
style. They are drawn so that a run has about as many of each; the same place draws the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from apps.fewshot.values import DIFFICULTIES, Example
from apps.generation.stages.base import About
from apps.generation.stages.categories import CATEGORIES, DEFAULT_CATEGORY, category_of


class Task(StrEnum):
    """What an instruction asks for."""

    WRITE = "write"
    FIX = "fix"
    EXPLAIN = "explain"
    OPTIMISE = "optimise"
    TRANSLATE = "translate"
    DESIGN = "design"


class Style(StrEnum):
    """How an instruction is worded."""

    IMPERATIVE = "imperative"
    QUESTION = "question"
    COLLOQUIAL = "colloquial"
    VAGUE = "vague"
    BUSINESS = "business"


TASKS = {
    Task.WRITE: "write a statement",
    Task.FIX: "fix a statement; the task shows one that is wrong and says what it should do",
    Task.EXPLAIN: "explain a statement; the task shows one and asks what it does and returns",
    Task.OPTIMISE: "optimise a statement; the task shows one that is right but slow",
    Task.TRANSLATE: "translate a statement from {source} into {dialect}; the task shows the one"
    " in {source}",
    Task.DESIGN: "design a schema; the task describes what is to be kept and asks for the tables",
}
STYLES = {
    Style.IMPERATIVE: "an instruction in the imperative",
    Style.QUESTION: "a question",
    Style.COLLOQUIAL: "colloquial, as one writes to a colleague",
    Style.VAGUE: "vague at first, with the context that makes it clear",
    Style.BUSINESS: "a business need, in the words of somebody who does not know SQL",
}
DIALECTS = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "duckdb": "DuckDB",
    "tsql": "SQL Server (T-SQL)",
    "oracle": "Oracle",
    "bigquery": "BigQuery",
    "snowflake": "Snowflake",
    "redshift": "Amazon Redshift",
    "spark": "Spark SQL",
}
STANDARD = "standard SQL"
UNKNOWN = "not known"
# What is written in where the seed's own dialect is not known, or another one is wanted.
WRITTEN = ("sqlite", "postgres", "mysql", "duckdb")
# Categories of tasks that a snippet of a category may inspire.
FITTING = {
    "data retrieval": ("data retrieval", "data modification", "indexing"),
    "data modification": ("data modification", "data retrieval", "transaction control"),
    "transaction control": ("transaction control", "data modification"),
    "indexing": ("indexing", "data retrieval", "schema definition"),
    "stored logic": ("stored logic", "data retrieval", "data modification"),
    "schema definition": ("schema definition", "data retrieval", "data modification"),
}
CATEGORY_NAMES = tuple(sorted({*CATEGORIES.values(), DEFAULT_CATEGORY}))
MOST_TABLES = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Codes, as they are stored. `dialect` is what the model is to write, `source` what the seed
    is written in; "" where nobody knows, or where a stage does not say.
    """

    category: str = ""
    difficulty: str = ""
    dialect: str = ""
    task: str = ""
    style: str = ""
    source: str = ""

    def as_json(self) -> dict[str, str]:
        """Only what is said."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Properties:
        known = {field.name for field in fields(cls)}
        return cls(**{name: each for name, each in value.items() if name in known})


@dataclass(frozen=True, slots=True)
class Mix:
    """What instructions are drawn from; each is one of Task, of Style and of DIALECTS, or more."""

    tasks: tuple[str, ...] = tuple(Task)
    styles: tuple[str, ...] = tuple(Style)
    dialects: tuple[str, ...] = WRITTEN

    def as_json(self) -> dict[str, list[str]]:
        return {name: [str(each) for each in value] for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: dict[str, Sequence[str]]) -> Mix:
        return cls(**{name: tuple(each) for name, each in value.items()})


def about(properties: Properties, *, tables: str = "") -> About:
    """What a prompt says; `tables` is cut at the end of a line where it is long."""
    dialect, source = _named(properties.dialect, UNKNOWN), _named(properties.source, UNKNOWN)
    task = TASKS.get(Task(properties.task)) if properties.task else ""
    return About(
        category=properties.category,
        difficulty=properties.difficulty,
        dialect=dialect,
        task=(task or "").format(source=source, dialect=dialect),
        style=STYLES[Style(properties.style)] if properties.style else "",
        source=source,
        tables=_bounded(tables.strip()),
    )


def about_example(example: Example) -> About:
    """What is true of an example of a few-shot version: these are written in standard SQL, and
    ask for a statement in the imperative.
    """
    return About(
        category=example.category,
        difficulty=example.difficulty,
        dialect=STANDARD,
        task=TASKS[Task.WRITE],
        style=STYLES[Style.IMPERATIVE],
        source=STANDARD,
    )


def draw_properties(*, key: str, index: int, kind: str, dialect: str, mix: Mix) -> Properties:
    """The properties of the instruction at a place (`index`) of a run.

    Over the places of a run every task, style, difficulty and dialect comes equally often, give or
    take one; categories about equally often among those that fit the statement
    kind. `dialect` is the seed's: an instruction stays in it, unless it asks for a translation.
    """
    drawn = Properties(
        difficulty=_balanced(DIFFICULTIES, key=f"{key}:difficulty", index=index),
        dialect=dialect or _balanced(mix.dialects, key=f"{key}:dialect", index=index),
        task=_balanced(mix.tasks, key=f"{key}:task", index=index),
        style=_balanced(mix.styles, key=f"{key}:style", index=index),
        source=dialect,
    )
    if drawn.task == Task.TRANSLATE:
        drawn = _translated(drawn, key=key, index=index, mix=mix)
    if drawn.task == Task.DESIGN:
        return replace(drawn, category=DEFAULT_CATEGORY)
    fitting = FITTING[category_of(kind)]
    return replace(drawn, category=_balanced(fitting, key=f"{key}:category", index=index))


def _translated(drawn: Properties, *, key: str, index: int, mix: Mix) -> Properties:
    """From the seed's dialect (or the drawn one) into another; to write where there is none."""
    source = drawn.dialect
    others = [dialect for dialect in mix.dialects if dialect != source]
    if not others:
        return replace(drawn, task=Task.WRITE)
    into = _balanced(others, key=f"{key}:into", index=index)
    return replace(drawn, source=source, dialect=into)


def _balanced(options: Sequence[str], *, key: str, index: int) -> str:
    """The option at a place: each stretch of as many places as options has each option once, in
    an order of its own.
    """
    stretch, place = divmod(index, len(options))
    return str(sorted(options, key=lambda option: _rank(f"{key}:{stretch}", option))[place])


def _rank(key: str, option: str) -> bytes:
    return hashlib.sha256(f"{key}\0{option}".encode()).digest()


def _named(dialect: str, otherwise: str) -> str:
    return DIALECTS.get(dialect, dialect) or otherwise


def _bounded(tables: str) -> str:
    if len(tables) <= MOST_TABLES:
        return tables
    return tables[:MOST_TABLES].rpartition("\n")[0] or tables[:MOST_TABLES]
