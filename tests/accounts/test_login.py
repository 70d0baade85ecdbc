"""Logging in and out, sessions that end, too many wrong passwords."""

import pytest
from django.test import Client

from tests.builders import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def test_the_right_password_opens_the_page_that_was_asked_for(client: Client) -> None:
    make_user("admin", "ada")
    assert client.get("/status/").headers["Location"] == f"{LOGIN}?next=/status/"
    answer = client.post(LOGIN, {"username": "ada", "password": PASSWORD, "next": "/status/"})
    assert answer.headers["Location"] == "/status/"


def test_the_log_in_page_sends_nobody_to_another_site(client: Client) -> None:
    make_user("reviewer", "rosa")
    given = {"username": "rosa", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post(LOGIN, given).headers["Location"] == "/"


def test_a_wrong_password_is_said_and_does_not_tell_whether_the_user_exists(
    client: Client,
) -> None:
    make_user("reviewer", "rosa")
    texts = [
        client.post(LOGIN, {"username": name, "password": "wrong"}).content.decode()
        for name in ("rosa", "nobody")
    ]
    assert all("Please enter a correct username and password" in text for text in texts)


def test_after_ten_wrong_passwords_the_page_names_the_waiting_time(client: Client) -> None:
    make_user("reviewer", "rosa")
    for _ in range(10):
        answer = client.post(LOGIN, {"username": "rosa", "password": "wrong"})
    assert answer.status_code == 429
    assert "is locked for 15 minutes" in " ".join(answer.content.decode().split())
    right = client.post(LOGIN, {"username": "rosa", "password": PASSWORD})
    assert right.status_code == 429


def test_another_user_is_not_locked_out_with_the_first(client: Client) -> None:
    make_user("reviewer", "rosa")
    make_user("reviewer", "otto")
    for _ in range(10):
        client.post(LOGIN, {"username": "rosa", "password": "wrong"})
    assert client.post(LOGIN, {"username": "otto", "password": PASSWORD}).status_code == 302


def test_logging_out_is_a_post_and_ends_the_session(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").headers["Location"] == LOGIN
    assert client.get("/").status_code == 302


def test_a_partial_asked_for_after_the_session_ended_sends_the_whole_page_to_log_in(
    client: Client,
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/seeds/?kind=select"}
    answer = client.get("/", headers=headers, follow=True)
    assert answer.headers["HX-Redirect"] == f"{LOGIN}?next=%2Fseeds%2F%3Fkind%3Dselect"


def test_somebody_who_is_shut_out_is_signed_out_at_once(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302


def test_a_user_changes_their_own_password_and_stays_signed_in(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    new = "another long password"
    given = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    answer = client.post("/accounts/password/", given, follow=True)
    assert "Your password is changed." in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(new)


def test_a_weak_password_is_refused_next_to_its_field(client: Client) -> None:
    client.force_login(make_user())
    given = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    answer = client.post("/accounts/password/", given)
    text = answer.content.decode()
    assert "This password is too short" in text
    assert 'id="id_new_password2_error"' in text


def test_the_password_page_asks_for_a_log_in(client: Client) -> None:
    assert client.get("/accounts/password/").status_code == 302
