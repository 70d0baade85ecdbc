"""What the validation's pages read; every one of these is a fixed number of bounded queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from apps.core.models import Job, WorkUnit
from apps.generation.models import Response, Run
from apps.validation.figures import Part, RunCount, counts_of
from apps.validation.models import OVERALL, Verdict
from apps.validation.revalidating import KIND
from apps.validation.values import NOTE_WORDS, Note

PAGE = 25
# How many responses one request looks at for those that are asked for; "next" goes on from there.
WINDOW = 5000
# The newest runs, out of which pass rates by few-shot version and by chain are added up.
RECENT = 200
JOBS = 5
_CHAIN = {"s_c": "S→C", "c_i": "C→I", "i_r": "I→R", "s_i": "S→I"}

_WINDOW = """
WITH part AS (
    SELECT id FROM generation_response WHERE run_id = %(run)s AND id > %(after)s
    ORDER BY id LIMIT %(window)s
)
SELECT (SELECT max(id) FROM part), (SELECT count(*) FROM part),
       ARRAY(SELECT id FROM part WHERE {condition} ORDER BY id LIMIT %(most)s)
"""
_CONDITIONS = {  # constants only; what the browser says goes in as parameters
    "disagreements": f"""(SELECT count(DISTINCT outcome) FILTER (WHERE database <> '{OVERALL}') > 1
            OR bool_or(database = '{OVERALL}' AND '{Note.OTHER_ROWS}' = ANY(notes))
        FROM validation_verdict AS verdict WHERE verdict.response_id = part.id)""",  # noqa: S608
    "outcome": f"""EXISTS (SELECT FROM validation_verdict AS verdict
        WHERE verdict.response_id = part.id AND database = '{OVERALL}'
        AND outcome = %(outcome)s)""",
    "note": f"""EXISTS (SELECT FROM validation_verdict AS verdict
        WHERE verdict.response_id = part.id AND database = '{OVERALL}'
        AND %(note)s = ANY(notes))""",
    "reason": """EXISTS (SELECT FROM validation_checkresult AS checked
        WHERE checked.response_id = part.id AND NOT passed
        AND code = %(code)s AND reason = %(reason)s)""",
    "outliers": f"""EXISTS (SELECT FROM validation_agreement AS agreement
        JOIN validation_verdict AS verdict USING (response_id)
        WHERE agreement.response_id = part.id AND NOT in_largest_group
        AND database = '{OVERALL}' AND outcome = 'passed')""",
}


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in the list; count: None until it was counted."""

    run: Run
    count: RunCount | None

    @property
    def chain(self) -> str:
        return chain_of(self.run)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pairs of a run: show is one of `_CONDITIONS`; after: only larger ids (keyset)."""

    show: str = "disagreements"
    outcome: str = ""
    code: str = ""
    reason: str = ""
    note: str = ""
    after: int = 0

    @property
    def outcome_words(self) -> str:
        return self.outcome.replace("_", " ")

    @property
    def reason_words(self) -> str:
        return self.reason.replace("_", " ")

    @property
    def note_words(self) -> str:
        return NOTE_WORDS[Note(self.note)] if self.note else ""


@dataclass(frozen=True, slots=True)
class PairsPage:
    """pairs: responses with their verdicts. after: where the next page begins, None at the end.

    through: up to which response this request looked, where it found less than a page and ended
    before the run did.
    """

    pairs: list[Response]
    after: int | None
    through: int | None


def chain_of(run: Run) -> str:
    """A run's stages in words: "S→C C→I I→R"."""
    return " ".join(_CHAIN[stage] for stage in run.recipe.stages)


def runs() -> QuerySet[Run]:
    """Runs with what the pages say of them, the newest first; tries have a page of their own."""
    related = ("job", "recipe__fewshot__fewshot_set")
    return Run.objects.without_tries().select_related(*related).order_by("-pk")


def runs_page(before: int | None) -> tuple[list[RunLine], int | None]:
    """A page of runs and the id before which the next one begins: two queries."""
    chosen = runs() if before is None else runs().filter(pk__lt=before)
    rows = list(chosen[: PAGE + 1])
    counts = counts_of([run.pk for run in rows[:PAGE]])
    lines = [RunLine(run, counts.get(run.pk)) for run in rows[:PAGE]]
    return lines, rows[PAGE - 1].pk if len(rows) > PAGE else None


def recent_lines() -> list[RunLine]:
    """The newest runs that were counted, to compare recipes by: two queries."""
    recent = list(runs()[:RECENT])
    counts = counts_of([run.pk for run in recent])
    return [RunLine(run, counts[run.pk]) for run in recent if run.pk in counts]


def by_fewshot(lines: Iterable[RunLine]) -> list[Part]:
    """Verdicts and passes by few-shot version, the newest first."""
    versions = {line.run.recipe.fewshot_id: line.run.recipe.fewshot for line in lines}
    sums = _summed(lines, lambda line: line.run.recipe.fewshot_id)
    return [Part(str(versions[pk]), *sums[pk]) for pk in sorted(sums, reverse=True)]


def by_chain(lines: Iterable[RunLine]) -> list[Part]:
    """Verdicts and passes by chain of stages."""
    sums = _summed(lines, lambda line: line.chain)
    return [Part(chain, *sums[chain]) for chain in sorted(sums)]


def _summed(lines: Iterable[RunLine], key: Any) -> dict[Any, tuple[int, int]]:
    sums: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        if line.count and line.count.validated:
            total, passed = sums[key(line)]
            sums[key(line)] = total + line.count.validated, passed + line.count.passed
    return sums


def pairs_page(run: Run, selection: Selection) -> PairsPage:
    """Pairs of a run that the selection names, by id: three queries over WINDOW responses."""
    largest, seen, ids = _window(run, selection)
    shown = ids[:PAGE]
    after = shown[-1] if len(ids) > PAGE else largest if seen == WINDOW else None
    through = largest if after is not None and len(ids) <= PAGE else None
    pairs = Response.objects.filter(pk__in=shown).select_related("instruction", "agreement")
    pairs = pairs.defer("text", "instruction__record").prefetch_related("verdicts").order_by("pk")
    return PairsPage(list(pairs), after, through)


def _window(run: Run, selection: Selection) -> tuple[int | None, int, Sequence[int]]:
    names: dict[str, str | int] = {
        "run": run.pk,
        "after": selection.after,
        "window": WINDOW,
        "most": PAGE + 1,
        "outcome": selection.outcome,
        "code": selection.code,
        "reason": selection.reason,
        "note": selection.note,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WINDOW.format(condition=_CONDITIONS[selection.show]), names)
        largest, seen, ids = cursor.fetchone()
    return largest, seen, ids


def verdicts_shown(pair: Response) -> tuple[Verdict | None, list[Verdict]]:
    """The overall verdict of a prefetched pair, and those of the databases by name."""
    verdicts = sorted(pair.verdicts.all(), key=lambda verdict: verdict.database)
    overall = next((verdict for verdict in verdicts if verdict.database == OVERALL), None)
    return overall, [verdict for verdict in verdicts if verdict.database != OVERALL]


def validations() -> QuerySet[Job]:
    """The newest jobs that validate again, with `units_total` and `units_ended`: one query."""
    ended = [WorkUnit.Status.DONE, WorkUnit.Status.FAILED]
    return (
        Job.objects.filter(kind=KIND)
        .select_related("created_by")
        .annotate(
            units_total=Count("units"),
            units_ended=Count("units", filter=Q(units__status__in=ended)),
        )
        .order_by("-pk")[:JOBS]
    )
