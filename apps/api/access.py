"""Who asks: a bearer token, its scope, its owner's role, and how much it asked already."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from apps.accounts.models import User
from apps.api.models import Scope, Token
from apps.api.problems import ProblemError
from apps.api.tokens import may, seconds_to_wait, token_of

# Reading changes nothing, labels are their own log.
AUDITED = (Scope.RUN, Scope.EXPORT, Scope.ADMIN)


class Needs(HttpBearer):
    """A token that has the scope, of somebody whose role allows it; None: any token."""

    openapi_name = "token"

    def __init__(self, scope: Scope | None, known: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.scope = scope
        self.known = known

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The token; sessions and their cookies count for nothing here, so that no other site's
        page can ask anything. Raises ProblemError 403, 429, or 422 for an unknown parameter.
        """
        found = token_of(token)
        if found is None:
            return None
        wait = seconds_to_wait(found)
        if wait:
            raise ProblemError(
                429,
                f"This token may make {found.per_minute} requests a minute.",
                headers={"Retry-After": str(wait)},
            )
        if self.scope is not None and self.scope not in found.scopes:
            raise ProblemError(403, f"This needs a token with the scope “{self.scope}”.")
        if self.scope is not None and not may(found.user, self.scope):
            role = "admin" if self.scope == Scope.ADMIN else "editor or admin"
            raise ProblemError(403, f"This needs the role {role}.")
        unknown = sorted(set(request.GET) - self.known)
        if unknown:
            raise ProblemError(422, f"There is no parameter {unknown[0][:40]!r}.")
        request.user = found.user
        return found


def token_in(request: HttpRequest) -> Token:
    """The token of a request that was let in."""
    return cast(Token, request.auth)  # type: ignore[attr-defined]  # ninja puts it there


def person(request: HttpRequest) -> User:
    """Whose token it is."""
    return token_in(request).user
