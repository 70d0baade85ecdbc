"""Tokens: made, looked up, limited, revoked; and which scope is whose."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from apps.accounts.models import User
from apps.api.models import Scope, Token
from apps.core.rows import columns_of, row_from, table_of

log = logging.getLogger(__name__)
PREFIX = "wnw_"
_HINT = 8
# What is written at most once in so long: a request need not write.
SEEN_SECONDS = 60
_LONGEST = 200
MOST_TOKENS = 50
EDITORS = frozenset({Scope.RUN, Scope.EXPORT})
# This process's own count of a minute: token -> requests. It holds no more than a minute's tokens.
_here: Counter[int] = Counter()
_here_in = [0]
_counting = Lock()


class TokenError(Exception):
    """A token cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is shown once and stored nowhere in clear."""

    token: Token
    secret: str


def scopes_of(user: User) -> list[Scope]:
    """What a token of this person may be for."""
    return [scope for scope in Scope if may(user, scope)]


def may(user: User, scope: str) -> bool:
    """Whether a person's role allows what a scope is for."""
    if scope == Scope.ADMIN:
        return user.is_admin
    return user.is_editor or scope not in EDITORS


def token_create(
    *, user: User, name: str, scopes: Iterable[str], days: int, per_minute: int
) -> NewToken:
    """Make a token. Raises TokenError."""
    wanted = sorted(set(scopes))
    if not wanted or not all(scope in Scope.values and may(user, scope) for scope in wanted):
        raise TokenError("Choose at least one scope, of those that your role allows.")
    if user.tokens.filter(usable()).count() >= MOST_TOKENS:
        raise TokenError(f"You have {MOST_TOKENS} tokens: revoke one first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=user,
        name=name,
        digest=_digest(secret),
        hint=secret[: len(PREFIX) + _HINT],
        scopes=wanted,
        per_minute=per_minute,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return NewToken(token, secret)


def token_revoke(*, token: Token) -> bool:
    """End a token for good; whether this call did it."""
    open_ = Token.objects.filter(pk=token.pk, revoked_at=None)
    return bool(open_.update(revoked_at=timezone.now()))


def tokens_seen_by(user: User) -> QuerySet[Token]:
    """Everybody's for admins, else the own ones; those that work first."""
    rows = Token.objects.select_related("user").order_by("-pk")
    return rows if user.is_admin else rows.filter(user=user)


def token_for(user: User, token_id: int) -> Token:
    """A token that this person may revoke: their own, any for admins; else 404."""
    token = tokens_seen_by(user).filter(pk=token_id).first()
    if token is None:
        raise Http404("There is no such token.")
    return token


def usable() -> Q:
    """Tokens that are neither revoked nor expired."""
    return Q(revoked_at=None, expires_at__gt=timezone.now())


def token_of(secret: str) -> Token | None:
    """The token with its owner, None unless it lets somebody in; notes that it was used."""
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST:
        return None
    token = _stored(_digest(secret))
    if token is None or not token.is_usable or not token.user.is_active:
        return None
    _seen(token)
    return token


def _stored(digest: bytes) -> Token | None:
    """The token of a digest with its owner, by one plain statement: every request needs it."""
    tokens, users = table_of(Token), table_of(User)
    statement = (
        f"SELECT {columns_of(User)}, {columns_of(Token)} FROM {tokens}"  # noqa: S608
        f" JOIN {users} ON {users}.id = {tokens}.user_id WHERE {tokens}.digest = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest])
        found = cursor.fetchone()
    if found is None:
        return None
    width = len(User._meta.concrete_fields)
    token = row_from(Token, found[width:])
    token.user = row_from(User, found[:width])
    return token


def _seen(token: Token) -> None:
    now = timezone.now()
    before = now - timedelta(seconds=SEEN_SECONDS)
    if token.last_used_at is None or token.last_used_at < before:
        old = Q(last_used_at=None) | Q(last_used_at__lt=before)
        Token.objects.filter(old, pk=token.pk).update(last_used_at=now)


def seconds_to_wait(token: Token) -> int:
    """Count a request of a token; how long it must wait when it made its share of this minute
    already, 0 when it need not.

    Counted in the cache by the minute of the clock; while the cache is away each process of the
    web server counts for itself, so that a token may make as many times its share as there are
    processes, and no more.
    """
    from redis.exceptions import RedisError  # with the cache

    now = int(time.time())
    minute = now // 60
    try:
        made = _counted(f"api-{token.pk}-{minute}")
    except (RedisError, ValueError) as error:
        log.warning("Requests of tokens are counted here, for the cache is away: %s", error)
        made = _counted_here(token.pk, minute)
    return 60 - now % 60 if made > token.per_minute else 0


def _counted(key: str) -> int:
    """Requests of this minute, with this one. Only its first one finds nothing to add to."""
    try:
        return cache.incr(key)
    except ValueError:
        cache.add(key, 0, 120)
        return cache.incr(key)


def _counted_here(token_id: int, minute: int) -> int:
    with _counting:
        if _here_in[0] != minute:
            _here.clear()
            _here_in[0] = minute
        _here[token_id] += 1
        return _here[token_id]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
