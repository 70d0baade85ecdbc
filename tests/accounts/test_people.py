"""One user's page, leaving, groups, and who may do what."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.invitations import (
    InvitationError,
    invitation_accept,
    invitation_create,
    invitation_of,
)
from apps.accounts.models import User
from apps.accounts.rights import _DEEDS, rights
from apps.accounts.services import role_change, user_activate, user_deactivate, user_leave
from apps.api.models import Answer
from apps.api.tokens import token_create, token_of
from apps.fewshot.models import Version
from apps.fewshot.services import draft_open
from apps.generation.controls import run_cancel, run_pause
from apps.generation.models import Run
from apps.review.correcting import pair_correct
from apps.review.models import Label, Queue
from apps.review.promoting import lineage_of
from apps.review.team.figures import count_team
from apps.webhooks.models import Event, Message
from apps.webhooks.services import endpoint_create
from tests.api.client import program
from tests.builders import PASSWORD, make_response, make_run, make_user, make_version
from tests.fewshot.data import make_published
from tests.pages import markup

pytestmark = pytest.mark.django_db
OK, SENT, NO, METHOD = 200, 302, 403, 405
MATRIX = {
    "/accounts/users/{user}/": (OK, SENT),
    "/accounts/users/{user}/leave/": (METHOD, SENT),
    "/accounts/groups/": (OK, OK),
    "/accounts/groups/{group}/": (OK, OK),
    "/accounts/groups/{group}/delete/": (METHOD, SENT),
    "/accounts/audit/": (OK, METHOD),
    "/accounts/invitations/": (OK, OK),
}


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("admin")
    client.force_login(user)
    return user


@pytest.fixture
def rosa() -> User:
    return make_user("reviewer", "rosa", email="rosa@example.org", first_name="Rosa")


@pytest.mark.parametrize("address", MATRIX)
def test_each_role_and_method(client: Client, rosa: User, address: str) -> None:
    group = Group.objects.create(name="Night shift")
    path = address.format(user=rosa.pk, group=group.pk)
    missing = address.format(user=rosa.pk + 99, group=group.pk + 99)
    assert client.get(path).status_code == client.post(path).status_code == SENT
    got, posted = MATRIX[address]
    for role in ("reviewer", "editor"):
        client.force_login(make_user(role))
        assert client.get(path).status_code == (METHOD if got == METHOD else NO)
        assert client.post(path).status_code == (METHOD if posted == METHOD else NO)
    client.force_login(make_user("admin"))
    assert client.get(path).status_code == got
    if missing != path:
        assert client.get(missing).status_code in (404, METHOD)
        assert client.post(missing).status_code in (404, METHOD)
    assert client.post(path).status_code == posted
    assert client.put(path).status_code == client.delete(path).status_code == METHOD


def test_an_address_and_groups_are_changed(client: Client, admin: User, rosa: User) -> None:
    group = Group.objects.create(name="Night shift")
    page = f"/accounts/users/{rosa.pk}/"
    client.post(page, {"email": "r@example.org", "groups": [group.pk]})
    rosa.refresh_from_db()
    assert rosa.email == "r@example.org" and list(rosa.groups.all()) == [group]
    client.post(page, {"email": "no address"})
    rosa.refresh_from_db()
    assert rosa.email == "r@example.org"


def test_who_leaves_is_out_at_once_and_their_labels_stay(
    client: Client, admin: User, rosa: User
) -> None:
    label = Label.objects.create(response=make_response(), reviewer=rosa, value="good")
    rosa.groups.add(Group.objects.create(name="Night shift"))
    theirs = Client()
    theirs.force_login(rosa)
    assert theirs.get("/review/").status_code == 200
    client.post(f"/accounts/users/{rosa.pk}/leave/")
    assert theirs.get("/review/").status_code == 302
    answer = Client().post("/accounts/login/", {"username": "rosa", "password": PASSWORD})
    assert answer.status_code == 200
    rosa.refresh_from_db()
    assert rosa.left_at and not rosa.groups.exists() and rosa.username == "rosa"
    label.refresh_from_db()
    assert label.reviewer == rosa
    client.post(f"/accounts/users/{rosa.pk}/activity/")
    rosa.refresh_from_db()
    assert rosa.is_active and rosa.left_at is None


def test_on_request_name_and_address_are_forgotten_everywhere(
    client: Client, admin: User, rosa: User
) -> None:
    label = Label.objects.create(response=make_response(), reviewer=rosa, value="good")
    AccessAttempt.objects.create(
        username="rosa",
        ip_address="192.0.2.1",
        attempt_time=timezone.now(),
        failures_since_start=1,
    )
    client.post(f"/accounts/users/{rosa.pk}/leave/", {"pseudonymise": "on"})
    rosa.refresh_from_db()
    told = str(User.objects.filter(pk=rosa.pk).values().get()).lower()
    assert rosa.username == f"former-{rosa.pk}" and "rosa" not in told
    assert not AccessAttempt.objects.exists()
    assert not rosa.has_usable_password()
    assert "rosa" not in markup(client.get(f"/review/pairs/{label.response_id}/"))
    assert "rosa" not in markup(client.get("/accounts/audit/"))
    answer = client.post(f"/accounts/users/{rosa.pk}/activity/", follow=True)
    assert "cannot come back" in markup(answer)


def test_no_text_that_is_stored_keeps_a_name(
    client: Client, admin: User, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    rosa, other = (make_user("editor", name) for name in ("rosa", "rosa.b"))
    endpoint_create(name="Ours", url="https://example.org/", events=[Event.RUN])
    paused, ended, others = make_run(), make_run(), make_run()
    run_pause(run=paused, by="rosa")
    run_cancel(run=ended, by="rosa")
    run_pause(run=others, by="rosa.b")
    pair = make_response()
    Label.objects.create(response=pair, reviewer=other, value="good")
    pair_correct(response=pair, editor=rosa, text="SELECT 2", instruction=None, seen=0)
    count_team()
    example = make_version().examples.first()
    assert example
    example.lineage = {"pair": pair.pk, **lineage_of(pair, rosa)}
    program(rosa).post("/exports", {"tag": "a"}, Idempotency_Key="once")
    assert Answer.objects.filter(body__contains="rosa").exists()

    user_leave(user=rosa, pseudonymise=True)

    assert count_team()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT row::text FROM {name} AS row WHERE row::text ~ 'rosa([^.]|$)'")
            assert cursor.fetchall() == [], table
    assert example.promoted_by == f"former-{rosa.pk}"
    messages = [Run.objects.get(pk=run.pk).job.message for run in (paused, ended, others)]
    named = [
        f"Paused by former-{rosa.pk}. ",
        f"Cancelled by former-{rosa.pk}. ",
        "Paused by rosa.b. ",
    ]
    assert all(map(str.startswith, messages, named)), messages
    (told,) = Message.objects.values_list("data__message", flat=True)
    assert told == messages[1]


@pytest.mark.django_db(transaction=True)
def test_names_in_texts_of_before_are_taken_out() -> None:
    """By the migration, though labels and examples of published versions never change."""
    migration = import_module("apps.accounts.migrations.0005_names_out_of_texts")
    rosa, pair = make_user("editor", "rosa"), make_response()
    notes = ["The response was corrected by rosa.", "The moon was seen by rosa."]
    for value, note in zip(("withdrawn", "withdrawn"), notes, strict=True):
        Label.objects.create(response=pair, reviewer=rosa, value=value, note=note)
    Label.objects.create(response=pair, reviewer=rosa, value="bad", note=notes[0])
    version = draft_open(fewshot_set=make_published().fewshot_set, created_by=None)
    version.examples.update(lineage={"by": "rosa", "pair": 7})
    version.examples.filter(number=2).update(lineage={"by": "a name that was forgotten"})
    Version.objects.filter(pk=version.pk).update(status=Version.Status.PUBLISHED)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(migration.SQL)
    kept = Label.objects.order_by("pk").values_list("note", flat=True)
    assert list(kept) == ["The response was corrected.", notes[1], notes[0]]
    example = version.examples.first()
    assert example and example.lineage == {"by": rosa.pk, "pair": 7}
    second = version.examples.get(number=2)
    assert second.lineage == {"by": None} and second.promoted_by == "somebody"
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
        Label.objects.update(note="")


def test_the_only_admin_does_not_leave(client: Client, admin: User) -> None:
    answer = client.post(f"/accounts/users/{admin.pk}/leave/", follow=True)
    assert "admin is the only admin" in markup(answer)
    admin.refresh_from_db()
    assert admin.is_active and admin.left_at is None


def test_a_group_is_made_filled_and_its_queue_is_theirs_alone(
    client: Client, admin: User, rosa: User
) -> None:
    assert "No groups yet" in markup(client.get("/accounts/groups/"))
    client.post("/accounts/groups/", {"name": "Night shift", "members": [rosa.pk]})
    group = Group.objects.get()
    queue = Queue.objects.create(name="At night", created_by=admin)
    queue.groups.add(group)
    other, theirs = Client(), Client()
    other.force_login(make_user())
    theirs.force_login(rosa)
    work = f"/review/queues/{queue.pk}/work/"
    assert (theirs.get(work).status_code, other.get(work).status_code) == (200, 404)
    client.post(f"/accounts/groups/{group.pk}/", {"name": "Day shift", "members": []})
    assert theirs.get(work).status_code == 404
    group.refresh_from_db()
    assert group.name == "Day shift"
    answer = client.post(f"/accounts/groups/{group.pk}/delete/", follow=True)
    assert "Queues are given to Day shift (At night)" in markup(answer)
    queue.groups.clear()
    client.post(f"/accounts/groups/{group.pk}/delete/")
    assert not Group.objects.exists()


def test_a_groups_name_is_there_once(client: Client, admin: User) -> None:
    for _ in range(2):
        answer = client.post("/accounts/groups/", {"name": "Night shift"})
    assert "already exists" in markup(answer) and Group.objects.count() == 1


def test_everybody_sees_who_may_do_what(client: Client, rosa: User) -> None:
    assert client.get("/accounts/roles/").status_code == 302
    client.force_login(rosa)
    page = markup(client.get("/accounts/roles/"))
    assert "You are reviewer" in page and "reviewer (1)" in page and "rosa" in page
    assert client.post("/accounts/roles/").status_code == 405


@pytest.mark.parametrize(("part", "deed", "view"), [
    (part, deed, view) for part, deeds in _DEEDS.items() for deed, view in deeds
])  # fmt: skip
def test_what_the_page_says_is_what_the_views_do(
    client: Client, part: str, deed: str, view: str
) -> None:
    """A reviewer, an editor and an admin really ask: 403 or not, as the page has it."""
    numbers = {
        "review:label": [1], "review:flag": [1], "review:correct": [1], "review:rule": [1],
        "fewshot:example_edit": [1], "fewshot:publish": [1], "generation:pause": [1],
        "judge:show": [1], "validation:again": [1], "exports:delete": [1],
    }  # fmt: skip
    path = reverse(view, args=numbers.get(view))
    (right,) = [each for each in dict(rights())[part] if each.deed == deed]
    for role, may in zip(User.Role.values, right.may, strict=True):
        client.force_login(make_user(role))
        statuses = {client.get(path).status_code, client.post(path).status_code}
        assert (403 not in statuses) == may, (role, statuses)


@pytest.mark.parametrize("how", ["role", "shut out", "leave"])
def test_who_may_invite_no_more_has_no_link_left_to_come_back_by(how: str) -> None:
    make_user("admin", "stays")
    ending = make_user("admin", "ending")
    made = invitation_create(role="admin", created_by=ending)
    secret = token_create(user=ending, name="x", scopes=["read"], days=1, per_minute=9).secret
    if how == "role":
        role_change(user=ending, role="editor")
    elif how == "shut out":
        user_deactivate(user=ending)
    else:
        user_leave(user=ending, pseudonymise=False)
        user_activate(user=User.objects.get(pk=ending.pk))
        assert token_of(secret) is None
    assert invitation_of(made.token) is None


def test_a_name_that_is_taken_at_the_same_moment_is_said_so() -> None:
    admin = make_user("admin")
    made = invitation_create(role="reviewer", created_by=admin)
    make_user("reviewer", "rosa")
    with pytest.raises(InvitationError, match="name already"):
        invitation_accept(invitation=made.invitation, username="rosa", password="x")
    assert invitation_of(made.token) is not None
