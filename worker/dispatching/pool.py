"""The units that a dispatcher holds, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.core import work
from apps.core.models import WorkUnit
from apps.generation.asking import Ask, Group
from apps.generation.models import Run
from apps.generation.prompting import draws_of
from worker.dispatching.answers import requested
from worker.dispatching.lane import Lane, Task


@dataclass(slots=True)
class Held:
    """A unit under lease. asked: completions asked for by stage. open: asks that wait, are under
    way or are being saved; the unit is done when there is none and none is left to be made.
    upstream: those of them that something follows from; leading: those of a seed for which the
    others of its lane wait. `trouble` is why it is to be given back;
    `is_looked_through`: what it lacks is being found out just now.
    """

    unit: WorkUnit
    run: Run
    group: Group
    seed_ids: list[int]
    lane: Lane
    asked: dict[str, int] = field(default_factory=dict)
    open: int = 0
    upstream: int = 0
    leading: int = 0
    trouble: Exception | None = None
    is_looked_through: bool = True

    @property
    def stages(self) -> list[str]:
        return self.run.recipe.stages

    @property
    def sequences(self) -> int:
        """Of its last stage, when nothing is rejected."""
        return len(self.seed_ids) * draws_of(self.run, self.stages[-1])

    @property
    def is_done(self) -> bool:
        """Whether all that was asked is stored; what follows from it may still be to ask."""
        return not self.open and not self.is_looked_through

    def task(self, ask: Ask) -> Task:
        """What is sent for an ask."""
        return Task(
            self.unit.pk,
            ask,
            requested(ask),
            is_shared=len(self.seed_ids) > 1,
            is_last=self.unit.attempts >= work.MAX_ATTEMPTS,
        )

    def add(self, ask: Ask) -> None:
        """An ask is on its way from now on."""
        self.asked[ask.stage] = self.asked.get(ask.stage, 0) + len(ask.draws)
        self.open += 1
        self.upstream += ask.stage != self.stages[-1]
        self.leading += self.leads(ask)

    def leads(self, ask: Ask) -> bool:
        """Whether others wait for the seed of an ask."""
        return self.lane.is_led_by(self.unit.pk, ask.seed_id)

    def ended(self, ask: Ask) -> None:
        """An ask has its answers stored, or will have none."""
        self.open -= 1
        self.upstream -= ask.stage != self.stages[-1]
        if self.leads(ask):
            self.leading -= 1
            if not self.leading or ask.stage == self.stages[-1]:
                self.lane.follow()

    def to_come(self) -> int:
        """Sequences of the last stage that are likely to follow from earlier ones under way."""
        return self.upstream * draws_of(self.run, self.stages[-1])


class Pool:
    """All units that are held, by id."""

    def __init__(self) -> None:
        self.units: dict[int, Held] = {}

    def to_come(self) -> int:
        """Sequences that are likely to follow from what is under way."""
        return sum(held.to_come() for held in self.units.values())
