"""What pairs cost. Counted in the background (apps.review.costing, which knows what reviewers did)
and kept in a core.Figure per run; a recipe's and a few-shot version's cost is that of their runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from apps.core.evidence import Rate
from apps.core.models import Figure
from apps.generation.models import Run
from apps.generation.tally import rows

COST = "cost-run-"
SUMS = """
    SELECT %(by)s AS key, count(*), jsonb_agg(figure.value)
    FROM core_figure figure
    JOIN generation_run run ON figure.name = 'cost-run-' || run.id
    JOIN generation_recipe recipe ON recipe.id = run.recipe_id AND NOT recipe.is_trial
    GROUP BY key ORDER BY max(run.id) DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was spent: in all, and by response, passed pair and accepted pair; None where
    there is none to divide by.
    """

    label: str
    total: float
    each: float | None
    per_passed: float | None
    per_accepted: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent, and what came of it. Seconds of servers count what no pair came of, too;
    those of the sandbox are of the databases alone.
    """

    responses: int = 0
    validated: int = 0
    passed: int = 0
    labelled: int = 0
    accepted: int = 0
    gpu_seconds: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    sandbox_seconds: float = 0.0
    reviewer_seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        mine, more = asdict(self), asdict(other)
        return Cost(**{name: mine[name] + more[name] for name in mine})

    @property
    def pass_rate(self) -> Rate:
        return Rate(self.passed, self.validated)

    @property
    def acceptance(self) -> Rate:
        """What reviewers accepted of the pairs that they judged."""
        return Rate(self.accepted, self.labelled)

    @property
    def lines(self) -> list[Line]:
        """What the tables show."""
        return [
            self._line("Model server, GPU-seconds", self.gpu_seconds),
            self._line("Prompt tokens", self.prompt_tokens),
            self._line("… of them from the cache", self.cached_tokens),
            self._line("Tokens written", self.completion_tokens),
            self._line("Sandbox, seconds", self.sandbox_seconds),
            self._line("Reviewers, seconds", self.reviewer_seconds),
        ]

    def _line(self, label: str, total: float) -> Line:
        def by(number: int) -> float | None:
            return total / number if number else None

        return Line(label, total, by(self.responses), by(self.passed), by(self.accepted))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Cost:
        known = {field.name for field in fields(cls)}
        return cls(**{name: each for name, each in value.items() if name in known})


@dataclass(frozen=True, slots=True)
class Share:
    """The cost of all runs of a recipe or a few-shot version."""

    key: int
    runs: int
    cost: Cost


def costs_of(runs: Iterable[Run]) -> dict[int, Cost]:
    """Costs by run as they were counted last; runs never counted are left out. One query."""
    names = {f"{COST}{run.pk}": run.pk for run in runs}
    figures = Figure.objects.filter(name__in=names)
    return {names[figure.name]: Cost.from_json(figure.value) for figure in figures}


def costs_by_recipe() -> list[Share]:
    """The cost of each recipe, those used last first: 100 at most."""
    return _shares("recipe.id")


def costs_by_version() -> list[Share]:
    """The cost of each few-shot version, those used last first: 100 at most."""
    return _shares("recipe.fewshot_id")


def _shares(column: str) -> list[Share]:
    found = rows(SUMS % {"by": column}, {})
    return [
        Share(key, runs, sum(map(Cost.from_json, json.loads(values)), start=Cost()))
        for key, runs, values in found
    ]
