"""The acceptance model: fitted in a worker when enough labels came, asked of every new pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from django.db import transaction
from django.db.models import QuerySet

from apps.generation.models import Response
from apps.review.acceptance.features import NAMES, Seen, features_of
from apps.review.acceptance.model import Model, quantiles
from apps.review.models import Decision, Entry, Queue
from apps.review.models_beside import Acceptance, Guess
from apps.review.queue import guarded, queue_take

FEWEST = 100  # labelled pairs
FEWEST_OF_EACH = 20  # good ones, and bad ones
NEW = 50  # labelled pairs since the last time
NEWEST = 20_000  # are learnt from: people and models change
STEP = 1_000
MOST_GUESSED = 200_000


def acceptance_due() -> bool:
    """Whether enough pairs were labelled since the model was fitted last."""
    labelled = Decision.objects.filter(response__is_held_back=False).count()
    last = newest()
    return labelled >= FEWEST and (last is None or abs(labelled - last.labelled) >= NEW)


def newest() -> Acceptance | None:
    """The model that holds; None also where it was fitted by a Winnow that saw other things in a
    pair than this one: a new one is due then.
    """
    return Acceptance.objects.filter(data__names=list(NAMES)).order_by("-pk").first()


def acceptance_train() -> Acceptance | None:
    """Fit the model anew, ask it of every open pair, and put queues in the order of what it is
    least certain of. None where there are too few good or bad pairs.
    """
    # Half a second and 100 MB: for this task alone.
    from apps.review.acceptance.fitting import fit

    labelled = Decision.objects.filter(response__is_held_back=False).count()
    seen = list(_seen(_labelled_ids()))
    good = [bool(one.good) for one in seen]
    if min(sum(good), len(good) - sum(good)) < FEWEST_OF_EACH:
        return None
    model = fit([one.numbers for one in seen], good)
    guessed = [(one, model.probability(one.numbers)) for one in _seen(_open_ids())]
    measured = {"uncertainty": quantiles([abs(p - 0.5) for _, p in guessed])}
    with transaction.atomic():
        stored = Acceptance.objects.create(
            data=model.as_json() | measured, labelled=labelled, learnt=len(seen)
        )
        Acceptance.objects.exclude(pk=stored.pk).delete()
    _store(Model.from_json(stored.data), guessed)
    _reorder([one.response_id for one, _ in guessed])
    return stored


def acceptance_guess(*, response_ids: Sequence[int]) -> None:
    """Ask the model that holds of pairs that were just validated; nothing where there is none."""
    last = newest()
    if last is None:
        return
    model = Model.from_json(last.data)
    seen = features_of(response_ids)
    _store(model, [(one, model.probability(one.numbers)) for one in seen])


def _labelled_ids() -> Iterator[list[int]]:
    rows = Decision.objects.filter(response__is_held_back=False).exclude(
        response__instruction__imported__is_sample=True
    )
    ids = list(rows.order_by("-response").values_list("response", flat=True)[:NEWEST])
    return _steps(sorted(ids))


def _open_ids() -> Iterator[list[int]]:
    rows: QuerySet[Response] = Response.objects.filter(decision=None, is_held_back=False)
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_GUESSED])
    return _steps(sorted(ids))


def _steps(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + STEP] for start in range(0, len(ids), STEP))


def _seen(steps: Iterator[list[int]]) -> Iterator[Seen]:
    return chain.from_iterable(map(features_of, steps))


def _store(model: Model, guessed: Sequence[tuple[Seen, float]]) -> None:
    rows = (
        Guess(response_id=one.response_id, probability=p, rank=model.rank(p)) for one, p in guessed
    )
    Guess.objects.bulk_create(
        rows,
        batch_size=STEP,
        update_conflicts=True,
        unique_fields=["response"],
        update_fields=["probability", "rank"],
    )


def _reorder(response_ids: Sequence[int]) -> None:
    """New places in the queues that go by the model; what is being looked at stays held."""
    rows = Queue.objects.filter(order=Queue.Order.LEAST_CERTAIN, is_closed=False)
    for queue in rows.order_by("pk"):
        entries = Entry.objects.filter(queue=queue, state=Entry.State.OPEN)
        for ids in _steps(list(response_ids)):
            own = entries.filter(response__in=ids).values_list("response", flat=True)
            guarded(queue, queue_take, response_ids=list(own))
