"""What load balancers and orchestrators ask."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from apps.core import health


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)


def test_it_lives_without_a_host_a_session_or_a_database(client: Client) -> None:
    answer = client.get("/health/live", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.django_db
def test_it_is_ready_when_database_and_queue_answer(client: Client) -> None:
    answer = client.get("/health/ready", headers={"Host": "10.0.0.7"})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "ok", "queue": "ok"}
    assert client.head("/health/ready").status_code == 200
    assert client.post("/health/ready").status_code == 405


@pytest.mark.django_db
def test_what_keeps_it_from_working_is_named_without_addresses(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://:geheim@127.0.0.1:1/0"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'review'")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    told = answer.json()
    assert told["status"] == "unready"
    assert told["queue"] == "does not answer"
    assert told["database"].endswith("migrations are not applied: `make upgrade`")
    assert "geheim" not in answer.content.decode()


@pytest.mark.django_db
def test_strangers_do_not_make_it_ask_each_time(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 60.0)
    asked = []
    monkeypatch.setitem(health.PARTS, "queue", lambda: asked.append(1) or "")
    for _ in range(5):
        assert client.get("/health/ready").status_code == 200
    assert len(asked) == 1
