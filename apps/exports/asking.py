"""What the command lines of exports share: their options, and what they make of them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.http import QueryDict

from apps.exports.choice.care import Care, Likeness, PerInstruction
from apps.exports.choice.filters import GENERATED, IMPORTED, Filters
from apps.exports.choice.labels import Policy
from apps.exports.shape import FileKind, Format, Shape
from apps.review.filters import BY_NAME, PairFilter, filter_of
from apps.validation.models import OUTCOMES


def add_filters(parser: ArgumentParser) -> None:
    """Options that say which pairs."""
    add = parser.add_argument
    add("--run", type=int, action="append", default=[], help="only this run")
    add("--source", type=int, action="append", default=[], help="only this source")
    add("--origin", action="append", default=[], choices=[GENERATED, IMPORTED])
    add("--outcome", action="append", default=[], choices=dict(OUTCOMES))
    add("--database", action="append", default=[], help="it passed on this database")
    add("--kind", action="append", default=[], help="only this statement kind")
    add("--dialect", action="append", default=[], help="only this dialect")
    add("--licence", action="append", default=[], help="only this licence")
    add("--difficulty", action="append", default=[], help="Easy, Medium or Hard")
    add("--strength", type=float, default=0.0, help="least strength, 0 to 1")
    add("--judge", type=int, action="append", default=[], help="this judge calls it good")
    add("--pairs", default="", metavar="FILTER",
        help="as in the address of the pairs page: label=good&run=3")  # fmt: skip
    add("--agreement", type=float, default=0.0, help="least agreement of responses, 0 to 1")
    add("--labels", choices=list(Policy), default=Policy.DECIDED, help="when a pair is accepted")
    add("--least-labels", type=int, default=1, help="so many reviewers judged it")
    add("--stale", action="store_true", help="also what was corrected since it was judged")
    add("--flagged", action="store_true", help="also what a reviewer has flagged")
    add("--gold", action="store_true", help="also pairs whose known answer measures reviewers")
    add("--promoted", action="store_true", help="also pairs that became few-shot examples")


def add_care(parser: ArgumentParser) -> None:
    """Options that say what is done with the chosen pairs together."""
    add = parser.add_argument
    add("--per-instruction", choices=list(PerInstruction), default=PerInstruction.ALL)
    add("--without", action="append", default=[], choices=list(Likeness),
        help="leave out duplicates of that likeness")  # fmt: skip
    add("--benchmark", action="append", default=[], metavar="FILE",
        help="leave out what has a question of this file of var/benchmarks")  # fmt: skip
    add("--per-kind", type=int, default=0, help="at most so many of a statement kind")
    add("--per-dialect", type=int, default=0, help="at most so many of a dialect")
    add("--per-concept", type=int, default=0, help="at most so many of a concept")
    add("--validation", type=float, default=0.0, help="share to validate with, 0 to 1")
    add("--test", type=float, default=0.0, help="share to test with, 0 to 1")
    add("--preferences", type=int, default=4, help="at most so many of an instruction")
    add("--random-seed", type=int, default=0, help="draws quotas and splits")


def add_shape(parser: ArgumentParser) -> None:
    """Options that say how the rows look."""
    add = parser.add_argument
    add("--format", choices=list(Format), default=Format.RECORD)
    add("--file", choices=list(FileKind), default=FileKind.JSONL)
    add("--with-schema", action="store_true", help="prompts contain the schema")
    add("--with-dialect", action="store_true", help="prompts contain the dialect")
    add("--sql-only", action="store_true", help="a response is its SQL alone")
    add(
        "--columns", action="store_true", help="columns for id, kind, dialect, licence, portability"
    )


class AskingError(Exception):
    """An option that makes no sense, in a sentence."""


def filters_of(options: dict[str, Any]) -> Filters:
    """The filters that were asked for; the same choice in another order gives the same ones.

    Raises AskingError.
    """
    many = {
        "runs": "run", "sources": "source", "origins": "origin", "outcomes": "outcome",
        "databases": "database", "kinds": "kind", "dialects": "dialect", "licences": "licence",
        "difficulties": "difficulty", "judges": "judge",
    }  # fmt: skip
    return Filters(
        **{name: tuple(sorted(set(options[word]))) for name, word in many.items()},
        strength=options["strength"],
        agreement=options["agreement"],
        labels=str(options["labels"]),
        least_labels=options["least_labels"],
        stale=options["stale"],
        flagged=options["flagged"],
        gold=options["gold"],
        promoted=options["promoted"],
        pairs=_pairs(options["pairs"]),
    )


def _pairs(query: str) -> PairFilter:
    given = QueryDict(query.removeprefix("?"), mutable=False)
    read = filter_of(given, is_editor=True)
    unknown = [f"There is no filter {name!r}." for name in given if name not in BY_NAME]
    if unknown or read.problems:
        raise AskingError(" ".join([*unknown, *read.problems]))
    return read.filter


def care_of(options: dict[str, Any]) -> Care:
    """The care that was asked for."""
    return Care(
        per_instruction=str(options["per_instruction"]),
        duplicates=tuple(sorted(set(options["without"]))),
        benchmarks=tuple(sorted(set(options["benchmark"]))),
        per_kind=options["per_kind"],
        per_dialect=options["per_dialect"],
        per_concept=options["per_concept"],
        validation=options["validation"],
        test=options["test"],
        pairs_per_instruction=options["preferences"],
        random_seed=options["random_seed"],
    )


def shape_of(options: dict[str, Any]) -> Shape:
    """The shape that was asked for."""
    return Shape(
        format=Format(options["format"]),
        file=FileKind(options["file"]),
        schema=options["with_schema"],
        dialect=options["with_dialect"],
        sql_only=options["sql_only"],
        columns=options["columns"],
    )
