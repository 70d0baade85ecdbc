"""When a run is to stop by itself: what a person may say, and the sentences that say it happened.

What is known here (tokens, hours) and what the stages behind know (pairs that wait, pairs that
pass) come together in a `Standing`; apps.review.limiting fills it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from apps.core.evidence import Rate, percent

LAST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None: never for that reason.

    tokens: that the model has written. hours: that a model server was at work for it.
    backlog: pairs, of every run, that wait for reviewers. pass_rate: of the `last` validated
    responses of the run, 0 to 1, once there are so many. interval: width (0 to 1) of the 95 %
    interval of the share of its pairs that reviewers accept.
    """

    tokens: int | None = None
    hours: float | None = None
    backlog: int | None = None
    pass_rate: float | None = None
    last: int = LAST
    interval: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Only what is limited; {} for nothing."""
        told = {name: value for name, value in asdict(self).items() if value is not None}
        return {} if set(told) <= {"last"} else told

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Limits:
        known = {field.name for field in fields(cls)}
        return cls(**{name: each for name, each in value.items() if name in known})

    @property
    def sentences(self) -> list[str]:
        """What is limited, in words."""
        told = []
        if self.tokens is not None:
            told.append(f"after {self.tokens:,} tokens")
        if self.hours is not None:
            told.append(f"after {self.hours:g} hours of a model server at work")
        if self.backlog is not None:
            told.append(f"when more than {self.backlog:,} pairs wait for review")
        if self.pass_rate is not None:
            told.append(f"when fewer than {percent(self.pass_rate)} of the last {self.last:,} pass")
        if self.interval is not None:
            points = 100 * self.interval
            told.append(f"when the share accepted is known within {points:g} points")
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands: tokens written, hours of work, pairs that wait for review (of every
    run), what passed of its last validated responses, what reviewers accepted of its pairs.
    """

    tokens: int = 0
    hours: float = 0.0
    backlog: int = 0
    passed: Rate = Rate(0, 0)
    accepted: Rate = Rate(0, 0)


def reached(limits: Limits, standing: Standing) -> str:
    """Which limit is reached, in a sentence; "" for none."""
    if limits.tokens is not None and standing.tokens >= limits.tokens:
        return f"{standing.tokens:,} tokens are written; the limit is {limits.tokens:,}."
    if limits.hours is not None and standing.hours >= limits.hours:
        worked = f"A model server was at work for {standing.hours:.2f} hours"
        return f"{worked}; the limit is {limits.hours:g}."
    if limits.backlog is not None and standing.backlog > limits.backlog:
        return f"More than {limits.backlog:,} pairs wait for review."
    if limits.pass_rate is not None and _passes_too_little(limits, standing.passed):
        wanted = f"at least {percent(limits.pass_rate)} are wanted"
        return f"Of the last {limits.last:,} responses {standing.passed} passed; {wanted}."
    if _is_known(limits, standing.accepted):
        return f"The share accepted is known well enough: {standing.accepted}."
    return ""


def _passes_too_little(limits: Limits, passed: Rate) -> bool:
    assert limits.pass_rate is not None
    return passed.whole >= limits.last and passed.part < limits.pass_rate * passed.whole


def _is_known(limits: Limits, accepted: Rate) -> bool:
    return limits.interval is not None and accepted.whole > 0 and accepted.width <= limits.interval
