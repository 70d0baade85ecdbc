"""What the front page says beyond bare figures: people's work, pass and acceptance, what waits,
what failed. Values only; apps.home.counting counts them in the background.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.core.models import Figure
from apps.home.figures import NAMES, Figures

NAME = "standing"


@dataclass(frozen=True, slots=True)
class Work:
    """Labels of one person, or of all, in one span of time. `timed` of them came one by one, from
    the review page, and took `seconds` together.
    """

    labels: int = 0
    good: int = 0
    timed: int = 0
    seconds: float = 0.0

    @property
    def accepted(self) -> Rate:
        return Rate(self.good, self.labels)

    @property
    def per_hour(self) -> float | None:
        """Labels in an hour of work; None where no time was taken."""
        return 3600 * self.timed / self.seconds if self.seconds else None

    def __add__(self, other: Work) -> Work:
        return Work(
            self.labels + other.labels,
            self.good + other.good,
            self.timed + other.timed,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer's work today and in the last seven days, today among them; UTC."""

    name: str
    today: Work
    week: Work


@dataclass(frozen=True, slots=True)
class Day:
    """Pairs written, labels given and those that say good on one day (UTC)."""

    day: str
    written: int = 0
    labelled: int = 0
    accepted: int = 0

    @property
    def begin(self) -> datetime:
        found = date.fromisoformat(self.day)
        return datetime(found.year, found.month, found.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """Pairs of one few-shot version or of one kind of statement."""

    name: str
    pairs: int
    run: int
    passed: int
    labelled: int
    good: int

    @property
    def pass_rate(self) -> Rate:
        """Those whose SQL passed, of those that were run."""
        return Rate(self.passed, self.run)

    @property
    def acceptance(self) -> Rate:
        """Those that people accept, of those that have a label."""
        return Rate(self.good, self.labelled)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open pairs of a queue. `people`: who may label them; [] is everybody. `labelled`: how many
    of them somebody labelled already, where they need others' labels too.
    """

    queue: int
    name: str
    pairs: int
    people: list[str]
    labelled: dict[str, int] = field(default_factory=dict)

    def left_for(self, name: str) -> int:
        """How many of them wait for that person."""
        return max(0, self.pairs - self.labelled.get(name, 0))

    def is_for(self, user: User) -> bool:
        return user.is_editor or not self.people or user.username in self.people


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed, or whose units did, in the last seven days. `number`: of the run, export,
    … that it did, None where it has no page.
    """

    job: int
    kind: str
    status: str
    units: int
    message: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`took`: seconds of counting. `units`: unfinished work of each kind of worker; `unattended`:
    the kinds of which none has taken any for minutes.
    """

    people: tuple[Person, ...] = ()
    days: tuple[Day, ...] = ()
    versions: tuple[Part, ...] = ()
    kinds: tuple[Part, ...] = ()
    queues: tuple[Waiting, ...] = ()
    conflicts: int = 0
    flags: int = 0
    units: tuple[tuple[str, int], ...] = ()
    unattended: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    took: float = 0.0
    counted_at: datetime | None = None

    @property
    def everybody(self) -> Person:
        """All people's work together."""
        today = sum((person.today for person in self.people), Work())
        return Person("everybody", today, sum((person.week for person in self.people), Work()))

    def seen_by(self, user: User) -> Standing:
        """What this user may see: reviewers themselves and their queues, editors all."""
        if user.is_editor:
            return self
        return replace(
            self,
            people=tuple(person for person in self.people if person.name == user.username),
            queues=tuple(waiting for waiting in self.queues if waiting.is_for(user)),
            conflicts=0,
            flags=0,
            units=(),
            unattended=(),
            failures=(),
        )


def store(standing: Standing, counted_at: datetime) -> None:
    """Keep it as one Figure."""
    value = asdict(standing)
    del value["counted_at"]
    Figure.objects.update_or_create(name=NAME, defaults={"value": value, "counted_at": counted_at})


def read_all() -> tuple[Figures, Standing]:
    """The figures and the standing as they were counted last: one query."""
    rows = {row.name: row for row in Figure.objects.filter(name__in=[*NAMES, NAME])}
    row = rows.pop(NAME, None)
    return Figures.of(list(rows.values())), _standing(row) if row else Standing()


def _standing(row: Figure) -> Standing:
    value: dict[str, Any] = row.value
    return Standing(
        people=tuple(
            Person(each["name"], Work(**each["today"]), Work(**each["week"]))
            for each in value["people"]
        ),
        days=tuple(Day(**each) for each in value["days"]),
        versions=tuple(Part(**each) for each in value["versions"]),
        kinds=tuple(Part(**each) for each in value["kinds"]),
        queues=tuple(Waiting(**each) for each in value["queues"]),
        conflicts=value["conflicts"],
        flags=value["flags"],
        units=tuple((name, number) for name, number in value["units"]),
        # What an older Winnow counted has none.
        unattended=tuple(value.get("unattended", ())),
        failures=tuple(Failure(**each) for each in value["failures"]),
        took=value["took"],
        counted_at=row.counted_at,
    )
