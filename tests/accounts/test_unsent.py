"""A session that ends while something is sent: nothing is saved, and what was typed comes back."""

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from redis.exceptions import RedisError

from apps.accounts import unsent
from apps.review.models import Label
from tests.builders import PASSWORD, make_user
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db
TYPED = {"value": "bad", "reasons": ["not_sql", "test_wrong"], "note": "It is <Python>, 日本語."}
HTMX = {"HX-Request": "true"}


def log_in(client: Client, to: str) -> str:
    given = {"username": "rosa", "password": PASSWORD, "next": to}
    return client.post("/accounts/login/", given, follow=True).content.decode()


@pytest.fixture
def reviewing(client: Client) -> Client:
    """Rosa looks at a pair, and her session ends."""
    client.force_login(make_user("reviewer", "rosa"))
    make_queued()
    make_queued()
    assert "Review" in client.get("/review/").content.decode()
    Session.objects.all().delete()
    return client


def label_path() -> str:
    from apps.review.models import Seat

    return f"/review/pairs/{Seat.objects.get().entry.response_id}/label/"


@pytest.mark.parametrize("with_htmx", [False, True])
def test_a_label_with_reasons_and_a_note_is_there_again_after_the_log_in(
    reviewing: Client, with_htmx: bool
) -> None:
    path = label_path()
    here = {"Referer": "http://testserver/review/"}
    if with_htmx:  # the page's script sends the form again as soon as it sees this
        assert reviewing.post(path, TYPED, headers={**here, **HTMX}).status_code == 401
    answer = reviewing.post(path, TYPED, headers=here)
    assert answer.headers["Location"] == "/accounts/login/?next=/review/"
    page = log_in(reviewing, "/review/")
    assert unsent_told(page) and path in page and not Label.objects.exists()
    assert 'id="reasons" open' in page and "It is &lt;Python&gt;, 日本語." in page
    assert page.count(" checked") == 2
    reviewing.post(path, TYPED)
    assert Label.objects.get().reasons == ["not_sql", "test_wrong"]
    assert not unsent_told(reviewing.get("/review/").content.decode())


def unsent_told(page: str) -> bool:
    return "Your session had ended, and nothing was saved." in page


def test_nothing_is_shown_to_another_browser(reviewing: Client) -> None:
    reviewing.post(label_path(), TYPED)
    other = Client()
    assert not unsent_told(log_in(other, "/review/"))
    for cookie in ("0-x", "nonsense", "9" * 5000 + "-x", "²-x", "-"):
        other.cookies[unsent.COOKIE] = cookie
        page = other.get("/review/")
        assert page.status_code == 200 and not unsent_told(page.content.decode())


def test_strangers_fill_a_few_places_only_and_passwords_are_not_kept(client: Client) -> None:
    for number in range(unsent.PLACES + 40):
        client.post("/accounts/password/", {"old_password": "secret", "x": str(number)})
    kept = [cache.get(f"unsent-{place}") for place in range(1000)]
    found = [one for one in kept if one]
    assert 0 < len(found) <= unsent.PLACES and not any("secret" in one[2] for one in found)


@pytest.mark.parametrize(
    ("referer", "to"),
    [
        ("http://testserver/review/pairs/5/?a=1", "/review/pairs/5/%3Fa%3D1"),
        ("http://elsewhere.example/review/", "/"),
        ("", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_log_in_leads_back_to_the_page_with_the_form(
    client: Client, referer: str, to: str
) -> None:
    answer = client.post("/review/pairs/5/relabel/", TYPED, headers={"Referer": referer})
    assert answer.headers["Location"] == f"/accounts/login/?next={to}"


def test_without_the_cache_the_log_in_is_asked_for_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise RedisError("away")

    monkeypatch.setattr(cache, "set", away)
    answer = client.post("/review/pairs/5/label/", TYPED)
    assert answer.status_code == 302 and unsent.COOKIE not in answer.cookies
