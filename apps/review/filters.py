"""Which pairs: one typed filter for the pairs page, queues, bulk labels and exports.

A filter is read from an address or from stored JSON by an allow-list of fields. Values of one
field add up (any of them; but words must all be there), fields narrow each other. Every condition
is an EXISTS or a column, of the pair or of what there is one of for each, so that no pair comes
twice and none needs DISTINCT. A new field is one line of FIELDS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchVectorExact, SearchVectorField
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.http import QueryDict

from apps.core.params import LARGEST
from apps.fewshot.values import DIFFICULTIES
from apps.generation.models import Instruction, Response, Run
from apps.generation.stages.properties import Task
from apps.review.judges import SAID, is_judged, judged
from apps.review.models import Correction, Entry, Flag, Label
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS
from apps.validation.likeness.queries import alike_ids
from apps.validation.models import (
    OVERALL,
    Agreement,
    CheckResult,
    Likeness,
    StoredReading,
    Verdict,
)
from apps.validation.values import Outcome

NONE, ANY = "none", "any"
OR, AND = "or", "and"
MOST_VALUES = 20
MOST_CHARACTERS = 200
_RANGE = re.compile(r"(0|1|0?\.\d{1,4}|1\.0{1,4})?-(0|1|0?\.\d{1,4}|1\.0{1,4})?")
_EVIDENCE = frozenset(("verdict", "check", "judge", "strength", "agreement"))
_CODE = re.compile(r"[a-z0-9_]{1,40}")

Condition = Callable[[str], Q]
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that pairs can be filtered by. `check` says whether a value makes sense,
    `condition` what it asks. choices: what a form offers, empty for what is typed.
    """

    name: str
    label: str
    check: Check
    condition: Condition
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    # Reviewers judge for themselves: they do not see what others thought of a pair.
    for_editors: bool = False


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Values by field, in the order of FIELDS; without any it takes every pair."""

    values: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in self.values}

    def as_query(self) -> str:
        """As the end of an address: "run=3&verdict=passed"; "" without conditions."""
        return urlencode([(name, value) for name, values in self.values for value in values])

    def get(self, name: str) -> tuple[str, ...]:
        return dict(self.values).get(name, ())

    def __bool__(self) -> bool:
        return bool(self.values)

    @property
    def asks_evidence(self) -> bool:
        """Whether its answer tells what databases or rules say of a pair."""
        return any(name in _EVIDENCE for name, _ in self.values)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a request's parameters: the filter, and a sentence for each refused value."""

    filter: PairFilter
    problems: tuple[str, ...] = field(default=())


class FilterError(Exception):
    """A stored filter has a field or a value that there is not (any more)."""


def filter_of(given: QueryDict, *, is_editor: bool) -> Read:
    """The filter in an address; values that make no sense are left out and named."""
    values, problems = [], []
    for one in FIELDS:
        if one.for_editors and not is_editor:
            continue
        asked = list(dict.fromkeys(v.strip() for v in given.getlist(one.name) if v.strip()))
        good = tuple(v for v in asked[:MOST_VALUES] if _fits(one, v))
        problems += [
            f"“{v[:40]}” is no {one.label.lower()}: left out."
            for v in asked[:MOST_VALUES]
            if v not in good
        ]
        if good:
            values.append((one.name, good))
    return Read(PairFilter(tuple(values)), tuple(problems))


def read_filter(stored: Mapping[str, Any]) -> PairFilter:
    """A filter from its JSON. Raises FilterError."""
    unknown = sorted(set(stored) - set(BY_NAME))
    if unknown:
        raise FilterError(f"Pairs cannot be filtered by {unknown[0]!r}.")
    values = []
    for one in FIELDS:
        asked = [str(value) for value in stored.get(one.name) or ()]
        bad = next((value for value in asked if not _fits(one, value)), None)
        if bad is not None or len(asked) > MOST_VALUES:
            raise FilterError(f"{one.label} cannot be {bad!r}.")
        if asked:
            values.append((one.name, tuple(asked)))
    return PairFilter(tuple(values))


def pairs_matching(chosen: PairFilter, *, common: bool = False) -> QuerySet[Response]:
    """The pairs of a filter, in no order. common: many pairs are expected to have the words that
    are asked for, so that each is looked at on the way instead of asking the index for all.
    Pairs of tries are in none, until somebody sends them to review.
    """
    pairs = Response.objects.filter(is_held_back=False)
    for name, values in chosen.values:
        if name == TEXT:
            pairs = pairs.filter(*map(_saying if common else _with_words, values))
        else:
            pairs = pairs.filter(reduce(or_, map(BY_NAME[name].condition, values)))
    return pairs


def columns_of_id(chosen: PairFilter) -> tuple[str, ...]:
    """The columns that hold a pair's id in the rows that a filter reads: PostgreSQL takes bounds of
    one of them for that one alone.
    """
    labels = chosen.get("label")
    return ("pk", "decision__response") if labels and NONE not in labels else ("pk",)


def said(chosen: PairFilter) -> list[tuple[str, str]]:
    """A filter in words: (label, values) of each of its fields."""
    lines = []
    for name, values in chosen.values:
        one = BY_NAME[name]
        words = dict(one.choices)
        joined = f" {AND if name == TEXT else OR} "
        lines.append((one.label, joined.join(words.get(value, value) for value in values)))
    return lines


def stored_in_words(stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A stored filter in words; one that cannot be read any more says so."""
    try:
        return said(read_filter(stored))
    except FilterError as error:
        return [("Filter", str(error))]


def _fits(one: Field, value: str) -> bool:
    return len(value) <= MOST_CHARACTERS and "\0" not in value and one.check(value)


# -- what values may be ------------------------------------------------------------
def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= 19 and int(value) <= LARGEST


def _is_code(value: str) -> bool:
    return bool(_CODE.fullmatch(value))


def _is_text(value: str) -> bool:
    return bool(value)


def _is_range(value: str) -> bool:
    return bool(_RANGE.fullmatch(value)) and value != "-"


def _is_verdict(value: str) -> bool:
    database, _, outcome = value.rpartition(":")
    return (outcome in _OUTCOMES or outcome == NONE) and (not database or _is_code(database))


def _one_of(*codes: str) -> Check:
    return frozenset(codes).__contains__


# -- what they ask ------------------------------------------------------------
def _exists(rows: QuerySet[Any]) -> Q:
    return Q(Exists(rows))


def _verdict(value: str) -> Q:
    """ "passed" of all databases together, "sqlite:passed" of one; "none": it has not said."""
    database, _, outcome = value.rpartition(":")
    verdicts = Verdict.objects.filter(response=OuterRef("pk"), database=database or OVERALL)
    return ~_exists(verdicts) if outcome == NONE else _exists(verdicts.filter(outcome=outcome))


def _check(value: str) -> Q:
    failed = CheckResult.objects.filter(response=OuterRef("pk"), passed=False)
    if value in (ANY, NONE):
        return _exists(failed) if value == ANY else ~_exists(failed)
    return _exists(failed.filter(code=value))


def _label(value: str) -> Q:
    if value == NONE:
        return Q(decision__isnull=True)
    if value == "conflict":
        return Q(decision__good_votes__gt=0, decision__good_votes__lt=F("decision__voters"))
    return Q(decision__good=value == "good")


def _standing() -> QuerySet[Label]:
    """Labels that their reviewers did not replace or withdraw."""
    later = Label.objects.filter(
        response=OuterRef("response"), reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk")
    )
    given = Label.objects.filter(response=OuterRef("pk"), value__in=["good", "bad"])
    return given.filter(~Exists(later))


def _between(rows: QuerySet[Any], column: str) -> Condition:
    def condition(value: str) -> Q:
        low, _, high = value.partition("-")
        asked = {f"{column}__gte": float(low or 0), f"{column}__lte": float(high or 1)}
        return _exists(rows.filter(response=OuterRef("pk"), **asked))

    return condition


def _of_instruction(**asked: Any) -> Q:
    return _exists(Instruction.objects.filter(pk=OuterRef("instruction"), **asked))


def _of_run(**asked: Any) -> Q:
    return Q(run__in=Run.objects.filter(**asked))


def _in_queue(queue: int) -> Q:
    return _exists(Entry.objects.filter(response=OuterRef("pk"), queue=queue))


def _alike(pk: int) -> Q:
    """Equal and near-equal pairs of one, without itself."""
    return Q(pk__in=alike_ids(pk))


def _has(rows: QuerySet[Any]) -> Condition:
    there = rows.filter(response=OuterRef("pk"))
    return lambda value: _exists(there) if value == "yes" else ~_exists(there)


def _with_words(value: str) -> Q:
    """Words that stand in the instruction or in the response, as in a web search."""
    asked = SearchQuery(value, config="simple", search_type="websearch")
    in_response = Response.objects.annotate(words=_words("text")).filter(words=asked)
    in_instruction = Response.objects.filter(
        instruction__in=Instruction.objects.annotate(words=_words("text")).filter(words=asked)
    )
    return Q(pk__in=in_response.values("pk").union(in_instruction.values("pk"), all=True))


def _saying(value: str) -> Q:
    """The same asked of each pair's own texts, without the index. In no subquery: PostgreSQL would
    run it once for all pairs before it looks at the first.
    """
    asked = SearchQuery(value, config="simple", search_type="websearch")
    texts = (_words("text"), _words("instruction__text"))
    return reduce(or_, (Q(SearchVectorExact(words, asked)) for words in texts))


def _words(column: str) -> Func:
    return Func(F(column), function="review_words", output_field=SearchVectorField())


def _choices(codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, code.replace("_", " ")) for code in codes)


_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
_YES_NO = (("yes", "yes"), ("no", "no"))
_LABELS = ("good", "bad", NONE, "conflict")
_LIKENESS = Likeness.objects.filter(response=OuterRef("pk"))
_DUPLICATES = {
    "exact": _exists(_LIKENESS.filter(twin__isnull=False, is_exact=True)),
    "near": _exists(_LIKENESS.filter(twin__isnull=False, is_exact=False)),
    "skeleton": _exists(_LIKENESS.filter(same_sql__isnull=False)),
    NONE: ~_exists(_LIKENESS.filter(twin__isnull=False)),
}
_STRENGTH = Verdict.objects.filter(database=OVERALL)
TEXT = "text"

FIELDS: tuple[Field, ...] = (
    Field(TEXT, "Words", _is_text, _with_words, hint="in instruction or response"),
    Field("verdict", "Verdict", _is_verdict, _verdict, _choices([*sorted(_OUTCOMES), NONE])),
    Field("check", "Failed check", _is_code, _check, ((ANY, "any of them"), (NONE, NONE))),
    Field("label", "Label", _one_of(*_LABELS), _label, _choices(_LABELS), for_editors=True),
    Field(
        "reviewer",
        "Reviewer",
        _is_id,
        lambda v: _exists(_standing().filter(reviewer=int(v))),
        for_editors=True,
    ),
    Field(
        "reason",
        "Reason",
        _is_code,
        lambda v: _exists(_standing().filter(reasons__contains=[v])),
        for_editors=True,
    ),
    Field("run", "Run", _is_id, lambda v: Q(run=int(v))),
    Field("recipe", "Recipe", _is_id, lambda v: _of_run(recipe=int(v))),
    Field("version", "Few-shot version", _is_id, lambda v: _of_run(recipe__fewshot=int(v))),
    Field("queue", "Queue", _is_id, lambda v: _in_queue(int(v))),
    Field("imported", "Import", _is_id, lambda v: _of_instruction(imported=int(v))),
    Field(
        "kind", "Kind", _one_of(*KINDS), lambda v: _of_instruction(seed__kind=v), _choices(KINDS)
    ),
    Field(
        "dialect",
        "Dialect",
        _one_of(*(d.value for d in Dialect)),
        lambda v: _exists(StoredReading.objects.filter(response=OuterRef("pk"), dialect=v)),
        _choices(d.value for d in Dialect),
    ),
    Field(
        "difficulty",
        "Difficulty",
        _one_of(*DIFFICULTIES),
        lambda v: _of_instruction(difficulty=v),
        _choices(DIFFICULTIES),
    ),
    Field(
        "task",
        "Kind of task",
        _one_of(*(task.value for task in Task)),
        lambda v: _of_instruction(task=v),
        _choices(task.value for task in Task),
    ),
    Field("licence", "Licence", _is_text, lambda v: _of_instruction(seed__licence=v)),
    Field("source", "Source", _is_id, lambda v: _of_instruction(seed__source=int(v))),
    Field("judge", "Judge", is_judged, judged, _choices(SAID), for_editors=True),
    Field("strength", "Strength", _is_range, _between(_STRENGTH, "strength"), hint="0.5-1"),
    Field(
        "agreement",
        "Agreement",
        _is_range,
        _between(Agreement.objects.all(), "score"),
        hint="0-0.5",
    ),
    Field(
        "duplicate",
        "Duplicate of another",
        _one_of(*_DUPLICATES),
        lambda v: _DUPLICATES[v],
        _choices(_DUPLICATES),
    ),
    Field("alike", "Like pair", _is_id, lambda v: _alike(int(v)), hint="a pair's number"),
    Field("flagged", "Flagged", _one_of("yes", "no"), _has(Flag.objects.all()), _YES_NO),
    Field("corrected", "Corrected", _one_of("yes", "no"), _has(Correction.objects.all()), _YES_NO),
)
BY_NAME = {one.name: one for one in FIELDS}


def fields_for(*, is_editor: bool) -> list[Field]:
    """What a person may filter by."""
    return [one for one in FIELDS if is_editor or not one.for_editors]
