"""Which pairs by what is known of each: a rule a reason, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, CharField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Cast

from apps.exports.choice.labels import (
    Policy,
    Stand,
    is_flagged,
    is_gold,
    is_promoted,
    is_stale,
    labelled,
    with_stand,
)
from apps.judge.models import Judgement
from apps.review.filters import PairFilter, pairs_matching, read_filter
from apps.validation.models import OVERALL, Agreement, StoredReading, Verdict

STEP = 2000
IMPORTED, GENERATED = "imported", "generated"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which accepted pairs. Empty means all.

    runs: numbers of runs; sources: numbers of sources; origins: imported, generated;
    outcomes: overall verdicts; databases: it passed on each of them; kinds, dialects: of the
    statement; licences: the seed's file has one of them; difficulties: as the instruction was
    asked for; strength: the test's least strength, agreement: the least agreement of the
    responses to the instruction, both 0 to 1; labels: when a pair counts as accepted;
    least_labels: how many reviewers judged it; stale, flagged, gold, promoted: also what was
    corrected since, what a reviewer asks somebody to look at, what reviewers are measured by, and
    what became a few-shot example, which models were shown; judges: numbers of judges, each of
    which calls it good as it is now; pairs: what the pairs page was narrowed to.
    """

    runs: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    strength: float = 0.0
    sources: tuple[int, ...] = ()
    origins: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    agreement: float = 0.0
    labels: str = Policy.DECIDED.value
    least_labels: int = 1
    stale: bool = False
    flagged: bool = False
    gold: bool = False
    promoted: bool = False
    judges: tuple[int, ...] = ()
    pairs: PairFilter = PairFilter()

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Filters:
        """The filters that `stored` made a dict of. Raises review.filters.FilterError."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        if "pairs" in known:
            known["pairs"] = read_filter(known["pairs"])
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """As JSON: what differs from the usual."""
        usual = Filters()
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {n: _as_json(v) for n, v in values.items() if v != getattr(usual, n)}


def _as_json(value: object) -> object:
    if isinstance(value, PairFilter):
        return value.as_json()
    return list(value) if isinstance(value, tuple) else value


class Candidate(NamedTuple):
    """A labelled pair. left_out: the first rule that it fails, "" where it passes all."""

    response_id: int
    left_out: str
    stand: str


def candidates(
    filters: Filters, *, only: tuple[int, int] | None = None, preferred: Sequence[int] = ()
) -> Iterator[Candidate]:
    """Labelled pairs in the order of their ids, as a stream. only: of responses with numbers
    from the first to the second. preferred: these too, which count as accepted where nobody has
    labelled them.
    """
    with connection.cursor() as cursor:
        # All rows are read: a plan that is quick for the first tenth is none.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
    rows = labelled(preferred=preferred)
    if only:
        rows = rows.filter(pk__range=only)
    policy, least = Policy(filters.labels), filters.least_labels
    rows = with_stand(rows, policy=policy, least=least, preferred=preferred)
    judged = rows.annotate(left_out=_left_out(filters)).order_by("pk")
    for row in judged.values_list("pk", "left_out", "stand").iterator(chunk_size=STEP):
        yield Candidate(*row)


def _left_out(filters: Filters) -> Cast:
    # Nested, so that a condition on what is missing, neither true nor false, keeps none.
    left_out: Case | Value = Value("")
    for reason, keeps in reversed(_rules(filters)):
        left_out = Case(When(keeps, then=left_out), default=Value(reason))
    return Cast(left_out, CharField())


def _rules(filters: Filters) -> list[tuple[str, Q]]:
    """What keeps a pair, each with the reason that is counted where it does not hold."""
    asked: list[tuple[str, object, Q]] = [
        ("stale", not filters.stale, ~Q(is_stale())),
        ("flagged", not filters.flagged, ~Q(is_flagged())),
        ("gold", not filters.gold, ~Q(is_gold())),
        ("promoted", not filters.promoted, ~Q(is_promoted())),
        ("run", filters.runs, Q(run__in=filters.runs)),
        ("source", filters.sources, Q(instruction__seed__source__in=filters.sources)),
        ("origin", filters.origins, _of_origin(filters.origins)),
        ("kind", filters.kinds, Q(instruction__seed__kind__in=filters.kinds)),
        ("licence", filters.licences, _licensed(filters.licences)),
        ("dialect", filters.dialects, _in_dialect(filters.dialects)),
        ("difficulty", filters.difficulties, Q(instruction__difficulty__in=filters.difficulties)),
        ("not_accepted", True, Q(stand=Stand.ACCEPTED)),
        ("verdict", filters.outcomes, _verdict(outcome__in=filters.outcomes)),
        ("strength", filters.strength, _verdict(strength__gte=filters.strength)),
        ("agreement", filters.agreement, _agreeing(filters.agreement)),
        ("pairs_page", filters.pairs, _narrowed(filters.pairs)),
    ]
    rules = [(reason, keeps) for reason, chosen, keeps in asked if chosen]
    rules += [("database", _passed_on(name)) for name in filters.databases]
    return rules + [("judge", _judged_good(one)) for one in filters.judges]


def _of_origin(origins: tuple[str, ...]) -> Q:
    is_imported = Q(instruction__imported__isnull=False)
    if IMPORTED in origins and GENERATED in origins:
        return Q(pk__isnull=False)
    return is_imported if IMPORTED in origins else ~is_imported


def _licensed(licences: tuple[str, ...]) -> Q:
    return Q(instruction__seed__file__licences__overlap=list(licences))


def _in_dialect(dialects: tuple[str, ...]) -> Q:
    read = StoredReading.objects.filter(response=OuterRef("pk"), dialect__in=dialects)
    return Q(Exists(read)) | Q(reading__dialect="", instruction__seed__dialect__in=dialects)


def _verdict(**conditions: object) -> Q:
    return Q(
        Exists(Verdict.objects.filter(response=OuterRef("pk"), database=OVERALL, **conditions))
    )


def _passed_on(database: str) -> Q:
    passed = Verdict.objects.filter(response=OuterRef("pk"), database=database, outcome="passed")
    return Q(Exists(passed))


def _agreeing(least: float) -> Q:
    return Q(Exists(Agreement.objects.filter(response=OuterRef("pk"), score__gte=least)))


def _judged_good(judge: int) -> Q:
    """What a judge said of another text than the pair has now does not count."""
    now = Func(
        F("response__instruction__text"), F("response__text"),
        template="sha256(convert_to(%(expressions)s, 'UTF8'))",
        arg_joiner=", 'UTF8') || '\\x00'::bytea || convert_to(",
    )  # fmt: skip
    good = Judgement.objects.filter(response=OuterRef("pk"), judge=judge, good=True)
    return Q(Exists(good.filter(text_hash=now)))


def _narrowed(pairs: PairFilter) -> Q:
    """Asked of each pair by itself: the index of words would be asked for all at every one."""
    return Q(Exists(pairs_matching(pairs, common=True).filter(pk=OuterRef("pk"))))
