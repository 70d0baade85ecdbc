"""A program that asks the API in a test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.api.models import Scope
from apps.api.tokens import token_create

ALL = tuple(Scope.values)


def make_secret(user: User, *scopes: str, days: int = 1, per_minute: int = 100_000) -> str:
    """A token's secret; without scopes with all that the role allows."""
    from apps.api.tokens import scopes_of

    wanted: Iterable[str] = scopes or scopes_of(user)
    made = token_create(user=user, name="test", scopes=wanted, days=days, per_minute=per_minute)
    return made.secret


class Program:
    """Asks with a token; answers are Django's, with `json()`."""

    def __init__(self, secret: str) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """An operation's answer; body: JSON, or bytes as they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.generic(
            method,
            f"/api/v1{path}",
            body if isinstance(body, bytes) else _json(body),
            content_type="application/json",
            headers=self._headers | named,
        )

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)


def _json(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


def program(user: User, *scopes: str, **arguments: Any) -> Program:
    """A program of this person's with a new token."""
    return Program(make_secret(user, *scopes, **arguments))
