"""Corrections: a person changes a pair; it is validated and labelled as if it were new."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.errors import ReviewError
from apps.review.models import Correction, Decision, Entry, Gold, Label, Ruling, Seat
from apps.review.models_beside import GoldHold, SecondLook
from apps.review.reopening import duels_open_again
from apps.validation.revalidating import instruction_edited, response_edited


def may_correct(*, user: User, response: Response) -> bool:
    """Editors may; a reviewer who holds the pair, or has labelled it, in a queue that allows it."""
    return user.is_editor or corrected_in(user=user, response=response) is not None


def corrected_in(*, user: User, response: Response) -> int | None:
    """The queue that lets this person correct a pair because they have it there; None without."""
    seats = Seat.objects.filter(reviewer=user, entry__response=response)
    gold = GoldHold.objects.filter(reviewer=user, response=response)
    for held in (seats.order_by("expires_at", "pk"), gold):
        rows = held.filter(queue__may_correct=True, queue__is_closed=False)
        found: int | None = rows.values_list("queue", flat=True).first()
        if found is not None:
            return found
    return None


def pair_correct(
    *, response: Response, editor: User, text: str, seen: int, instruction: str | None = None
) -> list[Correction]:
    """Put `text` in the place of a response, and `instruction` in that of what it answers. Labels
    of the old texts are taken back (with a note that says so), the pair returns to the queue, and
    its verdicts are made anew.

    instruction: None where it stays. A corrected one is a row of its own: what the model was asked,
    and other responses to it, stay as they are.
    seen: how many corrections there were when the editor began. Raises ReviewError when nothing
    is changed, or when somebody else has changed it meanwhile.
    """
    with transaction.atomic():
        # In the order of every other label: first the queues' rows.
        list(Entry.objects.select_for_update().filter(response=response).order_by("pk"))
        locked = Response.objects.select_for_update(of=("self",)).select_related("instruction")
        now = locked.get(pk=response.pk)
        if response.corrections.count() != seen:
            raise ReviewError("Nothing was saved: somebody else corrected this pair meanwhile.")
        changed = _changed(now, text, instruction)
        if not changed:
            raise ReviewError("Nothing was saved: the text is as it was.")
        made = [
            Correction.objects.create(response=response, editor=editor, part=part, before=before)
            for part, before in changed.items()
        ]
        _take_labels_back(response, " and ".join(sorted(changed)))
        Seat.objects.filter(entry__response=response).delete()
        # What was known, ruled, held, looked at or preferred was another text.
        Ruling.objects.filter(response=response).delete()
        duels_open_again(response=response)
        Gold.objects.filter(response=response).delete()
        GoldHold.objects.filter(response=response).delete()
        SecondLook.objects.filter(response=response, last=None).delete()
        Entry.objects.filter(response=response).update(state=Entry.State.OPEN)
        if Correction.Part.INSTRUCTION in changed and instruction is not None:
            instruction_edited(response=response, text=instruction, edited_by=editor)
        if Correction.Part.RESPONSE in changed:
            response_edited(response=response, text=text, edited_by=editor)
    return made


def _changed(now: Response, text: str, instruction: str | None) -> dict[str, str]:
    """The texts as they were, of what is another now."""
    texts = {
        Correction.Part.RESPONSE.value: (now.text, text),
        Correction.Part.INSTRUCTION.value: (now.instruction.text, instruction),
    }
    return {part: was for part, (was, new) in texts.items() if new is not None and new != was}


def _take_labels_back(response: Response, parts: str) -> None:
    newest = (
        Label.objects.filter(response=response).order_by("reviewer", "-pk").distinct("reviewer")
    )
    Label.objects.bulk_create(
        Label(
            response=response,
            reviewer_id=label.reviewer_id,
            value=Label.Value.WITHDRAWN,
            # By whom is told by the correction: a label is never changed, a name may be forgotten.
            note=f"The {parts} was corrected.",
        )
        for label in newest
        if label.value != Label.Value.WITHDRAWN
    )
    Decision.objects.filter(response=response).delete()
