"""Pages for what went wrong: each says what to do, and works where little else does."""

import re

import pytest
from django.template.loader import render_to_string
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


@pytest.mark.parametrize("page", ["400.html", "403_csrf.html", "500.html", "503.html"])
def test_pages_that_stand_alone_have_the_chosen_colours_and_a_way_out(page: str) -> None:
    trouble = {"title": "The database does not answer", "message": "Wait."}
    text = render_to_string(page, {"trouble": trouble})
    assert re.search(r"<script src=\"[^\"]*js/theme[^\"]*\.js\"></script>\s+<link", text)
    assert '<a href="/">' in text and "<h1></h1>" not in text and "<title> " not in text
