"""Idempotency keys: what creates is done once, however often it is asked.

The key's row is written in the transaction that does what is asked. A second request with the
same key waits for the first one's end; then it finds its answer, or, where the first one failed,
does it itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Schema

from apps.api.access import token_in
from apps.api.models import Answer, Token
from apps.api.problems import ProblemError

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(days=1)
MOST_CHARACTERS = 200
KEY = "^[A-Za-z0-9._-]+$"


def made(body: Schema, *, status: int = 201, location: str = "") -> HttpResponse:
    """The answer that something was done, with what came of it."""
    answer = HttpResponse(body.model_dump_json(), status=status, content_type="application/json")
    if location:
        answer["Location"] = location
    return answer


def once(request: HttpRequest, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it, or give the answer of the time when this key was sent first. Without a key: do it.

    Raises ProblemError 422 where the key came with another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return do()
    if len(key) > MOST_CHARACTERS or not re.fullmatch(KEY, key):
        told = f"{HEADER}: letters, digits, dots and dashes, {MOST_CHARACTERS} at most."
        raise ProblemError(400, told)
    token, asked = token_in(request), _request(request)
    with transaction.atomic():
        _forget(token)
        row, is_first = Answer.objects.get_or_create(
            token=token, key=key, defaults={"request": asked}
        )
        if not is_first:
            return _again(row, asked)
        answer = do()
        Answer.objects.filter(pk=row.pk).update(
            status=answer.status_code,
            location=answer.get("Location", ""),
            body=answer.content.decode(),
        )
    return answer


def _again(row: Answer, asked: bytes) -> HttpResponse:
    if bytes(row.request) != asked:
        raise ProblemError(422, f"This {HEADER} was sent before, with another request.")
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    if row.location:
        answer["Location"] = row.location
    answer[REPLAYED] = "true"
    return answer


def _request(request: HttpRequest) -> bytes:
    named = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(named + request.body).digest()


def _forget(token: Token) -> None:
    """What is older than a day, of this token: so nothing grows."""
    Answer.objects.filter(token=token, created_at__lt=timezone.now() - KEPT).delete()
