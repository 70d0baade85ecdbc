"""Tokens: who may make which, what they let in, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.api.models import Token
from apps.api.tokens import TokenError, token_create, token_of
from tests.api.client import Program, make_secret, program
from tests.builders import make_user
from tests.pages import markup

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_only_the_hash_of_a_token_is_stored() -> None:
    secret = make_secret(make_user())
    (row,) = Token.objects.values()
    assert secret not in str(row) and secret.startswith(row["hint"]) and len(row["hint"]) == 12
    found = token_of(secret)
    assert found is not None and found.pk == row["id"]
    assert token_of(secret[:-1]) is None and token_of(secret[:-1] + "\ud800") is None


@pytest.mark.parametrize("role, scope", [("reviewer", "run"), ("reviewer", "export"),
                                         ("reviewer", "admin"), ("editor", "admin")])  # fmt: skip
def test_a_token_never_gets_more_than_its_owner_may(role: str, scope: str) -> None:
    user = make_user(role)
    for scopes in ([scope], ["read", scope], [], ["read", "everything"]):
        with pytest.raises(TokenError):
            token_create(user=user, name="x", scopes=scopes, days=1, per_minute=1)


def test_a_token_ends_when_it_expires_is_revoked_or_its_owner_is_shut_out() -> None:
    user = make_user("editor")
    mine = program(user)
    assert mine.get("/me").json()["scopes"] == ["export", "label", "read", "run"]
    for change in ({"expires_at": timezone.now() - timedelta(seconds=1)},
                   {"revoked_at": timezone.now()}):  # fmt: skip
        kept = Token.objects.values(*change).get()
        Token.objects.update(**change)
        answer = mine.get("/me")
        assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
        Token.objects.update(**kept)
    assert mine.get("/me").status_code == 200
    User.objects.update(is_active=False)
    assert mine.get("/me").status_code == 401


def test_a_role_that_was_taken_away_takes_the_scopes_with_it() -> None:
    user = make_user("editor")
    mine = program(user)
    User.objects.update(role="reviewer")
    assert mine.get("/runs").status_code == 200
    answer = mine.post("/runs/1/pause")
    assert answer.status_code == 403 and "role editor" in answer.json()["detail"]


def test_last_use_is_written_once_a_minute(django_assert_num_queries: object) -> None:
    mine = program(make_user())
    mine.get("/me")
    first = Token.objects.get().last_used_at
    assert first is not None
    mine.get("/me")
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(seconds=61))
    mine.get("/me")
    assert Token.objects.get().last_used_at > first


def test_a_token_may_make_so_many_requests_a_minute_and_another_its_own() -> None:
    cache.clear()
    user = make_user()
    mine, other = program(user, per_minute=2), program(user, per_minute=2)
    statuses = [mine.get("/me").status_code for _ in range(5)]
    # The minute of the clock may end once meanwhile.
    assert statuses[:2] == [200, 200] and 429 in statuses
    refused = next(
        answer for answer in iter(lambda: mine.get("/me"), None) if answer.status_code == 429
    )
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Content-Type"] == "application/problem+json"
    assert other.get("/me").status_code == 200


def test_without_the_cache_each_process_counts_for_itself(settings: object) -> None:
    settings.CACHES = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    user = make_user()
    mine, other = program(user, per_minute=3), program(user, per_minute=3)
    statuses = [mine.get("/me").status_code for _ in range(8)]
    # The minute of the clock may end once meanwhile.
    assert statuses[:3] == [200] * 3 and 429 in statuses
    assert other.get("/me").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc",
                                    "Bearer wnw_" + "x" * 5000, "Bearer wnw_\u00e9"])  # fmt: skip
def test_what_is_no_token_is_answered_401(header: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"


def test_a_session_lets_nobody_in_so_that_no_other_site_can_use_it() -> None:
    client = signed_in(make_user("admin"))
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/runs", {}, content_type="application/json").status_code == 401


def test_the_page_shows_a_new_secret_once_and_revokes() -> None:
    user = make_user("editor")
    client = signed_in(user)
    assert "You have no token yet" in markup(client.get("/accounts/tokens/"))
    sent = {"name": "my script", "scopes": ["read", "run"], "days": "30", "per_minute": "100"}
    page = client.post("/accounts/tokens/", sent).content.decode()
    token = Token.objects.get()
    secret = page.partition('class="wrap-anywhere">')[2].partition("<")[0]
    assert token_of(secret) == token and token.scopes == ["read", "run"]
    again = client.get("/accounts/tokens/")
    assert secret not in again.content.decode() and token.hint in again.content.decode()
    client.post(f"/accounts/tokens/{token.pk}/revoke/")
    assert Program(secret).get("/me").status_code == 401
    assert "revoked" in markup(client.get("/accounts/tokens/"))


@pytest.mark.parametrize("changed", [{"scopes": ["admin"]}, {"scopes": []}, {"days": "0"},
                                     {"days": "9999"}, {"per_minute": "0"},
                                     {"per_minute": "99999999"}, {"name": ""}])  # fmt: skip
def test_a_form_that_makes_no_sense_makes_no_token(changed: dict[str, object]) -> None:
    sent = {"name": "x", "scopes": ["read"], "days": "30", "per_minute": "100"} | changed
    page = signed_in(make_user("editor")).post("/accounts/tokens/", sent)
    assert page.status_code == 200 and not Token.objects.exists()


def test_anothers_token_is_not_there_but_for_admins() -> None:
    make_secret(make_user("editor", "owner"))
    token = Token.objects.get()
    path = f"/accounts/tokens/{token.pk}/revoke/"
    other = signed_in(make_user("editor", "other"))
    assert other.post(path).status_code == 404
    assert token.hint not in other.get("/accounts/tokens/").content.decode()
    assert other.get(path).status_code == 405
    admin = signed_in(make_user("admin"))
    assert "owner" in markup(admin.get("/accounts/tokens/"))
    assert admin.post(path).status_code == 302
    assert Token.objects.get().revoked_at is not None
    assert Client().post(path).status_code == 302
    assert admin.post("/accounts/tokens/99999999999999999999/revoke/").status_code == 404
