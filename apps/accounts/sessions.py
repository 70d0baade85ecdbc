"""Who sends a request, read without the ORM: its two statements were a fifth of a label's time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User

_SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseSessions):
    """Sessions in the database as Django keeps them; only the reading is our own."""

    def load(self) -> dict[str, Any]:
        """What is kept of this session; nothing where it has ended, or never was."""
        row = _session_row(self.session_key)
        if row is not None:
            return self.decode(row[0])
        self._session_key = None
        return {}


class UserBackend(ModelBackend):
    """Django's own check of passwords; the user of a session is read by one plain statement."""

    def get_user(self, user_id: int) -> User | None:
        """The user, None where there is none or they may not sign in any more."""
        statement, names = _user_statement()
        with connection.cursor() as cursor:
            cursor.execute(statement, [user_id])
            row = cursor.fetchone()
        user = User.from_db(connection.alias, names, row) if row else None
        return user if user is not None and self.user_can_authenticate(user) else None


def _session_row(key: str | None) -> tuple[Any, ...] | None:
    # The key is a cookie's: PostgreSQL refuses a NUL as an error, and no key has one.
    if key is None or "\x00" in key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_SESSION, [key, timezone.now()])
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


@lru_cache(maxsize=1)
def _user_statement() -> tuple[str, list[str]]:
    """The statement with the names of the fields that it reads, in order."""
    fields = User._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(User._meta.db_table)
    return f"SELECT {columns} FROM {table} WHERE id = %s", [field.attname for field in fields]  # noqa: S608
