"""Writes about users: added with a random password, given a role, switched off and on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User

# Without letters and digits that are mistaken for each other when they are read out.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 20


class UserError(Exception):
    """A change to a user was refused; the message says why, for the admin who asked."""


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A user and the password that is shown once and stored nowhere in clear."""

    user: User
    password: str


def make_password() -> str:
    """A random password of 20 letters and digits: 115 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))


def user_create(*, username: str, role: str) -> NewPassword:
    """Add a user with a random password."""
    password = make_password()
    user = User.objects.create_user(username=username, password=password, role=role)
    return NewPassword(user, password)


def password_reset(*, user: User) -> NewPassword:
    """Give a user a new random password; the sessions under the old one end by themselves."""
    password = make_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return NewPassword(user, password)


@transaction.atomic
def role_change(*, user: User, role: str) -> None:
    """Give a user another role. Raises UserError when no admin would be left."""
    if role != User.Role.ADMIN:
        _require_another_admin(user)
    User.objects.filter(pk=user.pk).update(role=role)


@transaction.atomic
def user_deactivate(*, user: User) -> None:
    """Shut a user out; labels stay. Raises UserError when no admin would be left."""
    _require_another_admin(user)
    User.objects.filter(pk=user.pk).update(is_active=False)


def user_activate(*, user: User) -> None:
    """Let a user in again."""
    User.objects.filter(pk=user.pk).update(is_active=True)


def tour_close(*, user: User) -> None:
    """Note once that this user has closed the tour of the review page."""
    User.objects.filter(pk=user.pk, tour_seen_at=None).update(tour_seen_at=timezone.now())


def _active_admins() -> QuerySet[User]:
    return User.objects.filter(role=User.Role.ADMIN, is_active=True)


def _require_another_admin(user: User) -> None:
    # The rows are locked: two admins that demote each other at the same time must not both win.
    admins = set(_active_admins().select_for_update().order_by("pk").values_list("pk", flat=True))
    if admins == {user.pk}:
        raise UserError(f"{user.username} is the only admin. Make somebody else admin first.")
