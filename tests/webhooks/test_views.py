"""The pages of webhooks: for admins alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.webhooks.models import Attempt, Endpoint, Message
from apps.webhooks.services import endpoint_create
from tests.builders import make_user
from tests.pages import markup

pytestmark = pytest.mark.django_db
INDEX = "/webhooks/"
OK, SENT, NO, METHOD = 200, 302, 403, 405
# What a GET and an (empty) POST answer to an admin; everybody else gets 403.
MATRIX = {
    "/webhooks/": (OK, OK),
    "/webhooks/{endpoint}/": (OK, METHOD),
    "/webhooks/{endpoint}/change/": (OK, OK),
    "/webhooks/{endpoint}/switch/": (METHOD, SENT),
    "/webhooks/{endpoint}/secret/": (METHOD, OK),
    "/webhooks/{endpoint}/test/": (METHOD, SENT),
    "/webhooks/messages/{message}/": (OK, METHOD),
    "/webhooks/messages/{message}/replay/": (METHOD, SENT),
    "/webhooks/messages/{message}/skip/": (METHOD, SENT),
    "/webhooks/{endpoint}/delete/": (METHOD, SENT),
}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.work.send", lambda units: None)


@pytest.fixture
def endpoint() -> Endpoint:
    return endpoint_create(name="Ours", url="https://example.org/hook", events=["run.ended"])


@pytest.fixture
def message(endpoint: Endpoint) -> Message:
    return Message.objects.create(endpoint=endpoint, event="run.ended", data={"run": 7})


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


@pytest.mark.parametrize("address", MATRIX)
def test_each_role_and_method(client: Client, message: Message, address: str) -> None:
    path = address.format(endpoint=message.endpoint_id, message=message.pk)
    missing = address.format(endpoint=message.endpoint_id + 1, message=message.pk + 1)
    assert client.get(path).status_code == client.post(path).status_code == SENT
    got, posted = MATRIX[address]
    for role in ("reviewer", "editor"):
        client.force_login(make_user(role))
        assert client.get(path).status_code == (METHOD if got == METHOD else NO)
        assert client.post(path).status_code == (METHOD if posted == METHOD else NO)
    client.force_login(make_user("admin"))
    assert client.get(path).status_code == got
    if missing != path:
        for answer in (client.get(missing), client.post(missing)):
            assert answer.status_code in (404, METHOD)
    assert client.post(path).status_code == posted
    assert client.put(path).status_code == client.delete(path).status_code == METHOD


def test_an_endpoint_is_added_and_its_secret_shown_once(admin: Client) -> None:
    assert "Nobody is told anything yet" in markup(admin.get(INDEX))
    form = {"name": "Ours", "url": "https://example.org/hook", "events": ["label.created"]}
    found = re.search(r'<code id="new-secret"[^>]*>(whsec_[^<]+)<', markup(admin.post(INDEX, form)))
    assert found and found[1] == Endpoint.objects.get().secret
    assert found[1] not in admin.get(INDEX).content.decode()
    assert found[1] not in admin.get(f"{INDEX}{Endpoint.objects.get().pk}/").content.decode()
    assert "already exists" in markup(admin.post(INDEX, form))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1/", "unless the operator lists it"),
        ("gopher://example.org/", "no address like"),
        ("https://a:b@example.org/", "a password in it"),
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_beside_its_field(
    admin: Client, url: str, said: str
) -> None:
    form = {"name": "Ours", "url": url, "events": ["label.created"]}
    assert said in markup(admin.post(INDEX, form))
    assert not Endpoint.objects.exists()


def test_no_events_or_unknown_ones_are_refused(admin: Client) -> None:
    for events in ([], ["label.created", "all"]):
        admin.post(INDEX, {"name": "Ours", "url": "https://example.org/", "events": events})
    assert not Endpoint.objects.exists()


def test_an_endpoint_is_changed_switched_and_deleted(admin: Client, endpoint: Endpoint) -> None:
    page = f"{INDEX}{endpoint.pk}/"
    form = {"name": "Theirs", "url": "https://example.org/b", "events": ["export.ended"]}
    assert admin.post(f"{page}change/", form).headers["Location"] == page
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.events) == ("Theirs", ["export.ended"])
    for status in ("off", "on"):
        admin.post(f"{page}switch/")
        endpoint.refresh_from_db()
        assert endpoint.status == status
    admin.post(f"{page}delete/")
    assert not Endpoint.objects.exists()


def test_a_new_secret_is_shown_and_the_old_one_named(admin: Client, endpoint: Endpoint) -> None:
    text = markup(admin.post(f"{INDEX}{endpoint.pk}/secret/"))
    endpoint.refresh_from_db()
    new, old = endpoint.secrets
    assert new in text and old not in text
    assert "two; the old one until" in text


def test_the_log_shows_messages_and_attempts_as_text(admin: Client, message: Message) -> None:
    Attempt.objects.create(
        message=message, at=message.happened_at, status=500, milliseconds=3,
        problem="It answered 500.", answer="<script>alert(1)</script>",
    )  # fmt: skip
    page = markup(admin.get(f"{INDEX}{message.endpoint_id}/"))
    assert f"run.ended {message.pk}" in page and "waiting" in page
    assert "<code>{&quot;run&quot;: 7}</code>" in page
    page = markup(admin.get(f"{INDEX}messages/{message.pk}/"))
    assert "It answered 500." in page and "<script>alert" not in page
    assert "&quot;data&quot;:{&quot;run&quot;:7}" in page
    assert "No messages like that" in markup(
        admin.get(f"{INDEX}{message.endpoint_id}/?status=delivered")
    )


def test_the_log_goes_on_page_by_page(admin: Client, endpoint: Endpoint) -> None:
    for number in range(51):
        Message.objects.create(endpoint=endpoint, event="run.ended", data={"run": number})
    page = markup(admin.get(f"{INDEX}{endpoint.pk}/"))
    found = re.search(r'rel="next" href="(\?before=\d+)"', page)
    assert found
    older = markup(admin.get(f"{INDEX}{endpoint.pk}/{found[1]}"))
    first = endpoint.messages.earliest("pk").pk
    assert f"run.ended {first}<" in older and f"run.ended {first}<" not in page


def test_what_waits_is_not_replayed_and_what_is_over_not_left_out(
    admin: Client, message: Message
) -> None:
    page = f"{INDEX}messages/{message.pk}/"
    answer = admin.post(f"{page}replay/", follow=True)
    assert "need not be sent once more" in markup(answer)
    admin.post(f"{page}skip/")
    assert "not waiting any more" in markup(admin.post(f"{page}skip/", follow=True))
    assert admin.post(f"{page}replay/").headers["Location"] != page
    again = Message.objects.latest("pk")
    assert (again.key, again.replay_of) == (message.key, message)


def test_a_test_event_needs_an_endpoint_that_is_on(admin: Client, endpoint: Endpoint) -> None:
    page = f"{INDEX}{endpoint.pk}/"
    admin.post(f"{page}test/")
    assert endpoint.messages.get().event == "webhook.test"
    admin.post(f"{page}switch/")
    assert "Switch the endpoint on first." in markup(admin.post(f"{page}test/", follow=True))
