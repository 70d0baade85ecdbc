from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory

from apps.accounts.models import User
from apps.core.params import LARGEST
from apps.review import frame
from apps.review.desk import Desk, desk
from apps.review.kept import Kept
from apps.review.services import enqueue
from tests.builders import make_response, make_user

pytestmark = pytest.mark.django_db
ODD = f"Who is {LARGEST}? <b>pair</b> & 'said'"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    store = Kept()
    monkeypatch.setattr(frame, "parts", store)
    return store


def of(username: str = "ada", *, problem: str = "", said: str = "Next pair.") -> tuple[Desk, str]:
    reviewer = User.objects.filter(username=username).first() or make_user("reviewer", username)
    found = desk(queue_id=None, reviewer_id=reviewer.pk)
    assert found is not None
    request = RequestFactory().get("/review/")
    request.user = reviewer
    request.META["CSRF_COOKIE"] = "b" * 32
    return found, frame.work_html(request, found, None, said=said, problem=problem)


def same(page: str) -> list[str]:
    """The page without its tokens, which are masked anew each time, and its white space."""
    return re.sub('value="[A-Za-z0-9]{64}"', 'value="token"', page).split()


def test_a_filled_frame_is_the_page_that_is_rendered_at_once(
    kept: Kept,
) -> None:
    enqueue(response_ids=[make_response(text=ODD).pk])
    _, filled = of(said=ODD)
    _, whole = of(said=ODD, problem="not stored")
    warning = '<p class="note warning" role="alert">not stored</p>'
    assert same(filled) == same(whole.replace(warning, ""))
    assert "\0" not in filled


def test_every_pair_has_its_own_number_and_texts_in_the_same_frame(kept: Kept) -> None:
    pairs = [make_response(text=f"SELECT {number}").pk for number in (1, 2)]
    enqueue(response_ids=pairs)
    first, one = of("ada")
    made = len(kept._parts)
    second, other = of("bob")
    assert {first.pair and first.pair.pk, second.pair and second.pair.pk} == set(pairs)
    for found, page, text in ((first, one, "1"), (second, other, "2")):
        assert found.pair
        assert page.count(f"/review/pairs/{found.pair.pk}/") >= 5
        assert f'data-pair="{found.pair.pk}"' in page
        assert f'<span class="mi">{text}</span>' in page or f"SELECT {text}" in page
        assert str(LARGEST) not in page
    # The other's texts and verdict are new; the frame is not.
    assert len(kept._parts) <= made + 2


def test_what_is_said_is_text(kept: Kept) -> None:
    enqueue(response_ids=[make_response().pk])
    _, page = of(said='"><script>alert(1)</script>')
    assert "<script" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_whoever_sends_a_page_s_form_is_known_by_its_token(kept: Kept) -> None:
    enqueue(response_ids=[make_response().pk for _ in range(3)])
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("reviewer", "ada"))
    for _ in range(2):
        page = client.get("/review/")
        content = page.content.decode()
        token = content.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
        pair = content.split('data-pair="')[1].split('"')[0]
        fields = {"value": "good", "csrfmiddlewaretoken": token}
        assert client.post(f"/review/pairs/{pair}/label/", fields).status_code == 302
        assert client.post(f"/review/pairs/{pair}/label/", {"value": "good"}).status_code == 403
