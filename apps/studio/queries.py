"""What a try came to: its seeds, each with what either side made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from apps.core.evidence import Rate
from apps.fewshot.models import FewShotSet
from apps.generation.models import Completion, Instruction, Response, Run
from apps.generation.words import STAGES, reason_words
from apps.seeds.models import Seed
from apps.studio.models import Trial
from apps.validation.models import Verdict
from apps.validation.queries import verdicts_shown

TRIALS_SHOWN = 10
_RELATED = tuple(
    f"{side}_run__{name}"
    for side in ("draft", "published")
    for name in ("job", "recipe__fewshot__fewshot_set")
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A response with its instruction and what databases said of it; overall: None until then."""

    instruction: str
    response: Response
    overall: Verdict | None
    verdicts: tuple[Verdict, ...]

    @property
    def has_passed(self) -> bool:
        return self.overall is not None and self.overall.outcome == "passed"


@dataclass(frozen=True, slots=True)
class Made:
    """What one side made of a seed. rejected: completions that gave nothing, in words."""

    pairs: tuple[Pair, ...] = ()
    rejected: tuple[str, ...] = ()
    concepts: str = ""


@dataclass(frozen=True, slots=True)
class SeedLine:
    """A seed with both sides. is_same: every prompt of it was the same on both, for no example
    that differs was shown; what differs is chance then.
    """

    seed: Seed
    draft: Made
    published: Made
    is_same: bool

    @property
    def sides(self) -> tuple[tuple[str, Made], ...]:
        return (("draft", self.draft), ("published", self.published))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole try; the rates are over the pairs that have a verdict."""

    lines: tuple[SeedLine, ...]
    draft: Rate
    published: Rate

    @property
    def better(self) -> int:
        """Seeds with a pair that passed with the draft alone."""
        return sum(_passed(line.draft) and not _passed(line.published) for line in self.lines)

    @property
    def worse(self) -> int:
        """Seeds with a pair that passed with the published version alone."""
        return sum(_passed(line.published) and not _passed(line.draft) for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether any pair can still be sent to review."""
        return any(
            pair.response.is_held_back
            for line in self.lines
            for _, made in line.sides
            for pair in made.pairs
        )


def trials() -> QuerySet[Trial]:
    """Tries with all that is said of them, the newest first."""
    return Trial.objects.select_related("created_by", *_RELATED).order_by("-pk")


def trials_of(fewshot_set: FewShotSet) -> QuerySet[Trial]:
    """The newest tries of a set's drafts."""
    return trials().filter(draft_run__recipe__fewshot__fewshot_set=fewshot_set)[:TRIALS_SHOWN]


def outcome_of(trial: Trial) -> Outcome:
    """Both sides of every seed, in the order of the try; a fixed number of queries."""
    chosen = trial.draft_run.chosen.select_related("seed").order_by("position")
    seeds = [row.seed for row in chosen]
    draft, published = _side(trial.draft_run, seeds), _side(trial.published_run, seeds)
    asked = [_asked(run, seeds) for run in (trial.draft_run, trial.published_run)]
    lines = tuple(
        SeedLine(
            seed,
            draft.get(seed.pk, Made()),
            published.get(seed.pk, Made()),
            is_same=bool(asked[0].get(seed.pk)) and asked[0].get(seed.pk) == asked[1].get(seed.pk),
        )
        for seed in seeds
    )
    return Outcome(
        lines,
        _rate(line.draft for line in lines),
        _rate(line.published for line in lines),
    )


def _side(run: Run, seeds: Sequence[Seed]) -> dict[int, Made]:
    """By the recipe and not the run: an earlier try may have asked the same."""
    responses = Response.objects.order_by("draw").prefetch_related("verdicts")
    instructions = (
        Instruction.objects.filter(recipe=run.recipe, seed__in=seeds)
        .select_related("concepts")
        .prefetch_related(Prefetch("responses", queryset=responses))
        .order_by("pk")
    )
    pairs: dict[int, list[Pair]] = {}
    concepts: dict[int, str] = {}
    for asked in instructions:
        of_seed = pairs.setdefault(asked.seed_id or 0, [])
        concepts[asked.seed_id or 0] = str(asked.concepts or "")
        for response in asked.responses.all():
            overall, others = verdicts_shown(response)
            of_seed.append(Pair(asked.text, response, overall, tuple(others)))
    rejected = _rejected(run, seeds)
    return {
        pk: Made(tuple(pairs.get(pk, ())), tuple(rejected.get(pk, ())), concepts.get(pk, ""))
        for pk in {*pairs, *rejected}
    }


def _rejected(run: Run, seeds: Sequence[Seed]) -> dict[int, list[str]]:
    rows = Completion.objects.filter(recipe=run.recipe, seed__in=seeds, superseded=False)
    found: dict[int, list[str]] = {}
    for seed_id, stage, reason in (
        rows.exclude(reason="").order_by("pk").values_list("seed", "stage", "reason")
    ):
        found.setdefault(seed_id, []).append(f"{STAGES[stage]}: {reason_words(reason)}")
    return found


def _asked(run: Run, seeds: Sequence[Seed]) -> dict[int, list[tuple[str, int, bytes]]]:
    """By seed, the prompts that were answered: stage, draw and hash, in order."""
    rows = Completion.objects.filter(recipe=run.recipe, seed__in=seeds, superseded=False)
    found: dict[int, list[tuple[str, int, bytes]]] = {}
    for seed_id, stage, draw, digest in rows.values_list("seed", "stage", "draw", "prompt_hash"):
        found.setdefault(seed_id, []).append((stage, draw, bytes(digest)))
    return {pk: sorted(each) for pk, each in found.items()}


def _passed(made: Made) -> bool:
    return any(pair.has_passed for pair in made.pairs)


def _rate(sides: Iterable[Made]) -> Rate:
    judged = [pair for made in sides for pair in made.pairs if pair.overall is not None]
    return Rate(sum(pair.has_passed for pair in judged), len(judged))
