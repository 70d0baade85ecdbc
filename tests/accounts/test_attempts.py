"""Limits of log-in attempts: behind proxies, against spraying, and not to lock others out."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.attempts import client_address
from tests.builders import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def attempt(name: str, password: str = "wrong", *, via: str = "", direct: str = "10.0.0.1") -> int:
    headers = {"X-Forwarded-For": via} if via else {}
    given = {"username": name, "password": password}
    return Client(REMOTE_ADDR=direct).post(LOGIN, given, headers=headers).status_code


@pytest.mark.parametrize(
    ("proxies", "passed", "direct", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.1, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "203.0.113.9:4711", "10.0.0.1", "203.0.113.9"),
        (1, "[2001:db8:1:2:3:4:5:6]:443", "10.0.0.1", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "unknown", "10.0.0.1", "10.0.0.1"),
        (1, "9" * 5000, "", "0.0.0.0"),
    ],
)
def test_the_address_is_the_one_that_the_last_trusted_proxy_tells(
    settings: Settings, proxies: int, passed: str, direct: str, address: str
) -> None:
    settings.WINNOW_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=direct, HTTP_X_FORWARDED_FOR=passed)
    assert client_address(request) == address


def test_behind_a_proxy_a_lock_is_for_the_one_who_caused_it(settings: Settings) -> None:
    settings.WINNOW_PROXIES = 1
    make_user("admin", "ada")
    assert [attempt("ada", via="6.6.6.6, 203.0.113.66") for _ in range(10)][-1] == 429
    assert attempt("ada", PASSWORD, via="203.0.113.7") == 302


def test_the_header_of_strangers_is_not_looked_at_without_a_proxy() -> None:
    make_user("admin", "ada")
    tries = [attempt("ada", via=f"203.0.113.{number}") for number in range(11)]
    assert tries[8:] == [200, 429, 429]


def test_one_password_tried_on_everybody_locks_the_address(settings: Settings) -> None:
    settings.WINNOW_ADDRESS_FAILURES = 30
    make_user("reviewer", "rosa")
    tries = [attempt(f"name{number % 15}") for number in range(32)]
    assert tries.index(429) == 29 and tries[29:] == [429] * 3
    assert attempt("rosa", PASSWORD) == 429
    assert attempt("rosa", PASSWORD, direct="10.0.0.2") == 302


def test_going_on_trying_does_not_prolong_a_lock(settings: Settings) -> None:
    make_user("reviewer", "rosa")
    for _ in range(10):
        attempt("rosa")
    locked_at = AccessAttempt.objects.get().attempt_time
    attempt("rosa")
    assert AccessAttempt.objects.get().attempt_time == locked_at
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt("rosa", PASSWORD) == 302


def test_an_operator_ends_a_lock(capsys: pytest.CaptureFixture[str]) -> None:
    make_user("reviewer", "rosa")
    for _ in range(10):
        attempt("rosa")
    call_command("axes_reset")
    assert attempt("rosa", PASSWORD) == 302


@pytest.mark.parametrize(
    ("name", "password"),
    [("x" * 5000, "wrong"), ("rosa", "x" * 60_000), ("\x00", "wrong"), ("\ud83d\ude00" * 160, "w")],
)
def test_no_name_or_password_at_all_is_an_error_of_the_server(name: str, password: str) -> None:
    assert attempt(name.encode("utf-8", "replace").decode(), password) == 200
    assert not AccessAttempt.objects.exists() or name == "rosa"
