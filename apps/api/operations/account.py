"""The token that asks; and everybody's tokens, for admins."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api.access import person, token_in
from apps.api.models import Scope, Token
from apps.api.operating import Before, Number, operation, page
from apps.api.schemas import Done, Me, Page, TokenOut
from apps.api.tokens import token_for, token_revoke, tokens_seen_by

router = Router(tags=["Tokens"])


@operation(router, "GET", "/me", None, response=Me)
def me(request: HttpRequest) -> dict[str, Any]:
    """Who asks: the token's owner and role, its scopes and its limit."""
    token = token_in(request)
    return {
        "username": token.user.username,
        "role": token.user.role,
        "token": token.pk,
        "name": token.name,
        "scopes": token.scopes,
        "per_minute": token.per_minute,
        "expires_at": token.expires_at,
    }


@operation(router, "GET", "/tokens", Scope.ADMIN, response=Page[TokenOut])
def tokens(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Everybody's tokens, the newest first."""
    rows, more = page(tokens_seen_by(person(request)), before)
    return {"items": [_token(row) for row in rows], "next": more}


@operation(router, "DELETE", "/tokens/{token_id}", Scope.ADMIN, response=Done)
def revoke(request: HttpRequest, token_id: Number) -> dict[str, str]:
    """Revoke a token, whoever's it is; again is free."""
    token_revoke(token=token_for(person(request), token_id))
    return {"detail": "The token is revoked."}


def _token(row: Token) -> dict[str, Any]:
    names = set(TokenOut.model_fields) - {"username"}
    return {name: getattr(row, name) for name in names} | {"username": row.user.username}
