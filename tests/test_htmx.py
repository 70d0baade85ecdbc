"""An address that gives a page, and a part of it to htmx: caches keep the two apart."""

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.builders import make_response, make_user

pytestmark = pytest.mark.django_db


def names_without_arguments() -> list[str]:
    return [
        f"{app.app_name}:{pattern.name}"
        for app in get_resolver().url_patterns
        if isinstance(app, URLResolver) and app.app_name
        for pattern in app.url_patterns
        if not pattern.pattern.converters
    ]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_every_page_and_every_part_says_that_it_depends_on_who_asks(
    client: Client, headers: dict[str, str]
) -> None:
    run = make_response().run
    assert run
    client.force_login(make_user("admin"))
    addresses = [reverse(name) for name in names_without_arguments()]
    addresses += [reverse(name, args=[run.pk]) for name in ("generation:run", "validation:run")]
    assert len(addresses) > 15
    for address in addresses:
        answer = client.get(address, headers=headers)
        assert "HX-Request" in answer.headers.get("Vary", ""), address
