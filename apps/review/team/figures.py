"""The team's figures: counted in the background, read by the page as they were counted last."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.review.models import Label, Ruling
from apps.review.models_beside import SecondLook, TeamFigures
from apps.review.team.agreement import (
    Consensus,
    Votes,
    cohen_kappa,
    dawid_skene,
    estimated,
    in_twos,
    krippendorff_alpha,
    with_majority,
)

# The newest pairs that several people judged: what the team is like now, in seconds of counting.
NEWEST_PAIRS = 3_000
# Dawid and Skene need three people, and enough pairs for an error rate of each.
FEWEST_PEOPLE, FEWEST_PAIRS = 3, 30
MOST_TWOS = 50
# Goes up with what is counted: figures of an older Winnow are counted anew.
FIGURES = 2

_VOTES = """
SELECT response_id, reviewer_id, value = 'good' FROM (
    SELECT DISTINCT ON (response_id, reviewer_id) response_id, reviewer_id, value
    FROM review_label
    WHERE response_id IN (
        SELECT response_id FROM review_decision WHERE voters > 1
        ORDER BY response_id DESC LIMIT %s
    )
    ORDER BY response_id, reviewer_id, id DESC
) AS newest
WHERE value IN ('good', 'bad')
ORDER BY response_id DESC, reviewer_id
"""
# Of what was not counted yet when the figures were stored.
_NONE = {"part": 0, "whole": 0}
# Labels that count today, the seconds of each, and what they say of pairs with a known answer.
_PEOPLE = """
SELECT
    person.id, person.username, count(*), count(*) FILTER (WHERE label.value = 'good'),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY label.seconds),
    count(gold.response_id), count(*) FILTER (WHERE gold.good = (label.value = 'good')),
    coalesce(max(look.changed), 0), coalesce(max(look.answered), 0)
FROM review_label label
JOIN accounts_user person ON person.id = label.reviewer_id
LEFT JOIN review_gold gold ON gold.response_id = label.response_id
LEFT JOIN (
    SELECT look.reviewer_id, count(*) FILTER (WHERE last.value <> first.value) AS changed,
        count(*) AS answered
    FROM review_secondlook look
    JOIN review_label first ON first.id = look.first_id
    JOIN review_label last ON last.id = look.last_id AND last.value IN ('good', 'bad')
    GROUP BY look.reviewer_id
) AS look ON look.reviewer_id = person.id
WHERE label.value IN ('good', 'bad') AND NOT EXISTS (
    SELECT FROM review_label later WHERE later.response_id = label.response_id
    AND later.reviewer_id = label.reviewer_id AND later.id > label.id
)
GROUP BY person.id, person.username ORDER BY count(*) DESC
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One reviewer. seconds: the median of a label. majority, gold: how often they said what most
    others said, or what is known. looks: how often evidence changed their mind, of the pairs
    that they judged before they saw it. sensitivity, specificity: Dawid and Skene's, None without.
    """

    pk: int
    name: str
    labels: int
    good: Rate
    seconds: float | None
    majority: Rate
    gold: Rate
    looks: Rate
    sensitivity: float | None = None
    specificity: float | None = None


@dataclass(frozen=True, slots=True)
class Two:
    """Two reviewers and their kappa over `pairs` pairs, with its interval."""

    one: str
    other: str
    kappa: float | None
    low: float | None
    high: float | None
    pairs: int


@dataclass(frozen=True, slots=True)
class Team:
    """Everything of the team page. pairs: how many several people judged, of the newest; judges:
    how many people those are.

    estimates: how likely a pair that people disagree on is good, by who says so and how often each
    of them errs (Dawid and Skene), by the pair's number; empty where it is not `is_estimated`.
    """

    pairs: int = 0
    judges: int = 0
    alpha: float | None = None
    low: float | None = None
    high: float | None = None
    split: int = 0
    people: list[Person] = field(default_factory=list)
    twos: list[Two] = field(default_factory=list)
    estimates: dict[str, float] = field(default_factory=dict)
    counted_at: datetime | None = None

    @property
    def is_estimated(self) -> bool:
        """Whether there are people and pairs enough for how often each of them errs."""
        return self.judges >= FEWEST_PEOPLE and self.pairs >= FEWEST_PAIRS

    @property
    def fewest(self) -> dict[str, int]:
        """What that needs."""
        return {"people": FEWEST_PEOPLE, "pairs": FEWEST_PAIRS}


def count_team() -> bool:
    """Count anew where a label or a ruling came since; whether it was done. Takes seconds."""
    newest = Label.objects.aggregate(Max("id"))["id__max"] or 0
    ruled = Ruling.objects.aggregate(Max("updated_at"))["updated_at__max"]
    looks = SecondLook.objects.filter(last__isnull=False).count()
    # Whoever was pseudonymised is not named any more.
    forgotten = User.objects.filter(pseudonymised_at__isnull=False).count()
    mark = f"{newest} {ruled} {looks} {forgotten} {FIGURES}"
    stored = TeamFigures.objects.first()
    if stored and stored.data.get("mark") == mark:
        return False
    data = {**asdict(_team()), "mark": mark}
    del data["counted_at"]
    TeamFigures.objects.update_or_create(
        pk=1, defaults={"data": data, "counted_at": timezone.now()}
    )
    return True


def read_team() -> Team:
    """The figures as they were counted last; empty when never. One query."""
    stored = TeamFigures.objects.first()
    if stored is None:
        return Team()
    data: dict[str, Any] = {key: value for key, value in stored.data.items() if key != "mark"}
    rates = ("good", "majority", "gold", "looks")
    people = [
        Person(**{**each, **{name: Rate(**each.get(name, _NONE)) for name in rates}})
        for each in data.pop("people")
    ]
    twos = [Two(**each) for each in data.pop("twos")]
    return Team(**data, people=people, twos=twos, counted_at=stored.counted_at)


def _team() -> Team:
    by_pair = _votes()
    votes = list(by_pair.values())
    alpha = estimated(votes, krippendorff_alpha)
    judges = len({person for each in votes for person in each})
    is_estimated = Team(pairs=len(votes), judges=judges).is_estimated
    model = dawid_skene(votes) if is_estimated else None
    people = _people(votes, model)
    names = {person.pk: person.name for person in people}
    return Team(
        pairs=len(votes),
        judges=judges,
        alpha=alpha.value,
        low=alpha.low,
        high=alpha.high,
        split=sum(len(set(each.values())) > 1 for each in votes),
        people=people,
        twos=_twos(votes, names),
        estimates={
            str(pk): round(good, 3)
            for (pk, each), good in zip(by_pair.items(), model.good, strict=True)
            if len(set(each.values())) > 1
        }
        if model
        else {},
    )


def _votes() -> dict[int, Votes]:
    """What people say of the newest pairs that several judged, by the pair's id."""
    found: dict[int, dict[int, bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_VOTES, [NEWEST_PAIRS])
        for response_id, reviewer_id, good in cursor:
            found.setdefault(response_id, {})[reviewer_id] = good
    return {pk: each for pk, each in found.items() if len(each) > 1}


def _people(votes: list[Votes], model: Consensus | None) -> list[Person]:
    majority = with_majority(votes)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE)
        rows = cursor.fetchall()
    return [
        Person(
            pk=pk,
            name=name,
            labels=labels,
            good=Rate(good, labels),
            seconds=seconds,
            majority=Rate(*majority.get(pk, (0, 0))),
            gold=Rate(right, known),
            looks=Rate(changed, answered),
            sensitivity=model.sensitivity.get(pk) if model else None,
            specificity=model.specificity.get(pk) if model else None,
        )
        for pk, name, labels, good, seconds, known, right, changed, answered in rows
    ]


def _twos(votes: list[Votes], names: dict[int, str]) -> list[Two]:
    most = sorted(in_twos(votes).items(), key=lambda item: -len(item[1]))[:MOST_TWOS]
    found = []
    for (one, other), both in most:
        kappa = estimated(both, cohen_kappa)
        found.append(Two(names[one], names[other], kappa.value, kappa.low, kappa.high, kappa.pairs))
    return found
