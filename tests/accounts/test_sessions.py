from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def signed_in() -> tuple[Client, User]:
    client, user = Client(), make_user("editor")
    client.force_login(user)
    return client, user


def is_in(client: Client) -> bool:
    answer = client.get("/review/keys/")
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def test_the_user_of_a_session_is_whole() -> None:
    client, user = signed_in()
    found = client.get("/review/keys/").context["user"]
    stored = get_user_model().objects.get(pk=user.pk)
    assert {f.attname: getattr(found, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(stored, f.attname) for f in User._meta.concrete_fields
    }


def test_session_and_user_cost_a_statement_each(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client, user = signed_in()
    request = HttpRequest()
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    with django_assert_num_queries(2):
        assert get_user(request) == user


@pytest.mark.parametrize("ends", ["expired", "deleted", "inactive", "gone", "password"])
def test_a_session_ends(ends: str) -> None:
    client, user = signed_in()
    assert is_in(client)
    if ends == "expired":
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif ends == "deleted":
        Session.objects.all().delete()
    elif ends == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif ends == "gone":
        User.objects.filter(pk=user.pk).delete()
    else:
        user.set_password("another word of many letters")
        user.save()
    assert not is_in(client)


@pytest.mark.parametrize("key", ["nobodyhasthiskey", '"\\000\\000abcdefgh"', "ü" * 40, "short"])
def test_a_key_that_nobody_has_is_nobody(key: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_in(client)


def test_signing_out_ends_the_session_for_whoever_copied_its_cookie() -> None:
    client, _ = signed_in()
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(copy)
    client.post("/accounts/logout/")
    assert not is_in(copy)
