"""Pages for what went wrong: each says what to do, and works where little else does."""

import pytest
from django.test import Client, RequestFactory
from django.views import defaults

from tests.builders import make_user


def test_the_pages_for_400_and_500_need_neither_user_nor_database() -> None:
    request = RequestFactory().get("/")
    bad = defaults.bad_request(request, ValueError()).content.decode()
    assert "WINNOW_HOSTS" in bad
    assert "Something failed on the server" in defaults.server_error(request).content.decode()


@pytest.mark.django_db
def test_a_post_without_its_token_is_refused_with_the_way_out() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    answer = client.post("/accounts/logout/")
    assert answer.status_code == 403
    assert "Nothing was saved. Go back, reload the page and send it again." in (
        answer.content.decode()
    )
