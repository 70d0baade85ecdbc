"""Invitations, and new passwords for those who forgot theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.invitations import (
    InvitationError,
    invitation_accept,
    invitation_create,
    invitation_of,
    invitation_revoke,
)
from apps.accounts.models import Invitation, User
from tests.builders import PASSWORD, make_user
from tests.pages import markup
from worker import tasks

pytestmark = pytest.mark.django_db
INVITATIONS = "/accounts/invitations/"
RESET = "/accounts/reset/"
CHOSEN = {"username": "rosa", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent; each is done at once, as a worker does it."""
    names: list[str] = []
    done: dict[str, Callable[..., Any]] = {
        "worker.tasks.mail": tasks.mail, "worker.tasks.mail_reset": tasks.mail_reset
    }  # fmt: skip

    def send(name: str, args: list[str], **_: Any) -> None:
        names.append(name)
        done[name](*args)

    monkeypatch.setattr("apps.core.queue.app.send_task", send)
    return names


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("admin")
    client.force_login(user)
    return user


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/accounts/(?:invited|reset)/[\w/-]+)", text)
    assert found, text
    return found[1]


def test_somebody_invited_by_link_chooses_a_name_and_a_password(
    client: Client, admin: User, sent: list[str]
) -> None:
    group = Group.objects.create(name="Night shift")
    page = markup(client.post(INVITATIONS, {"role": "editor", "groups": [group.pk]}))
    assert sent == []
    stranger, link = Client(), link_in(page)
    assert link not in markup(client.get(INVITATIONS))
    assert "admin invites you as editor" in markup(stranger.get(link))
    assert stranger.post(link, CHOSEN).headers["Location"] == "/"
    assert stranger.get("/accounts/password/").status_code == 200
    rosa = User.objects.get(username="rosa")
    assert (rosa.role, list(rosa.groups.all())) == ("editor", [group])
    assert rosa.check_password(PASSWORD)
    for answer in (Client().get(link), Client().post(link, CHOSEN | {"username": "otto"})):
        assert answer.status_code == 404 and "not good any more" in markup(answer)
    assert "used" in markup(client.get(INVITATIONS))


def test_an_invitation_by_mail_carries_the_link_and_gives_the_address(
    client: Client, admin: User
) -> None:
    client.post(INVITATIONS, {"role": "reviewer", "email": "rosa@example.org"})
    (letter,) = mail.outbox
    assert letter.to == ["rosa@example.org"]
    Client().post(link_in(str(letter.body)), CHOSEN)
    assert User.objects.get(username="rosa").email == "rosa@example.org"


def test_when_the_queue_is_away_the_link_is_there_to_pass_on(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr("apps.core.queue.app.send_task", away)
    page = markup(client.post(INVITATIONS, {"role": "reviewer", "email": "rosa@example.org"}))
    assert "The link is <code" in page and link_in(page)


def test_weak_passwords_and_taken_names_are_refused_and_the_invitation_stays(admin: User) -> None:
    made = invitation_create(role="reviewer", created_by=admin)
    link = f"/accounts/invited/{made.token}/"
    for wrong in (
        CHOSEN | {"password1": "12345678", "password2": "12345678"},
        CHOSEN | {"password2": "another one of them"},
        CHOSEN | {"username": "admin"},
        CHOSEN | {"username": ""},
    ):
        assert Client().post(link, wrong).status_code == 200
    assert User.objects.count() == 1 and invitation_of(made.token)


def test_an_invitation_ends_with_its_week_or_when_it_is_taken_back(
    client: Client, admin: User
) -> None:
    old = invitation_create(role="admin", created_by=admin)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert invitation_of(old.token) is None
    back = invitation_create(role="admin", created_by=admin)
    address = f"{INVITATIONS}{back.invitation.pk}/take-back/"
    assert "is taken back" in markup(client.post(address, follow=True))
    assert "not open any more" in markup(client.post(address, follow=True))
    assert invitation_of(back.token) is None and not invitation_revoke(invitation=back.invitation)
    with pytest.raises(InvitationError):
        invitation_accept(invitation=back.invitation, username="eve", password=PASSWORD)


def test_the_token_is_not_stored(admin: User) -> None:
    made = invitation_create(role="reviewer", created_by=admin)
    assert made.token not in str(Invitation.objects.values().get())
    assert invitation_of("x") is None and invitation_of("\udcff") is None


def test_a_new_password_is_chosen_by_a_link_that_was_mailed(client: Client) -> None:
    rosa = make_user(username="rosa", email="Rosa@example.org")
    page = markup(client.post(RESET, {"email": "rosa@EXAMPLE.org"}))
    assert "Look into your mail" in page
    link = link_in(str(mail.outbox[0].body))
    at = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"new_password1": "quite another one", "new_password2": "quite another one"}
    assert "Log in with it" in markup(client.post(at, new, follow=True))
    rosa.refresh_from_db()
    assert rosa.check_password("quite another one")
    assert "not good any more" in markup(Client().get(link, follow=True))


def test_the_answer_is_the_same_whoever_is_asked_for(client: Client, sent: list[str]) -> None:
    make_user(username="rosa", email="rosa@example.org")
    make_user(username="gone", email="gone@example.org", is_active=False)
    elsewhere = make_user(username="sso", email="sso@example.org")
    elsewhere.set_unusable_password()
    elsewhere.save()
    pages = set()
    for name in ("rosa", "gone", "sso", "nobody"):
        page = markup(client.post(RESET, {"email": f"{name}@example.org"}))
        pages.add(re.sub(r"\w+@example.org|csrf\w+. *value=\S+|X-CSRFToken\S+ \S+", "", page))
    assert len(pages) == 1 and len(sent) == 4
    assert [letter.to for letter in mail.outbox] == [["rosa@example.org"]]


def test_nobody_is_flooded_with_letters(client: Client, sent: list[str]) -> None:
    for _ in range(3):
        client.post(RESET, {"email": "rosa@example.org"})
    assert len(sent) == 1
    for number in range(30):
        client.post(RESET, {"email": f"{number}@example.org"})
    assert len(sent) == 18  # the twenty of this computer, two of which were repeats


def test_a_link_is_built_of_the_sites_own_name_only(client: Client) -> None:
    make_user(username="rosa", email="rosa@example.org")
    answer = client.post(RESET, {"email": "rosa@example.org"}, headers={"Host": "evil.example"})
    assert answer.status_code == 400 and not mail.outbox


def test_the_command_line_prints_a_link(client: Client) -> None:
    make_user(username="rosa")
    out = StringIO()
    call_command("password_link", "rosa", "--site", "http://testserver/", stdout=out)
    page = client.get(link_in(out.getvalue()), follow=True)
    assert "Choose a new password" in markup(page)
    with pytest.raises(CommandError, match="no active user 'otto'"):
        call_command("password_link", "otto")


@pytest.mark.parametrize("address", [INVITATIONS, f"{INVITATIONS}1/take-back/"])
def test_only_admins_invite(client: Client, address: str) -> None:
    for role in ("reviewer", "editor"):
        client.force_login(make_user(role))
        assert client.post(address).status_code == 403
    client.force_login(make_user("admin"))
    assert client.put(address).status_code == 405
    assert client.post(f"{INVITATIONS}99/take-back/").status_code == 404
