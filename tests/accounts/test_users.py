"""The users' page: only for admins, and never without one."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.builders import make_user

pytestmark = pytest.mark.django_db
USERS = "/accounts/users/"


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("admin")
    client.force_login(user)
    return user


def shown_password(text: str) -> str:
    found = re.search(r'<code id="new-password">(\w+)</code>', text)
    assert found, text
    return found[1]


@pytest.mark.parametrize(
    "address", [USERS, *(f"{USERS}1/{part}/" for part in ("role", "activity", "password"))]
)
def test_a_stranger_must_log_in_and_others_are_told_the_role(client: Client, address: str) -> None:
    assert client.post(address).headers["Location"].startswith("/accounts/login/")
    for role in ("reviewer", "editor"):
        client.force_login(make_user(role))
        answer = client.post(address)
        assert answer.status_code == 403
        assert "This needs the role admin." in answer.content.decode()


@pytest.mark.parametrize("part", ["role", "activity", "password"])
def test_changes_are_posts_to_users_that_exist(client: Client, admin: User, part: str) -> None:
    assert client.get(f"{USERS}{admin.pk}/{part}/").status_code == 405
    assert client.post(f"{USERS}{admin.pk + 1}/{part}/").status_code == 404


def test_the_page_cannot_be_put_or_deleted(client: Client, admin: User) -> None:
    assert client.delete(USERS).status_code == 405


def test_a_new_user_gets_a_random_password_that_works_and_is_shown_once(
    client: Client, admin: User
) -> None:
    text = client.post(USERS, {"username": "rosa", "role": "reviewer"}).content.decode()
    password = shown_password(text)
    assert len(password) == 20
    assert User.objects.get(username="rosa").check_password(password)
    assert password not in client.get(USERS).content.decode()


def test_a_name_that_is_taken_is_refused_next_to_its_field(client: Client, admin: User) -> None:
    text = client.post(USERS, {"username": "admin", "role": "reviewer"}).content.decode()
    assert "A user with that username already exists." in text
    assert 'aria-describedby="id_username_helptext id_username_error"' in text


def test_an_unknown_role_is_refused(client: Client, admin: User) -> None:
    rosa = make_user("reviewer", "rosa")
    client.post(USERS, {"username": "otto", "role": "owner"})
    answer = client.post(f"{USERS}{rosa.pk}/role/", {"role": "owner"}, follow=True)
    assert "Choose one of the roles" in answer.content.decode()
    assert not User.objects.filter(username="otto").exists()


def test_a_role_is_changed(client: Client, admin: User) -> None:
    rosa = make_user("reviewer", "rosa")
    client.post(f"{USERS}{rosa.pk}/role/", {"role": "editor"})
    rosa.refresh_from_db()
    assert rosa.role == "editor"


def test_the_only_admin_stays_admin_and_active(client: Client, admin: User) -> None:
    for part, given in (("role", {"role": "reviewer"}), ("activity", {})):
        answer = client.post(f"{USERS}{admin.pk}/{part}/", given, follow=True)
        assert "admin is the only admin. Make somebody else admin first." in (
            answer.content.decode()
        )
    admin.refresh_from_db()
    assert admin.is_admin and admin.is_active


def test_a_user_is_shut_out_and_let_in_again(client: Client, admin: User) -> None:
    rosa = make_user("reviewer", "rosa")
    for active in (False, True):
        client.post(f"{USERS}{rosa.pk}/activity/")
        rosa.refresh_from_db()
        assert rosa.is_active is active


def test_a_new_password_replaces_the_old_one(client: Client, admin: User) -> None:
    rosa = make_user("reviewer", "rosa")
    text = client.post(f"{USERS}{rosa.pk}/password/").content.decode()
    rosa.refresh_from_db()
    assert rosa.check_password(shown_password(text))
