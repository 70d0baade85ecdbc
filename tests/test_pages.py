"""What holds for every page of the site: hostile addresses, caches, HEAD, who may open it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.builders import make_response, make_user

pytestmark = pytest.mark.django_db
NUMBER, TEXT = "{number}", "{text}"
HUGE = "9" * 5000
HOSTILE = [
    HUGE, "9" * 19, "-1", "0", "1e9", "²", "٣", "%00", "%FF%FE", "x" * 3000, "'; DROP TABLE x; --",
    "<script>", "[]", "None", "%F0%9F%98%80",
]  # fmt: skip
NAMES = [
    "before", "after", "kind", "dialect", "source", "licence", "commented", "text", "file", "show",
    "outcome", "code", "reason", "everyone", "engine", "next", "page",
    "a", "b", "run", "stage", "task", "style", "difficulty", "category",
    "against", "seed", "arrangement", "like", "seeds",
]  # fmt: skip


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Every address of the site, with places for its numbers and texts."""
    for pattern in patterns:
        route = str(pattern.pattern)
        for converter in ("int:", "str:", "slug:", "path:", "text:", ""):
            while f"<{converter}" in route and (converter or "<" in route):
                start = route.index(f"<{converter}")
                end = route.index(">", start)
                place = NUMBER if converter == "int:" else TEXT
                route = f"{route[:start]}{place}{route[end + 1 :]}"
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + route)
        else:
            yield prefix + route


ALL = sorted(set(addresses(get_resolver().url_patterns)))


def filled(address: str, number: object = 1, text: str = "x") -> str:
    return address.replace(NUMBER, str(number)).replace(TEXT, text)


@pytest.fixture
def admin(client: Client) -> Client:
    client.raise_request_exception = False
    client.force_login(make_user("admin"))
    make_response()
    return client


def test_the_site_has_its_pages() -> None:
    assert len(ALL) > 40 and "/review/pairs/{number}/label/" in ALL


# A few addresses a test: making what each is asked with takes longer than most answers.
PARTS = [ALL[first::8] for first in range(8)]
in_parts = pytest.mark.parametrize("part", PARTS, ids=[part[0] for part in PARTS])


def each(part: list[str]) -> Iterator[str]:
    """One address after the other; what one of them does is not there for the next."""
    for address in part:
        with transaction.atomic():
            yield address
            transaction.set_rollback(True)


@in_parts
def test_no_address_and_no_query_string_is_an_error_of_the_server(
    admin: Client, part: list[str]
) -> None:
    failed = {address: most for address in each(part) if (most := _worst(admin, address)) >= 500}
    assert failed == {}


def _worst(admin: Client, address: str) -> int:
    """The highest status of all answers."""
    statuses = {admin.get(filled(address, number)).status_code for number in (0, "9" * 19, HUGE)}
    statuses.add(admin.get(filled(address, text="%00%FF")).status_code)
    # To htmx the page of the status tells the slow part: workers are waited for.
    htmx = {} if address == "/status/" else {"HX-Request": "true"}
    if admin.get(filled(address)).status_code != 405:
        for value in HOSTILE:
            path = filled(address) + "?" + "&".join(f"{name}={value}" for name in NAMES)
            statuses.add(admin.get(path, headers=htmx if len(value) < 3 else {}).status_code)
    return max(statuses)


@in_parts
def test_no_answer_stays_in_a_cache_and_head_is_answered_as_get(
    admin: Client, part: list[str]
) -> None:
    for address in each(part):
        got = admin.get(filled(address))
        control = got.headers["Cache-Control"]
        assert "no-store" in control and "private" in control, address
        assert admin.head(filled(address)).status_code == got.status_code, address


# /metrics answers a program, with 401: tests/home/test_metrics.py.
# The API answers programs: with 401, and with its document; tests/api.
# What those who are not here yet, or have forgotten their password, open.
OPEN = (
    *("/log", "/metrics", "/api/v1/", "/favicon.ico"),
    *("/accounts/invited/", "/accounts/reset/", "/accounts/sso/"),
)


def test_a_stranger_is_sent_to_the_log_in_everywhere(client: Client) -> None:
    closed = [address for address in ALL if not any(part in address for part in OPEN)]
    assert len(closed) > 40
    for address in closed:
        for answer in (client.get(filled(address)), client.post(filled(address), {"a": "b"})):
            assert answer.status_code == 302, address
            assert answer.headers["Location"].startswith("/accounts/login/?next=/"), address
            assert "no-store" in answer.headers["Cache-Control"], address
