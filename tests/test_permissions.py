"""Who may open what: every address of the site, each role, each method, in one table; and of the
review what exactly is answered. What comes back stays in no cache, and HEAD is answered as GET.

An address that has no row fails the test: whoever adds one says who it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http.cookies import SimpleCookie
from itertools import product

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from apps.generation.models import Response
from apps.review.models import Batch, Queue, Reason
from tests.builders import make_response, make_user
from tests.test_pages import ALL, filled

pytestmark = pytest.mark.django_db
OK, SENT, NO, GONE, METHOD = 200, 302, 403, 404, 405
# Who may GET (and HEAD) and who may POST: * anybody, r whoever is signed in, e editors, a admins,
# - nobody. t: only programs with a token of the API; m: with that of the metrics, and admins.
WHO = """
r- /
a- /accounts/audit/
aa /accounts/groups/
aa /accounts/groups/{number}/
-a /accounts/groups/{number}/delete/
aa /accounts/invitations/
-a /accounts/invitations/{number}/take-back/
** /accounts/invited/{text}/
** /accounts/login/
-r /accounts/logout/
rr /accounts/password/
** /accounts/reset/
** /accounts/reset/{text}/{text}/
r- /accounts/roles/
*- /accounts/sso/
*- /accounts/sso/back/
rr /accounts/tokens/
-r /accounts/tokens/{number}/revoke/
-r /accounts/tour/
aa /accounts/users/
aa /accounts/users/{number}/
-a /accounts/users/{number}/activity/
-a /accounts/users/{number}/leave/
-a /accounts/users/{number}/password/
-a /accounts/users/{number}/role/
r- /api/
*- /api/v1/openapi.json
tt /api/v1/{text}
r- /evidence/searches/
ee /evidence/searches/new/
r- /evidence/searches/{number}/
-e /evidence/searches/{number}/propose/
e- /evidence/tests/
ee /evidence/tests/new/
e- /evidence/tests/{number}/
-e /evidence/tests/{number}/end/
r- /evidence/versions/{number}/
r- /exports/
ee /exports/new/
-e /exports/pushes/{number}/again/
-e /exports/pushes/{number}/stop/
r- /exports/verifications/{number}/
-e /exports/verifications/{number}/stop/
r- /exports/{number}/
-e /exports/{number}/again/
-e /exports/{number}/delete/
ee /exports/{number}/push/
-e /exports/{number}/rule/
r- /exports/{number}/since/{number}/
-e /exports/{number}/stop/
ee /exports/{number}/verify/
e- /exports/{number}/{text}/
*- /favicon.ico
r- /fewshot/
r- /fewshot/examples/{number}/
-e /fewshot/examples/{number}/duplicate/
ee /fewshot/examples/{number}/edit/
-e /fewshot/examples/{number}/remove/
-e /fewshot/examples/{number}/run/
-e /fewshot/examples/{number}/switch/{text}/
r- /fewshot/examples/{number}/verdicts/
-e /fewshot/examples/{number}/{text}/
ee /fewshot/sets/new/
-e /fewshot/sets/{number}/draft/
e- /fewshot/tries/{number}/
-e /fewshot/tries/{number}/send/
r- /fewshot/versions/{number}/
ee /fewshot/versions/{number}/add/
r- /fewshot/versions/{number}/changes/
-e /fewshot/versions/{number}/check/{number}/
-e /fewshot/versions/{number}/discard/
r- /fewshot/versions/{number}/file/
-e /fewshot/versions/{number}/order/
e- /fewshot/versions/{number}/preview/
ee /fewshot/versions/{number}/publish/
-e /fewshot/versions/{number}/run/
ee /fewshot/versions/{number}/systems/
ee /fewshot/versions/{number}/try/
r- /fewshot/versions/{number}/verdicts/
r- /judge/
-a /judge/judges/{number}/show/
ee /judge/new/
r- /judge/pairs/{number}/
r- /judge/{number}/
-e /judge/{number}/resume/
-e /judge/{number}/stop/
m- /metrics
r- /review/
e- /review/acceptance/
e- /review/batches/
ee /review/batches/new/
e- /review/batches/{number}/
-e /review/batches/{number}/undo/
e- /review/conflicts/
-r /review/duels/{number}/prefer/
r- /review/history/
rr /review/keys/
-r /review/keys/usual/
r- /review/latest/
-r /review/leave/
r- /review/pairs/
e- /review/pairs/compare/
-e /review/pairs/review/
r- /review/pairs/{number}/
rr /review/pairs/{number}/alike/
ee /review/pairs/{number}/correct/
-r /review/pairs/{number}/flag/
-e /review/pairs/{number}/gold/
-r /review/pairs/{number}/label/
-e /review/pairs/{number}/promote/
-r /review/pairs/{number}/relabel/
-e /review/pairs/{number}/rule/
r- /review/pairs/{number}/siblings/
rr /review/pairs/{number}/siblings/{number}/difference/
-r /review/pairs/{number}/skip/
-e /review/pairs/{number}/unflag/
r- /review/queues/
ee /review/queues/new/
r- /review/queues/{number}/
-e /review/queues/{number}/close/
r- /review/queues/{number}/duel/
-r /review/queues/{number}/duel/undo/
ee /review/queues/{number}/edit/
r- /review/queues/{number}/work/
aa /review/reasons/
aa /review/reasons/{number}/
r- /review/team/
e- /review/team/{number}/
-r /review/undo/
r- /runs/
r- /runs/compare/
r- /runs/costs/
r- /runs/imports/
ee /runs/imports/new/
r- /runs/imports/{number}/
-e /runs/imports/{number}/resume/
-e /runs/imports/{number}/stop/
ee /runs/new/
r- /runs/seed/{number}/
r- /runs/{number}/
-e /runs/{number}/cancel/
e- /runs/{number}/change/
r- /runs/{number}/charts/
-e /runs/{number}/extend/
r- /runs/{number}/instructions/
-e /runs/{number}/limit/
-e /runs/{number}/pause/
r- /runs/{number}/rejected/
-e /runs/{number}/resume/
-e /runs/{number}/retry/
-e /sample/remove/
r- /seeds/
ee /seeds/gather/
r- /seeds/gatherings/{number}/
r- /seeds/gatherings/{number}/rejected/{text}/
-e /seeds/gatherings/{number}/resume/
-e /seeds/gatherings/{number}/stop/
r- /seeds/sources/
r- /seeds/{number}/
a- /status/
r- /validation/
-e /validation/jobs/{number}/stop/
ee /validation/try/
e- /validation/try/{number}/
r- /validation/{number}/
-e /validation/{number}/again/
r- /validation/{number}/pairs/
aa /webhooks/
a- /webhooks/messages/{number}/
-a /webhooks/messages/{number}/replay/
-a /webhooks/messages/{number}/skip/
a- /webhooks/{number}/
aa /webhooks/{number}/change/
-a /webhooks/{number}/delete/
-a /webhooks/{number}/secret/
-a /webhooks/{number}/switch/
-a /webhooks/{number}/test/
"""
NEEDED = {address: needed for needed, address in map(str.split, WHO.strip().splitlines())}
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


METHODS = ("get", "head", "post", "put", "patch", "delete")
LETTERS = {"stranger": "*", "reviewer": "*r", "editor": "*re", "admin": "*ream"}


def test_every_address_of_the_site_has_a_row() -> None:
    assert sorted(NEEDED) == ALL


@pytest.fixture(params=["stranger", *ROLES])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asked(
    role: str, numbers: dict[str, int], methods: Sequence[str], *, csrf: bool = False
) -> Iterator[tuple[str, str, HttpResponse]]:
    """The answers of every address to these methods. What one of them does is not there for the
    next.
    """
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    if role != "stranger":
        client.force_login(make_user(role))
    signed_in = client.cookies
    for address, method in product(ALL, methods):
        client.cookies = SimpleCookie(signed_in)
        number = numbers.get(address.split("/")[2], 0) if address.startswith("/review/") else 0
        with transaction.atomic():
            answer = getattr(client, method)(filled(address, number, "pairs"))
            transaction.set_rollback(True)
        yield address, method, answer


def expected(get: str, post: str, method: str, role: str) -> set[str]:
    """What a row says of a method: "in", "out", "log in", "token" or "method"."""
    needed = {"get": get, "head": get, "post": post}.get(method, "-")
    if "t" in (get, post):
        return {"token", "method"}
    if needed == "m" and role != "admin":
        return {"token"}
    # Nobody learns of a method before they are known to be somebody.
    if role == "stranger" and needed != "*" and not {get, post} & {"*", "m"}:
        return {"log in"}
    if needed == "-":
        return {"method"}
    return {"in" if needed in LETTERS[role] else "out"}


def told(answer: HttpResponse) -> str:
    """The same of an answer."""
    if answer.headers.get("Location", "").startswith("/accounts/login/?next="):
        return "log in" if answer.status_code == SENT else "an error"
    names = {401: "token", 403: "out", 405: "method"}
    return names.get(answer.status_code, "in" if answer.status_code < 500 else "an error")


def exactly(address: str, method: str, role: str) -> int | None:
    """The status that the review's table names."""
    if address not in MATRIX or method not in ("get", "post") or role not in ROLES:
        return None
    return MATRIX[address][method == "post"][ROLES.index(role)]


def is_never_kept(answer: HttpResponse) -> bool:
    """Whether no cache may keep it for anybody."""
    return {"no-store", "private"} <= {*answer.headers["Cache-Control"].split(", ")}


def test_every_address_lets_in_whom_its_row_names(role: str, numbers: dict[str, int]) -> None:
    """HEAD is answered as GET is, and no answer stays in a cache."""
    wrong, got = [], 0
    for address, method, answer in asked(role, numbers, METHODS):
        got = answer.status_code if method == "get" else got
        if (
            told(answer) not in expected(*NEEDED[address], method, role)
            or exactly(address, method, role) not in (None, answer.status_code)
            or (method == "head" and answer.status_code != got)
        ):
            wrong.append(f"{role}: {method} {address} is answered with {answer.status_code}")
        if not is_never_kept(answer):
            wrong.append(f"{role}: {method} {address} may stay in a cache")
    assert not wrong, "\n".join(wrong)


def test_a_form_of_another_site_changes_nothing(numbers: dict[str, int]) -> None:
    """Without the token of one's own form every POST is refused, whoever is signed in."""
    done = [
        f"{address}: {answer.status_code}"
        for address, _, answer in asked("admin", numbers, ["post"], csrf=True)
        if answer.status_code != 403 and NEEDED[address] != "tt"
    ]
    assert not done, "\n".join(done)
