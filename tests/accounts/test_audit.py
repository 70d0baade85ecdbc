"""What editors and admins change is noted, by itself, and stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AuditEntry, User
from apps.exports.models import Export
from apps.generation.models import Import
from apps.seeds.models import Gathering
from tests.accounts.deed_rows import QUEUE
from tests.accounts.deeds import DEEDS
from tests.api.client import Program, make_secret
from tests.builders import PASSWORD, make_response, make_run, make_user
from tests.exports.building import accept, place, with_prompt, write
from tests.pages import markup

pytestmark = pytest.mark.django_db
AUDIT = "/accounts/audit/"


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("admin")
    client.force_login(user)
    return user


def noted() -> list[tuple[str, str, dict[str, Any]]]:
    entries = AuditEntry.objects.order_by("pk")
    return list(entries.values_list("actor__username", "action", "details"))


def test_a_change_is_noted_with_what_was_sent_but_no_secret_and_no_name(
    client: Client, admin: User
) -> None:
    rosa = make_user("reviewer", "rosa")
    client.post(f"/accounts/users/{rosa.pk}/role/", {"role": "editor"})
    client.post(
        "/accounts/users/", {"username": "otto", "role": "reviewer", "email": "o@example.org"}
    )
    assert noted() == [
        ("admin", "accounts:user_role", {"role": "editor"}),
        ("admin", "accounts:users", {"role": "reviewer"}),
    ]
    assert AuditEntry.objects.earliest("pk").path == f"/accounts/users/{rosa.pk}/role/"


def test_what_cannot_be_noted_is_not_done(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry is written in the transaction of the deed, on pages and through the API."""

    rosa, run = make_user("reviewer", "rosa"), make_run()
    program = Program(make_secret(admin))
    monkeypatch.setattr("apps.accounts.audit.audit_record", _cannot)
    with pytest.raises(ZeroDivisionError):
        client.post(f"/accounts/users/{rosa.pk}/role/", {"role": "editor"})
    assert program.post(f"/runs/{run.pk}/cancel").status_code == 500
    rosa.refresh_from_db()
    run.job.refresh_from_db()
    assert (rosa.role, run.job.status) == ("reviewer", "running")


@pytest.mark.django_db(transaction=True)
def test_files_are_brought_in_and_deleted_with_their_entry_or_not_at_all(
    client: Client, admin: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    accept(with_prompt(make_response()))
    export, program = write(), Program(make_secret(admin))
    gathering = {"licences": "any", "per_template": "20", "near_duplicates": "0.7"}
    deeds: dict[str, Callable[[], Any]] = {
        "generation:import-new": lambda: client.post(
            reverse("generation:import-new"), {"file": SimpleUploadedFile("a.jsonl", b"{}")}
        ),
        "api-1:imports": lambda: program.post("/imports?file_name=b.jsonl", b"[]"),
        "seeds:gather": lambda: client.post(
            reverse("seeds:gather"),
            {"upload": SimpleUploadedFile("a.sql", b"SELECT 1;"), **gathering},
        ),
        "exports:new": lambda: client.post("/exports/new/", {"tag": "a"}),
        "exports:delete": lambda: client.post(f"/exports/{export.pk}/delete/"),
        "api-1:delete": lambda: program.ask("DELETE", f"/exports/{export.pk}/files"),
    }

    def here() -> tuple[int, int, int, bool, bool]:
        export.refresh_from_db()
        made = [model.objects.count() for model in (Import, Gathering, Export)]
        return *made, export.deleted_at is None, place(export).is_dir()  # type: ignore[return-value]

    before = here()
    with monkeypatch.context() as patch:
        patch.setattr("apps.accounts.audit.audit_record", _cannot)
        client.raise_request_exception = False
        assert [deed().status_code for deed in deeds.values()] == [500] * len(deeds)
    assert here() == before and before[3:] == (True, True)
    assert [deed().status_code for deed in deeds.values()] == [302, 201, 302, 302, 302, 200]
    assert here() == (2, 1, 2, False, False)
    assert [entry[:2] for entry in noted()] == [("admin", action) for action in deeds]


def _cannot(**_entry: Any) -> None:
    raise ZeroDivisionError


def test_what_is_refused_is_not_noted(client: Client, admin: User) -> None:
    client.post(f"/accounts/users/{admin.pk}/role/", {"role": "reviewer"})
    client.post(f"/accounts/users/{admin.pk + 1}/role/", {"role": "reviewer"})
    client.get("/accounts/users/")
    client.put("/accounts/users/")
    assert noted() == []


def test_editors_are_noted_and_reviewers_are_not(client: Client) -> None:
    pair = make_response()
    for role in ("editor", "reviewer"):
        client.force_login(make_user(role))
        client.post("/review/queues/new/", QUEUE)
        client.post(f"/review/pairs/{pair.pk}/flag/")
    assert [entry[:2] for entry in noted()] == [("editor", "review:queue-new")]


def test_labels_cost_no_statement_for_it(client: Client, admin: User) -> None:
    pair = make_response()
    client.get("/review/")
    client.post(f"/review/pairs/{pair.pk}/label/", {"value": "good"})
    assert noted() == []


def test_who_makes_themself_less_is_noted_as_who_they_were(client: Client, admin: User) -> None:
    make_user("admin", "second")
    client.post(f"/accounts/users/{admin.pk}/role/", {"role": "reviewer"})
    assert noted() == [("admin", "accounts:user_role", {"role": "reviewer"})]


def test_long_and_many_fields_are_cut(client: Client, admin: User) -> None:
    fields = {f"field{number}": "x" * 5000 for number in range(100)} | {"nul": "a\0b"}
    client.post("/accounts/groups/", {"name": "a\0b", **fields})
    client.post("/accounts/groups/", {"name": "Night shift", **fields})
    (*_, (_, _, details)) = noted()
    assert details["name"] == "Night shift"
    assert len(details) == 20 and max(map(len, details.values())) == 200


@pytest.mark.parametrize("change", ["UPDATE {} SET path = ''", "DELETE FROM {}"])
def test_the_database_refuses_to_change_an_entry(admin: User, change: str) -> None:
    AuditEntry.objects.create(actor=admin, action="a", path="/", status=302)
    refused = pytest.raises(IntegrityError, match="only added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format("accounts_auditentry"))
    assert AuditEntry.objects.get().path == "/"


def test_the_page_filters_and_goes_on(client: Client, admin: User) -> None:
    assert "No entries yet" in markup(client.get(AUDIT))
    other, now = make_user("editor", "otto"), timezone.now()
    for number in range(60):
        AuditEntry.objects.create(
            actor=other if number % 2 else admin, action="review:rule", path=f"/at/{number}/",
            status=302, at=now - timedelta(days=60 - number),
        )  # fmt: skip
    page = markup(client.get(AUDIT))
    assert "/at/59/" in page and "/at/10/" in page and "/at/9/" not in page
    tenth = AuditEntry.objects.get(path="/at/10/").pk
    assert f"before={tenth}" in page and "/at/9/" in markup(client.get(f"{AUDIT}?before={tenth}"))
    page = markup(client.get(f"{AUDIT}?actor={other.pk}"))
    assert "/at/59/" in page and "/at/58/" not in page
    since, until = (now - timedelta(days=5)).date(), (now - timedelta(days=3)).date()
    page = markup(client.get(f"{AUDIT}?since={since}&until={until}"))
    assert "/at/56/" in page and "/at/58/" not in page and "/at/50/" not in page
    assert "No entries like that" in markup(
        client.get(f"{AUDIT}?action=review:rule&actor=0&until=1999-01-01")
    )


def test_a_log_in_is_nobodys_deed(client: Client) -> None:
    make_user("admin")
    client.post("/accounts/login/", {"username": "admin", "password": PASSWORD})
    client.post("/accounts/logout/")
    assert noted() == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("generation:import-new", "Runs: import new"),
        ("accounts:user_role", "Users: user role"),
        ("api-1:delete", "API: delete"),
        ("another page", "another page"),
    ],
)
def test_what_was_done_is_said_in_words(action: str, words: str) -> None:
    assert AuditEntry(action=action).words == words


def test_every_part_of_the_site_that_has_deeds_has_a_name() -> None:
    entries = [AuditEntry(action=name) for name in DEEDS]
    assert all(entry.words[0].isupper() and "_" not in entry.words for entry in entries)
