"""What editors say of pairs that several people judged: a ruling, and that an answer is known."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.errors import ReviewError
from apps.review.models import Decision, Entry, Gold, Label, Ruling
from apps.review.team.figures import read_team

PAGE = 20


class UnlabelledError(ReviewError):
    """A ruling needs labels to rule on."""

    def __init__(self) -> None:
        super().__init__("Nobody has labelled this pair: label it, there is nothing to rule on.")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pair that people disagree on, and what each of them says (newest labels). is_gold: its
    answer is known. estimate: how likely it is good, as the team's figures were counted last.
    """

    response: Response
    labels: list[Label]
    ruling: Ruling | None
    is_gold: bool
    estimate: float | None


@transaction.atomic
def rule(*, response: Response, good: bool, note: str, editor: User, gold: bool = False) -> Ruling:
    """Decide a pair, whatever its labels say; the labels stay, and a later ruling replaces it.

    gold: its answer is known from now on. One that is known already follows the ruling.

    :raises UnlabelledError: nobody has labelled it.
    """
    list(Entry.objects.filter(response=response).order_by("id").select_for_update())
    if not Decision.objects.filter(response=response).exists():
        raise UnlabelledError
    ruling, _ = Ruling.objects.update_or_create(
        response=response, defaults={"good": good, "note": note.strip(), "editor": editor}
    )
    _decide(response)
    if gold or Gold.objects.filter(response=response, origin=None).exists():
        gold_set(response=response, good=good, editor=editor, why=note)
    return ruling


@transaction.atomic
def unrule(*, response: Response) -> None:
    """Take a ruling back: the labels decide again."""
    list(Entry.objects.filter(response=response).order_by("id").select_for_update())
    Ruling.objects.filter(response=response).delete()
    _decide(response)


def gold_set(*, response: Response, good: bool | None, editor: User, why: str = "") -> None:
    """Say that a pair's answer is known, or (None) that it is not. why: what onboarding tells."""
    if good is None:
        Gold.objects.filter(response=response).delete()
    else:
        known = {"good": good, "editor": editor, "why": why.strip()}
        Gold.objects.update_or_create(response=response, defaults=known)


def gold_of(response: Response) -> bool | None:
    """What is known of a pair; None where nothing is."""
    return Gold.objects.filter(response=response.pk).values_list("good", flat=True).first()


def conflicts(*, after: int | None, ruled: bool) -> tuple[list[Conflict], bool]:
    """A page of conflicts, the newest pair first, with or without a ruling; whether there is
    more. `after`: the last pair of the page before."""
    rows = Decision.objects.filter(good_votes__gt=0, good_votes__lt=F("voters"))
    rows = rows.filter(response__ruling__isnull=not ruled).order_by("-response_id")
    if after is not None:
        rows = rows.filter(response_id__lt=after)
    ids = list(rows.values_list("response_id", flat=True)[: PAGE + 1])
    shown = ids[:PAGE]
    responses = Response.objects.select_related("instruction", "ruling__editor").in_bulk(shown)
    labels: dict[int, dict[int, Label]] = {}
    given = Label.objects.filter(response__in=shown).select_related("reviewer").order_by("id")
    for label in given:
        labels.setdefault(label.response_id, {})[label.reviewer_id] = label
    estimates = read_team().estimates
    known = set(Gold.objects.filter(response__in=shown).values_list("response_id", flat=True))
    found = [
        Conflict(
            response=responses[pk],
            labels=[each for each in labels[pk].values() if each.value in ("good", "bad")],
            ruling=getattr(responses[pk], "ruling", None),
            is_gold=pk in known,
            estimate=estimates.get(str(pk)),
        )
        for pk in shown
    ]
    return found, len(ids) > PAGE


def _decide(response: Response) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_decide(%s)", [response.pk])
