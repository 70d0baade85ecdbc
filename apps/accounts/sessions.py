"""Who sends a request, read without the ORM and mostly by one statement: the ORM's two were a
fifth of a label's time.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.core.rows import columns_of, row_from, row_where, table_of

MOST_KNOWN = 10_000
# Whose each session was when this process read it last: a guess, by which the user's row is read
# together with the session. What holds is the session as it is read.
_known: dict[str, int] = {}
# The user read with this request's session, until the backend is asked for them.
_read: ContextVar[User | None] = ContextVar("user read with the session", default=None)


class SessionStore(DatabaseSessions):
    """Sessions in the database as Django keeps them; only the reading is our own."""

    def load(self) -> dict[str, Any]:
        """What is kept of this session; nothing where it has ended, or never was."""
        row = _session_row(self.session_key)
        if row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(row[0])
        _remember(str(self.session_key), data.get(SESSION_KEY))
        return data


class UserBackend(ModelBackend):
    """Django's own check of passwords; the user of a session is read by one plain statement."""

    def get_user(self, user_id: int) -> User | None:
        """The user, None where there is none or they may not sign in any more."""
        user = _read.get()
        _read.set(None)
        if user is None or user.pk != user_id:
            user = row_where(User, "id = %s", [user_id])
        return user if user is not None and self.user_can_authenticate(user) else None


def _session_row(key: str | None) -> tuple[Any, ...] | None:
    """The session's data; the user's row is kept for the backend."""
    _read.set(None)
    # The key is a cookie's: PostgreSQL refuses a NUL as an error, and no key has one.
    if key is None or "\x00" in key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [_known.get(key), key, timezone.now()])
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is not None and row[1] is not None:
        _read.set(row_from(User, row[1:]))
    return row


@cache
def _statement() -> str:
    table = table_of(User)
    return (
        f"SELECT session_data, {columns_of(User)} FROM django_session"  # noqa: S608
        f" LEFT JOIN {table} ON {table}.id = %s WHERE session_key = %s AND expire_date > %s"
    )


def _remember(key: str, user_id: object) -> None:
    if isinstance(user_id, str) and user_id.isdecimal():
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = int(user_id)
