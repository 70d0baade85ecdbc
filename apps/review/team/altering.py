"""Known answers for free: pairs that pass, with their SQL altered so that the result differs.

An altered pair is a response of its own, held back from lists, queues and exports, to a copy of
the instruction; Gold says that it is bad and what was done. It is made in a worker: what a model
wrote is taken apart and run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from secrets import randbelow

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.core.excuses import is_nobodys_fault
from apps.generation.models import Response
from apps.review.models import Gold
from apps.review.team.known_bad import sources
from apps.validation.apart import IN_CHILDREN, read_response
from apps.validation.databases.base import Unavailable
from apps.validation.judging import validate_reading
from apps.validation.runners import Runner, runners
from apps.validation.services import responses_validate
from apps.validation.strength.mutation import Mutant
from apps.validation.strength.writing import spread
from apps.validation.values import Outcome, Reading

log = logging.getLogger(__name__)

TRIED = 4  # alterations of a pair


@dataclass(frozen=True, slots=True)
class Altered:
    """A response with its SQL altered, and what the test says of it."""

    text: str
    why: str


def known_bad_make(*, most: int) -> int:
    """Make that many known-bad pairs where so many pairs can be altered; how many were made."""
    available = runners(settings.WINNOW_DATABASES)
    made = [pk for source in _drawn(2 * most) if (pk := _made(source, available)) is not None]
    responses_validate(response_ids=made[:most])
    return len(made[:most])


def _drawn(most: int) -> list[Response]:
    """Pairs from a random one on, and then from the first."""
    rows = sources().select_related("instruction").order_by("pk")
    last = rows.aggregate(last=Max("pk"))["last"] or 0
    place = randbelow(last + 1)
    ahead = list(rows.filter(pk__gte=place)[:most])
    return ahead + list(rows.filter(pk__lt=place)[: most - len(ahead)])


def _made(source: Response, available: dict[str, Runner]) -> int | None:
    """The altered pair of one, stored; None where nothing of it can be altered and noticed."""
    try:
        found = next(_altered(source, available), None)
    except Unavailable:
        raise
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("Response %s is not altered", source.pk)
        return None
    return _stored(source, found) if found else None


def _altered(source: Response, available: dict[str, Runner]) -> Iterator[Altered]:
    """The source's text with each alteration that its test notices on the database it passed on."""
    instruction = source.instruction.text
    passed = source.verdicts.filter(outcome=Outcome.PASSED.value, database__in=available)
    database = passed.order_by("pk").values_list("database", flat=True).first()
    if database is None:
        return
    runner = available[database]
    reading = read_response(source.text, instruction=instruction)
    mutants = IN_CHILDREN.alter(reading, backwards=False).mutants
    for mutant in _in_turns(mutants, source)[:TRIED]:
        text = _rewritten(source.text, reading, mutant)
        if not text:
            continue
        judgement = validate_reading(
            read_response(text, instruction=instruction),
            runner.timed(),
            runner.dialect,
            instruction=instruction,
            tools=IN_CHILDREN,
        )
        if judgement.outcome is Outcome.WRONG_RESULT:
            yield Altered(text, f"Its SQL was altered ({mutant.operator}). {judgement.message}")


def _in_turns(mutants: tuple[Mutant, ...], source: Response) -> tuple[Mutant, ...]:
    """The same from another one on for each pair, so that not all are altered in one way."""
    if not mutants:
        return ()
    place = blake2b(source.text.encode("utf-8", "surrogatepass"), digest_size=2).digest()
    start = int.from_bytes(place) % len(mutants)
    return mutants[start:] + mutants[:start]


def _rewritten(text: str, reading: Reading, mutant: Mutant) -> str:
    """The response with the altered statement in the place of the one that it was made of; ""
    where that does not stand in it once, letter by letter.
    """
    for before, after in zip(reading.statements, mutant.reading.statements, strict=False):
        if before != after:
            once = text.count(before) == 1
            return text.replace(before, spread(after, reading.dialect)) if once else ""
    return ""


@transaction.atomic
def _stored(source: Response, found: Altered) -> int:
    instruction = source.instruction.copied()
    instruction.save()
    response = Response.objects.create(instruction=instruction, text=found.text, is_held_back=True)
    Gold.objects.create(response=response, good=False, origin=source, why=found.why)
    return response.pk
