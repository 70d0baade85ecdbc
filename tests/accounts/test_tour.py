"""The tour of the review page: opens by itself until it was closed once."""

import pytest
from django.test import Client

from tests.builders import make_response, make_user
from tests.pages import markup

pytestmark = pytest.mark.django_db


def test_the_tour_opens_by_itself_until_it_was_closed(client: Client) -> None:
    make_response()
    user = make_user(tour_seen_at=None)
    client.force_login(user)
    assert "data-unseen" in markup(client.get("/review/"))
    assert client.post("/accounts/tour/").status_code == 204
    user.refresh_from_db()
    first = user.tour_seen_at
    assert first and "data-unseen" not in markup(client.get("/review/"))
    client.post("/accounts/tour/")
    user.refresh_from_db()
    assert user.tour_seen_at == first


def test_without_a_pair_there_is_nothing_to_show(client: Client) -> None:
    client.force_login(make_user(tour_seen_at=None))
    assert 'id="tour"' not in markup(client.get("/review/"))


def test_it_is_closed_by_a_post_of_somebody_who_is_logged_in(client: Client) -> None:
    assert client.post("/accounts/tour/").status_code == 302
    client.force_login(make_user())
    assert client.get("/accounts/tour/").status_code == 405
