"""Who may open what: every address of the review, each role, each method, in one table.

A row names what a GET and a POST answer to a reviewer, an editor and an admin. An address that
has no row fails the test: whoever adds one says who it is for.
"""

from __future__ import annotations

import pytest
from django.test import Client

from apps.generation.models import Response
from apps.review.models import Batch, Queue, Reason
from tests.builders import make_response, make_user
from tests.test_pages import ALL

pytestmark = pytest.mark.django_db
OK, SENT, NO, GONE, METHOD = 200, 302, 403, 404, 405
# GET then POST, for (reviewer, editor, admin). The POSTs are empty: what is refused for its
# content answers 200 with the form, or goes on.
EVERYONE = (OK, OK, OK)
READ_ONLY = (METHOD,) * 3
NOWHERE = (GONE,) * 3
GET_REFUSED = (METHOD,) * 3
EDITORS = (NO, OK, OK)
ADMINS = (NO, NO, OK)
MATRIX: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "/review/": (EVERYONE, READ_ONLY),
    "/review/undo/": (GET_REFUSED, (SENT, SENT, SENT)),
    "/review/leave/": (GET_REFUSED, (SENT, SENT, SENT)),
    "/review/latest/": ((SENT, SENT, SENT), READ_ONLY),
    "/review/history/": (EVERYONE, READ_ONLY),
    "/review/keys/": (EVERYONE, (SENT, SENT, SENT)),
    "/review/keys/usual/": (GET_REFUSED, (SENT, SENT, SENT)),
    "/review/reasons/": (ADMINS, ADMINS),
    "/review/reasons/{number}/": (ADMINS, ADMINS),
    "/review/batches/": (EDITORS, READ_ONLY),
    "/review/batches/new/": (EDITORS, EDITORS),
    "/review/batches/{number}/": (EDITORS, READ_ONLY),
    "/review/batches/{number}/undo/": (GET_REFUSED, (NO, SENT, SENT)),
    "/review/team/": (EVERYONE, READ_ONLY),
    "/review/team/{number}/": (EDITORS, READ_ONLY),
    "/review/acceptance/": (EDITORS, READ_ONLY),
    "/review/conflicts/": (EDITORS, READ_ONLY),
    "/review/queues/": (EVERYONE, READ_ONLY),
    "/review/queues/new/": (EDITORS, EDITORS),
    # The queue of other people: to a reviewer it is not there.
    "/review/queues/{number}/": ((GONE, OK, OK), READ_ONLY),
    "/review/queues/{number}/work/": ((GONE, OK, OK), READ_ONLY),
    "/review/queues/{number}/edit/": (EDITORS, EDITORS),
    "/review/queues/{number}/close/": (GET_REFUSED, (NO, SENT, SENT)),
    # No pairwise queue and no duel: there is none to anybody; test_pairwise asks in one.
    "/review/queues/{number}/duel/": (NOWHERE, READ_ONLY),
    "/review/queues/{number}/duel/undo/": (GET_REFUSED, NOWHERE),
    "/review/duels/{number}/prefer/": (GET_REFUSED, NOWHERE),
    "/review/pairs/": (EVERYONE, READ_ONLY),
    "/review/pairs/review/": (GET_REFUSED, (NO, SENT, SENT)),
    "/review/pairs/compare/": (EDITORS, READ_ONLY),
    "/review/pairs/{number}/": (EVERYONE, READ_ONLY),
    "/review/pairs/{number}/siblings/": (EVERYONE, READ_ONLY),
    "/review/pairs/{number}/alike/": (EVERYONE, (SENT, SENT, SENT)),
    # A pair and itself are no two responses; test_differences asks of two.
    "/review/pairs/{number}/siblings/{number}/difference/": (NOWHERE, NOWHERE),
    "/review/pairs/{number}/label/": (GET_REFUSED, EVERYONE),
    "/review/pairs/{number}/relabel/": (GET_REFUSED, EVERYONE),
    "/review/pairs/{number}/correct/": (EDITORS, EDITORS),
    "/review/pairs/{number}/skip/": (GET_REFUSED, (SENT, SENT, SENT)),
    "/review/pairs/{number}/flag/": (GET_REFUSED, (SENT, SENT, SENT)),
    "/review/pairs/{number}/rule/": (GET_REFUSED, (NO, SENT, SENT)),
    "/review/pairs/{number}/gold/": (GET_REFUSED, (NO, SENT, SENT)),
    "/review/pairs/{number}/promote/": (GET_REFUSED, (NO, SENT, SENT)),
    "/review/pairs/{number}/unflag/": (GET_REFUSED, (NO, SENT, SENT)),
}
ROLES = ("reviewer", "editor", "admin")


@pytest.fixture
def numbers() -> dict[str, int]:
    """What the number in an address is, by the part of the address before it."""
    response: Response = make_response()
    owner = make_user("admin", "owner")
    queue = Queue.objects.create(name="Of others", created_by=owner)
    queue.people.add(owner)
    batch = Batch.objects.create(value="good", created_by=owner)
    reason = Reason.objects.order_by("pk")[0]
    return {
        "pairs": response.pk, "queues": queue.pk, "batches": batch.pk, "reasons": reason.pk,
        "team": owner.pk,
    }  # fmt: skip


def test_every_address_of_the_review_has_a_row() -> None:
    assert {address for address in ALL if address.startswith("/review/")} == set(MATRIX)


@pytest.mark.parametrize("address", sorted(MATRIX))
def test_each_role_and_method(address: str, numbers: dict[str, int]) -> None:
    path = address.replace("{number}", str(numbers.get(address.split("/")[2], 0)))
    got, posted = MATRIX[address]
    for place, role in enumerate(ROLES):
        client = Client()
        client.force_login(make_user(role))
        assert client.get(path).status_code == got[place], (role, "GET")
        assert client.post(path).status_code == posted[place], (role, "POST")
        for method in (client.put, client.patch, client.delete):
            assert method(path).status_code in (METHOD, NO), (role, method.__name__)
    assert Client().get(path).status_code == SENT
