"""What a few-shot version came to: of its runs' counts, without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import gcd
from typing import Any, Literal

from apps.core.evidence import Rate
from apps.evidence.statistics.effect import Cell, Effect, labels_planned
from apps.evidence.tally import Counted, Tally

MOST_ARRANGEMENTS = 200
STAGES = {"s_c": "S→C", "s_i": "S→I", "c_i": "C→I", "i_r": "I→R"}
Outcome = Literal["accepted", "passed"]
# What is looked at, and of how many it is a share.
OUTCOMES: dict[Outcome, str] = {"accepted": "labelled", "passed": "validated"}


@dataclass(frozen=True, slots=True)
class ArrangementLine:
    """Pairs whose prompts showed the same; shown: (stage, numbers) in words."""

    shown: tuple[tuple[str, str], ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """Pairs whose prompts of a stage showed an example, and what showing it there does; is_clear
    of an effect: it holds among all that is said of the version at once.
    """

    number: int
    stage: str
    tally: Tally
    accepted: Effect
    passed: Effect

    @property
    def stage_words(self) -> str:
        return STAGES[self.stage]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is suggested for an example: "keep", "retire" or "look at", "" where that is not known
    yet; why: in a sentence. more: about how many labels decide it, None where nobody can say.
    """

    number: int
    what: str
    why: str
    more: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A version: its runs and pairs, its arrangements with the most pairs first, its examples by
    stage, and what is suggested for each.
    """

    runs: int
    tally: Tally
    arrangements: tuple[ArrangementLine, ...] = ()
    arrangement_count: int = 0
    examples: tuple[ExampleLine, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def stages(self) -> list[str]:
        return [stage for stage in STAGES if any(line.stage == stage for line in self.examples)]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Summary:
        return cls(
            runs=value["runs"],
            tally=Tally.from_json(value["tally"]),
            arrangements=tuple(
                ArrangementLine(
                    tuple((stage, numbers) for stage, numbers in each["shown"]),
                    Tally.from_json(each["tally"]),
                )
                for each in value["arrangements"]
            ),
            arrangement_count=value["arrangement_count"],
            examples=tuple(_example_line(each) for each in value["examples"]),
            advice=tuple(Advice(**each) for each in value["advice"]),
        )


def summary(counted: Sequence[Counted], *, numbers: Iterable[int], runs: int) -> Summary:
    """numbers: the version's examples that models may be shown."""
    arrangements = _arrangements(counted)
    lines = _together([line for stage in STAGES for line in _of_stage(counted, stage, numbers)])
    tally = _sum(each.tally for each in counted)
    return Summary(
        runs=runs,
        tally=tally,
        arrangements=arrangements[:MOST_ARRANGEMENTS],
        arrangement_count=len(arrangements),
        examples=tuple(lines),
        advice=tuple(
            advise(number, [line for line in lines if line.number == number], tally)
            for number in numbers
        ),
    )


def advise(number: int, lines: Sequence[ExampleLine], whole: Tally) -> Advice:
    """What the lines of one example, one of each stage, say together; whole: of the version."""
    good, bad = _findings(lines, 1), _findings(lines, -1)
    if good and bad:
        return Advice(number, "look at", f"It helps ({good[0]}) and harms ({bad[0]}).")
    if bad:
        return Advice(number, "retire", f"It harms: {bad[0]}.")
    if good:
        return Advice(number, "keep", f"It helps: {good[0]}.")
    copied = next((line for line in lines if _is_copied(line, whole)), None)
    if copied:
        return Advice(number, "look at", f"It is copied: {copied.tally.copies} of its pairs.")
    known = [line.accepted for line in lines if line.accepted.difference is not None]
    if known and all(each.is_slight for each in known):
        return Advice(number, "look at", "It makes no difference that matters.", 0)
    if lines and not whole.labelled:
        planned = [labels_planned(line.tally.pairs, whole.pairs) for line in lines]
        return Advice(number, "", "No label yet.", max(filter(None, planned), default=None))
    more = max((each.more for each in known if each.more), default=None)
    why = next((line.accepted.why for line in lines if line.accepted.why), "")
    return Advice(number, "", "Not decided yet." if known else _sentence(why), more)


def _sentence(why: str) -> str:
    return f"Not known: {why}." if why else "No pair yet."


def _findings(lines: Iterable[ExampleLine], sign: int) -> list[str]:
    """What holds in one direction, in words; what reviewers say comes first."""
    found = []
    for place, words in enumerate(("accepted", "passed")):
        for line in lines:
            each = (line.accepted, line.passed)[place]
            if each.is_clear and (each.difference or 0) * sign > 0:
                found.append(f"{each} {words} at {line.stage_words}")
    return found


def _is_copied(line: ExampleLine, whole: Tally) -> bool:
    """More often than the pairs of the version are, for certain."""
    return line.tally.copies.low > whole.copies.high


def _arrangements(counted: Iterable[Counted]) -> tuple[ArrangementLine, ...]:
    sums: dict[str, tuple[tuple[tuple[str, str], ...], Tally]] = {}
    for each in counted:
        words = tuple(
            (STAGES[s], ", ".join(map(str, each.shown[s]))) for s in STAGES if s in each.shown
        )
        before = sums.get(each.key, (words, Tally()))[1]
        sums[each.key] = words, before + each.tally
    lines = [ArrangementLine(words, tally) for words, tally in sums.values()]
    return tuple(sorted(lines, key=lambda line: -line.tally.pairs))


def _of_stage(counted: Sequence[Counted], stage: str, numbers: Iterable[int]) -> list[ExampleLine]:
    of_stage = [each for each in counted if each.shown.get(stage)]
    if not of_stage:
        return []
    numbers = tuple(numbers)
    found = {outcome: _effects(of_stage, stage, numbers, outcome) for outcome in OUTCOMES}
    return [
        ExampleLine(
            number=number,
            stage=stage,
            tally=_sum(each.tally for each in of_stage if number in each.shown[stage]),
            accepted=found["accepted"][number],
            passed=found["passed"][number],
        )
        for number in numbers
    ]


def _effects(
    of_stage: Sequence[Counted], stage: str, numbers: tuple[int, ...], outcome: Outcome
) -> dict[int, Effect]:
    from apps.evidence.statistics.effects import effects  # numpy: whoever counts, no page

    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    shows: dict[str, frozenset[int]] = {}
    for each in of_stage:
        shows[each.key] = frozenset(each.shown[stage])
        stratum = f"{each.recipe} {each.kind}"
        of_cell = sums[stratum, each.key, _block(each, stage, len(numbers))]
        of_cell[0] += getattr(each.tally, outcome)
        of_cell[1] += getattr(each.tally, OUTCOMES[outcome])
    cells = [
        Cell(stratum, key, part, whole, block)
        for (stratum, key, block), (part, whole) in sums.items()
    ]
    return effects(cells, shows, numbers)


def _block(each: Counted, stage: str, available: int) -> str:
    """Arrangements are drawn so that after each such block all examples were shown equally often
    (apps.generation.stages.arranging).
    """
    shown = len(each.shown[stage])
    if each.arrangement is None or not shown:
        return ""
    return f"{shown} {each.arrangement // (available // gcd(available, shown) or 1)}"


def _together(lines: Sequence[ExampleLine]) -> list[ExampleLine]:
    """The lines with intervals for all that they say at once, of both outcomes."""
    from apps.evidence.statistics.effects import together  # numpy: whoever counts, no page

    accepted = [line.accepted for line in lines]
    found = together([*accepted, *(line.passed for line in lines)])
    halves = zip(lines, found[: len(lines)], found[len(lines) :], strict=True)
    return [replace(line, accepted=one, passed=other) for line, one, other in halves]


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, start=Tally())


def _example_line(value: dict[str, Any]) -> ExampleLine:
    return ExampleLine(
        number=value["number"],
        stage=value["stage"],
        tally=Tally.from_json(value["tally"]),
        accepted=_effect(value["accepted"]),
        passed=_effect(value["passed"]),
    )


def _effect(value: dict[str, Any]) -> Effect:
    sides = {name: Rate(**value[name]) for name in ("shown", "not_shown")}
    return Effect(**{**value, **sides})
