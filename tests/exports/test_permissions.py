"""Who may open what of the exports: each role, each method, in one table, as in the review's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from apps.exports.pushing import push_start
from apps.exports.verifications import verification_start
from tests.builders import make_response, make_user
from tests.exports.building import accept, with_prompt, write
from tests.test_pages import ALL

pytestmark = pytest.mark.django_db(transaction=True)
OK, SENT, NO, GONE, METHOD = 200, 302, 403, 404, 405
EVERYONE, READ_ONLY, GET_REFUSED = (OK,) * 3, (METHOD,) * 3, (METHOD,) * 3
EDITORS, SENT_ON = (NO, OK, OK), (NO, SENT, SENT)
# GET then POST, for (reviewer, editor, admin); the POSTs are empty. Deleting is the last.
MATRIX: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "/exports/": (EVERYONE, READ_ONLY),
    "/exports/new/": (EDITORS, EDITORS),
    "/exports/{export}/": (EVERYONE, READ_ONLY),
    "/exports/{export}/since/{export}/": (EVERYONE, READ_ONLY),
    "/exports/{export}/pairs/": (EDITORS, READ_ONLY),
    "/exports/{export}/stop/": (GET_REFUSED, SENT_ON),
    "/exports/{export}/again/": (GET_REFUSED, SENT_ON),
    "/exports/{export}/rule/": (GET_REFUSED, (NO, GONE, GONE)),
    "/exports/{export}/push/": (EDITORS, EDITORS),
    "/exports/pushes/{push}/stop/": (GET_REFUSED, SENT_ON),
    "/exports/pushes/{push}/again/": (GET_REFUSED, SENT_ON),
    "/exports/{export}/verify/": (EDITORS, (NO, SENT, SENT)),
    "/exports/verifications/{verification}/": (EVERYONE, READ_ONLY),
    "/exports/verifications/{verification}/stop/": (GET_REFUSED, SENT_ON),
    "/exports/{export}/delete/": (GET_REFUSED, SENT_ON),
}


def test_every_address_of_the_exports_has_a_row() -> None:
    named = dict.fromkeys(("export", "push", "verification"), "{number}")
    rows = {address.format(**named) for address in MATRIX}
    assert {one.replace("{number}/pairs/", "{number}/{text}/") for one in rows} == {
        one for one in ALL if one.startswith("/exports/")
    }


def test_each_role_and_method(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    accept(with_prompt(make_response()))
    export = write()
    numbers = {
        "export": export.pk,
        "push": push_start(export=export, repository="a/b").pk,
        "verification": verification_start(export=export).pk,
    }
    clients = []
    for role in ("reviewer", "editor", "admin"):
        clients.append(Client())
        clients[-1].force_login(make_user(role))
    for address, (got, posted) in MATRIX.items():
        path = address.format(**numbers)
        for client, get, post in zip(clients, got, posted, strict=True):
            assert client.get(path).status_code == get, (address, "GET")
            assert client.post(path).status_code == post, (address, "POST")
            for method in (client.put, client.patch, client.delete):
                assert method(path).status_code in (METHOD, NO), (address, method.__name__)
        assert Client().get(path).status_code == SENT
        gone = address.format(export=0, push=0, verification=0)
        if gone != address and address != "/exports/{export}/rule/":
            which = clients[1].post if got == GET_REFUSED else clients[1].get
            assert which(gone).status_code == GONE, address
