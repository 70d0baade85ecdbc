"""A reviewer's browser, as far as the review's benchmark needs one: a session and HTTP."""

from __future__ import annotations

import http.client
import re
import time
from typing import Any
from urllib.parse import urlencode

_PAIR = re.compile(rb'data-pair="(\d+)"')
_TOKEN = "b" * 32


class Browser:
    """One person signed in at the server's address."""

    def __init__(self, address: str, username: str, *, htmx: bool = True) -> None:
        from django.conf import settings
        from django.test import Client

        from tests.builders import make_user

        client = Client()
        client.force_login(make_user("editor", username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._http = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
        self._headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={_TOKEN}",
            "X-CSRFToken": _TOKEN,
        } | ({"HX-Request": "true"} if htmx else {})
        self.pair = 0

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds and the page."""
        return self._ask("GET", path)

    def open(self) -> None:
        """Open the desk: the first pair."""
        _, page = self._ask("GET", "/review/")
        self._look(page)

    def label(self, number: int) -> float:
        """Label the pair in sight, a third of them bad; milliseconds until the next one is here."""
        bad = {"value": "bad", "reasons": "wrong_result"}
        fields: dict[str, Any] = {"value": "good"} if number % 3 else bad
        fields |= {"note": "", "seconds": "4.2"}
        took, page = self._ask("POST", f"/review/pairs/{self.pair}/label/", urlencode(fields))
        assert b"Labelled" in page, page[:500]
        self._look(page)
        return took

    def _look(self, page: bytes) -> None:
        found = _PAIR.search(page)
        assert found, "no pair is left"
        self.pair = int(found.group(1))

    def _ask(self, method: str, path: str, body: str = "") -> tuple[float, bytes]:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        started = time.perf_counter()
        self._http.request(method, path, body or None, self._headers | form)
        answer = self._http.getresponse()
        page = answer.read()
        took = 1000 * (time.perf_counter() - started)
        assert answer.status == 200, (path, answer.status, page[:500])
        return took, page
