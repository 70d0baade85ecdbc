"""A key makes a request that is sent twice do its work once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.api.models import Answer
from apps.core.models import Job
from apps.exports.models import Export
from apps.generation.models import Run
from tests.api.client import Program, make_secret, program
from tests.builders import make_seed, make_user, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Program:
    return program(make_user("editor"))


def test_a_key_makes_a_repeat_free_and_gives_the_same_answer(editor: Program) -> None:
    first = editor.post("/exports", {"tag": "a"}, Idempotency_Key="k1")
    again = editor.post("/exports", {"tag": "a"}, Idempotency_Key="k1")
    assert first.status_code == again.status_code == 201 and again.content == first.content
    assert again["Idempotency-Replayed"] == "true" and again["Location"] == first["Location"]
    assert Export.objects.count() == 1
    assert editor.post("/exports", {"tag": "b"}, Idempotency_Key="k1").status_code == 422
    assert editor.post("/exports", {"tag": "a"}, Idempotency_Key="k2").status_code == 201
    assert editor.post("/exports", {"tag": "a"}).status_code == 201
    other = program(User.objects.get())
    assert other.post("/exports", {"tag": "b"}, Idempotency_Key="k1").status_code == 201


def test_a_key_whose_request_failed_is_free_again(editor: Program) -> None:
    assert editor.post("/runs", {}, Idempotency_Key="k").status_code == 422
    make_version()
    assert editor.post("/runs", {}, Idempotency_Key="k").status_code == 409
    assert not Answer.objects.exists() and not Run.objects.exists() and not Job.objects.exists()
    make_seed()
    assert editor.post("/runs", {}, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "\u00e9"])
def test_a_key_that_cannot_be_kept_is_refused(editor: Program, key: str) -> None:
    assert editor.post("/exports", {}, Idempotency_Key=key).status_code == 400


def test_old_keys_are_forgotten(editor: Program) -> None:
    editor.post("/exports", {}, Idempotency_Key="old")
    Answer.objects.update(created_at="2020-01-01T00:00Z")
    editor.post("/exports", {}, Idempotency_Key="new")
    assert list(Answer.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_twice_at_once_does_it_once() -> None:
    secret = make_secret(make_user("editor"))
    ids: list[int] = []

    def send() -> None:
        answer = Program(secret).post("/exports", {"tag": "a"}, Idempotency_Key="k")
        ids.append(answer.json()["id"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4 and len(set(ids)) == 1 and Export.objects.count() == 1
