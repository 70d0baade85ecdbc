"""Whatever is sent to any address of the site, what comes back is no error of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from http.cookies import SimpleCookie
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import Settings

from apps.accounts.models import User
from tests.asking import looked_at
from tests.everything import Values, fill, views

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
APPS = Path(__file__).parents[1] / "apps"
# A field that a view reads by itself, of a form or of an address.
READ = re.compile(
    r"(?:POST|GET)(?:\.get|\.getlist)?[(\[]\s*\"(\w+)\"|numbers?_(?:in|sent)\(request, \"(\w+)\""
)
HUGE = "9" * 5000
# As numbers, moments, paths, JSON, texts and switches.
HOSTILE = [HUGE, "9" * 19, "-1", "\0", "x" * 5000, '{"a": [1]}', "/\r\na: b", "💥", "on"]
# Queries are asked with more of them by tests/test_pages.py, of fewer names.
QUERIES = HOSTILE[:3]


def field_names() -> set[str]:
    """Every name that a form or a view of ours reads."""
    texts = [path.read_text() for path in APPS.rglob("*.py")]
    found = {name for text in texts for pair in READ.findall(text) for name in pair if name}
    for form in _kinds_of(forms.BaseForm):
        if form.__module__.startswith("apps."):
            found |= set(getattr(form, "base_fields", {}))
    return found


def _kinds_of(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds_of(each)


def addresses(values: Values) -> Iterator[str]:
    """Every address that a browser opens, with rows that are there."""
    for name, parts in views().items():
        if not name.startswith("api:v1"):
            yield reverse(name, kwargs={part: values[part][0] for part in parts})


def test_no_form_and_no_query_is_an_error_of_the_server(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    values = fill(tmp_path)
    client.raise_request_exception = False
    admin = User.objects.get(username="admin")
    asked = list(addresses(values))  # with them all forms are there
    names = field_names()
    assert {"username", "text", "before", "value"} <= names and len(names) > 100
    failed = set()
    client.force_login(admin)
    signed_in = client.cookies
    for address, ask in product(asked, (client.get, client.post)):
        with looked_at() as seen:
            for sent in sent_to(address, names, ask == client.post):
                client.cookies = SimpleCookie(signed_in)
                with transaction.atomic():
                    status = ask(address, **sent).status_code
                    transaction.set_rollback(True)
                if status >= 500:
                    failed.add(f"{ask.__name__} {address} {str(sent)[:200]}")
                if status == 405 or not seen:  # whatever else is sent, this view never looks at it
                    break
    assert sorted(failed) == []


def sent_to(address: str, names: set[str], is_post: bool) -> Iterator[dict[str, Any]]:
    """What the client is to send: queries, or forms as browsers send them, which is in parts only
    where a file may be among them.
    """
    has_files = hasattr(resolve(address).func, "most_bytes")
    for value in HOSTILE if is_post else QUERIES:
        if not is_post:
            yield {"QUERY_STRING": encoded(frozenset(names), value)}
        elif has_files:
            yield {"data": dict.fromkeys(sorted(names), value)}
        else:
            text = encoded(frozenset(names), value)
            yield {"data": text, "content_type": "application/x-www-form-urlencoded"}


@cache
def encoded(names: frozenset[str], value: str) -> str:
    """All fields with this value, which takes longer than many a view."""
    return urlencode(dict.fromkeys(sorted(names), value))
