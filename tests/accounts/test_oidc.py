"""Single sign-on with a provider that really runs, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.db import IntegrityError
from django.test import Client

from apps.accounts import oidc
from apps.accounts.invitations import invitation_create
from apps.accounts.models import User
from apps.accounts.oidc import Identity, SignInError, user_of
from tests.builders import make_user
from tests.pages import markup

pytestmark = pytest.mark.django_db
SSO, BACK = "/accounts/sso/", "/accounts/sso/back/"


@pytest.fixture(autouse=True)
def _client(settings: Any) -> None:
    settings.WINNOW_OIDC_CLIENT_ID = "winnow"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    import oidc_provider_mock

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def issuer(provider: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    # authlib insists on https for what is not said to be a test.
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    settings.WINNOW_OIDC_ISSUER = provider
    settings.WINNOW_OIDC_CLIENT_ID = "winnow"
    settings.WINNOW_OIDC_CLIENT_SECRET = "secret"
    settings.WINNOW_OIDC_NAME = "the lab's account"
    return provider


def known_there(issuer: str, subject: str, **claims: Any) -> None:
    httpx.put(f"{issuer}/users/{subject}", json=claims).raise_for_status()


def authorised(client: Client, subject: str, following: str = "") -> str:
    """To the provider as a browser goes, signed in there; the address that it sends back to."""
    there = client.get(SSO, {"next": following}).headers["Location"]
    answer = httpx.post(there, data={"sub": subject}, follow_redirects=False)
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == BACK
    return f"{back.path}?{back.query}"


def test_the_log_in_page_offers_it_where_it_is_configured(
    client: Client, settings: Any, issuer: str
) -> None:
    assert "Log in with the lab&#x27;s account" in markup(client.get("/accounts/login/"))
    settings.WINNOW_OIDC_ISSUER = ""
    assert "Log in with" not in markup(client.get("/accounts/login/"))
    assert client.get(SSO).status_code == client.get(BACK).status_code == 404


def test_somebody_with_a_verified_address_signs_in_and_is_known_by_subject_from_then_on(
    client: Client, issuer: str
) -> None:
    rosa = make_user("editor", "rosa", email="Rosa@example.org")
    known_there(issuer, "s-1", email="rosa@example.org", email_verified=True)
    answer = client.get(authorised(client, "s-1", "/seeds/"))
    assert answer.headers["Location"] == "/seeds/"
    assert client.get("/accounts/password/").context["user"] == rosa
    User.objects.update(email="")
    again = Client()
    assert again.get(authorised(again, "s-1")).headers["Location"] == "/"
    assert again.get("/accounts/password/").context["user"] == rosa


def test_pkce_state_and_nonce_are_used(client: Client, issuer: str) -> None:
    asked = parse_qs(urlsplit(client.get(SSO).headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] and asked["nonce"] and asked["code_challenge"]


def test_an_answer_that_was_not_asked_for_signs_nobody_in(client: Client, issuer: str) -> None:
    make_user("admin", "rosa", email="rosa@example.org")
    known_there(issuer, "s-2", email="rosa@example.org", email_verified=True)
    back = authorised(client, "s-2")
    victim = Client()
    for address in (back, BACK, f"{BACK}?code=x&state=y", f"{BACK}?error=denied"):
        answer = victim.get(address, follow=True)
        assert "did not succeed" in markup(answer)
        assert victim.get("/seeds/").status_code == 302
    assert client.get(back).status_code == 302 and client.get("/seeds/").status_code == 200


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "[]", "a:b"])
def test_where_to_go_on_is_on_this_site(client: Client, issuer: str, following: str) -> None:
    make_user("reviewer", "rosa", email="rosa@example.org")
    known_there(issuer, "s-3", email="rosa@example.org", email_verified=True)
    back = authorised(client, "s-3", following)
    assert client.get(back).headers["Location"] == "/"


def test_a_stranger_and_an_unverified_address_are_turned_away(client: Client, issuer: str) -> None:
    make_user("admin", "rosa", email="rosa@example.org")
    known_there(issuer, "s-4", email="rosa@example.org", email_verified=False)
    assert "Ask an admin to invite you" in markup(
        client.get(authorised(client, "s-4"), follow=True)
    )
    assert User.objects.count() == 1


def test_an_invitation_by_address_is_taken_up(client: Client, issuer: str) -> None:
    admin = make_user("admin")
    invitation_create(role="editor", email="otto@example.org", created_by=admin)
    known_there(
        issuer, "s-5", email="otto@example.org", email_verified=True, preferred_username="admin"
    )
    client.get(authorised(client, "s-5"))
    otto = User.objects.get(email="otto@example.org")
    assert (otto.role, otto.username, otto.has_usable_password()) == ("editor", "admin2", False)


def test_a_provider_that_is_away_is_said_so(client: Client, issuer: str, settings: Any) -> None:
    settings.WINNOW_OIDC_ISSUER = "http://127.0.0.1:9"
    assert "did not succeed" in markup(client.get(SSO, follow=True))


def identity(**claims: Any) -> Identity:
    return Identity.of({"iss": "https://id.example", "sub": "1", "aud": "winnow", **claims})


def test_whoever_was_shut_out_stays_out(settings: Any) -> None:
    settings.WINNOW_OIDC_CREATE = True
    rosa = user_of(identity(preferred_username="rosa"))
    assert (rosa.role, rosa.is_active) == ("reviewer", True)
    User.objects.update(is_active=False)
    with pytest.raises(SignInError, match="shut out"):
        user_of(identity(email="new@example.org", email_verified=True))


def test_names_from_elsewhere_are_made_fit_and_free(settings: Any) -> None:
    settings.WINNOW_OIDC_CREATE = True
    names = ["Ro sa/<b>", "ro-sa--b-", "", "x" * 500]
    made = [
        user_of(identity(sub=str(number), preferred_username=name)).username
        for number, name in enumerate(names)
    ]
    assert made[0] == "Ro-sa--b-" and made[1] == "ro-sa--b-2" and made[2] == "person"
    assert len(made[3]) == 100


def test_an_address_that_two_have_is_nobodys(settings: Any) -> None:
    for name in ("a", "b"):
        make_user("admin", name, email="both@example.org")
    with pytest.raises(SignInError):
        user_of(identity(email="both@example.org", email_verified=True))
    assert identity(email="both@example.org", email_verified="true").email == ""


def test_a_token_for_another_client_lets_nobody_in(settings: Any) -> None:
    settings.WINNOW_OIDC_CREATE = True
    for meant in ("other", ["other"], []):
        with pytest.raises(SignInError, match="somebody else"):
            identity(aud=meant)
    assert identity(aud=["winnow", "other"]).subject == identity().subject


def test_two_tabs_of_one_person_make_one_user(settings: Any) -> None:
    settings.WINNOW_OIDC_CREATE = True
    real, tried = oidc._found, []

    def late(one: Identity) -> User:
        if not tried:
            tried.append(real(one))
            raise IntegrityError("the other tab was faster")
        return real(one)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oidc, "_found", late)
        assert user_of(identity(preferred_username="rosa")) == tried[0]
    assert User.objects.count() == 1
