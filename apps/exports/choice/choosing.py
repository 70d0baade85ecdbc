"""From filters and care to the rows that are written, and what is left out, by reason."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from apps.exports.choice import benchmarks, grouping
from apps.exports.choice.care import Care, Likeness, PerInstruction
from apps.exports.choice.duplicates import doubles
from apps.exports.choice.filters import Filters, candidates
from apps.exports.choice.labels import Stand
from apps.exports.choice.quotas import over_quota
from apps.exports.choice.rulings import Rulings
from apps.exports.choice.splits import TRAIN, split
from apps.exports.choice.votes import Count, Votes, votes
from apps.exports.shape import Format, Shape

if TYPE_CHECKING:
    from apps.exports.choice.decontamination import Hit
    from apps.exports.choice.features import Features

STEP = 2000

Check = Callable[[], None]


class Item(NamedTuple):
    """One row to be written. rejected: the other response of a preference, votes: how people
    chose between the two who saw both; accepted: False for a rejected response of an unpaired
    file.
    """

    response_id: int
    split: str = TRAIN
    rejected: int | None = None
    accepted: bool = True
    votes: Count | None = None


@dataclass(slots=True)
class Chosen:
    """What an export writes, in its order, and what it leaves out by reason.

    bad: those of `ids` that are rejected responses of an unpaired file; pairs: preferences, in
    the place of `ids`; votes: of people who saw both of such a pair; splits: by response, where
    there are any; hits: benchmark questions that were found; doubles: by response, the one that
    stays in its place; largest_group: so many pairs must stay in one split; benchmarks: files of
    questions that the pairs were held against, by name.
    """

    ids: array[int] = field(default_factory=lambda: array("q"))
    bad: set[int] = field(default_factory=set)
    pairs: list[tuple[int, int]] | None = None
    votes: Votes = field(default_factory=Votes)
    splits: dict[int, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    hits: list[Hit] = field(default_factory=list)
    doubles: dict[int, int] = field(default_factory=dict)
    largest_group: int = 0
    benchmarks: dict[str, benchmarks.Compared] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids if self.pairs is None else self.pairs)

    def response_ids(self) -> Iterator[int]:
        """The responses of the rows in their order, two of each preference."""
        return iter(self.ids) if self.pairs is None else chain.from_iterable(self.pairs)

    def items(self) -> Iterator[Item]:
        """The rows to be written, in their order."""
        if self.pairs is not None:
            for one, other in self.pairs:
                fell = self.votes.won.get((one, other))
                yield Item(one, self.splits.get(one, TRAIN), rejected=other, votes=fell)
            return
        if not (self.splits or self.bad):
            yield from map(Item, self.ids)
            return
        for one in self.ids:
            yield Item(one, self.splits.get(one, TRAIN), accepted=one not in self.bad)

    def keep(self, reason: str, keeps: Callable[[int], bool]) -> None:
        """Leave out what is not kept, for that reason."""
        kept = array("q", (one for one in self.ids if keeps(one)))
        self.left_out[reason] += len(self.ids) - len(kept)
        self.ids = kept


def choose(
    filters: Filters,
    care: Care,
    shape: Shape,
    *,
    check: Check = lambda: None,
    only: tuple[int, int] | None = None,
) -> Chosen:
    """Read within one transaction. `check` is called now and then, and may raise. `only`: of
    responses with numbers from the first to the second.

    Raises benchmarks.BenchmarkError.
    """
    votes_on = votes() if shape.format is Format.PREFERENCE else Votes()
    chosen = _filtered(filters, shape, check, only, votes_on)
    if care.per_instruction != PerInstruction.ALL:
        stay = grouping.kept(chosen.ids, PerInstruction(care.per_instruction)) | chosen.bad
        chosen.keep("not_the_best", stay.__contains__)
    if care.needs_texts:
        _look_at_texts(chosen, care, check)
    if shape.format is Format.PREFERENCE:
        _pair_off(chosen, care, check)
    chosen.left_out += Counter()  # without what is zero
    return chosen


def _pair_off(chosen: Chosen, care: Care, check: Check) -> None:
    from apps.exports.choice.preferences import preferences  # parsers

    found = preferences(
        chosen.ids, most=care.pairs_per_instruction, check=check,
        votes=chosen.votes, left_out=chosen.left_out,
    )  # fmt: skip
    chosen.pairs = [(one.chosen, one.rejected) for one in found]
    chosen.left_out["votes_undecided"] += chosen.votes.undecided


def _filtered(
    filters: Filters, shape: Shape, check: Check, only: tuple[int, int] | None, on: Votes
) -> Chosen:
    chosen = Chosen(votes=on)
    takes_bad = shape.format is Format.UNPAIRED
    rows = candidates(filters, only=only, preferred=on.winners())
    for place, (pk, left_out, stand) in enumerate(rows):
        if not place % STEP:
            check()
        if not left_out:
            chosen.ids.append(pk)
        elif takes_bad and left_out == "not_accepted" and stand == Stand.REJECTED:
            chosen.ids.append(pk)
            chosen.bad.add(pk)
        else:
            chosen.left_out[left_out] += 1
    return chosen


def _look_at_texts(chosen: Chosen, care: Care, check: Check) -> None:
    """One pass over the pairs themselves, then what compares them with each other."""
    # Parsers and their memory: only for who looks at texts.
    from apps.exports.choice.decontamination import Questions
    from apps.exports.choice.features import read

    found = [benchmarks.read_named(name) for name in care.benchmarks]
    chosen.benchmarks = {one.name: one.compared for one in found}
    questions, rulings = Questions(found), Rulings(one.sha256 for one in found)
    features: list[Features] = []
    reasons: dict[int, str] = {}
    needs = bool(found) or care.has_splits or Likeness.SKELETON in care.duplicates
    for place, text in enumerate(read(chosen.ids, care, needs_skeleton=needs)):
        if not place % STEP:
            check()
        features.append(text.features)
        hits = questions.find(text) if found else []
        chosen.hits += hits
        # One that may stay says nothing of the others; a sure one counts first.
        if told := sorted(filter(None, map(rulings.reason, hits))):
            reasons[text.row.response_id] = told[0]
    for reason in sorted(set(reasons.values())):
        chosen.keep(reason, lambda one, reason=reason: reasons.get(one) != reason)  # type: ignore[misc]
    _compare(chosen, [one for one in features if one.response_id not in reasons], care)


def _compare(chosen: Chosen, features: list[Features], care: Care) -> None:
    if care.duplicates:
        bad = chosen.bad
        for side in (False, True):
            own = [one for one in features if (one.response_id in bad) is side]
            chosen.doubles |= doubles(own, care.duplicates)
        chosen.keep("duplicate", lambda one: one not in chosen.doubles)
        features = [one for one in features if one.response_id not in chosen.doubles]
    if care.has_quotas:
        over = over_quota(features, care)
        chosen.keep("over_quota", lambda one: one not in over)
        features = [one for one in features if one.response_id not in over]
    if care.has_splits:
        found = split(features, care)
        chosen.splits, chosen.largest_group = found.of, found.largest_group
