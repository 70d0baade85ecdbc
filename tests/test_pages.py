"""What holds for every page of the site: no hostile address is an error of the server. Caches, HEAD,
and who may open it: tests/test_permissions.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.asking import looked_at
from tests.builders import make_response, make_user

pytestmark = pytest.mark.django_db
NUMBER, TEXT = "{number}", "{text}"
HUGE = "9" * 5000
# As pages are asked with it, and, where it is short, as htmx asks for parts: one of each first.
HOSTILE = [
    HUGE, "-1", "9" * 19, "0", "1e9", "²", "٣", "%00", "%FF%FE", "x" * 3000, "'; DROP TABLE x; --",
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
    paths = {filled(address, number) for number in (1, 0, "9" * 19, HUGE)}
    paths.add(filled(address, text="%00%FF"))
    statuses = {path: admin.get(path).status_code for path in paths}
    queried = set() if statuses[filled(address)] == 405 else set(_queried(admin, address))
    return max(queried.union(statuses.values()))


def _queried(admin: Client, address: str) -> Iterator[int]:
    """The statuses of hostile queries; of two where the view never looks at them."""
    # To htmx the page of the status tells the slow part: workers are waited for.
    htmx = {} if address == "/status/" else {"HX-Request": "true"}
    with looked_at() as seen:
        for number, value in enumerate(HOSTILE):
            if number == 2 and not seen:
                return
            path = filled(address) + "?" + "&".join(f"{name}={value}" for name in NAMES)
            yield admin.get(path, headers=htmx if len(value) < 3 else {}).status_code


def test_what_a_view_looks_at_is_seen(admin: Client) -> None:
    with looked_at() as seen:
        assert admin.get("/accounts/roles/?page=2").status_code == 200
        assert seen == set()
        assert admin.get("/seeds/?page=2").status_code == 200
        assert seen == {"GET"}
        seen.clear()
        # The audit log is no view's.
        assert admin.post("/accounts/tokens/1/revoke/", {"a": "b"}).status_code == 404
        assert seen == set()
        assert admin.post("/accounts/groups/", {"name": "x"}).status_code == 302
        assert seen == {"POST"}
