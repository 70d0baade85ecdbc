"""Writes about users: added with a random password, given a role, switched off and on."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from apps.accounts.models import Invitation, User
from apps.core.naming import messages_forget

# Without letters and digits that are mistaken for each other when they are read out.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 20

# Sent in the transaction that forgets a person, with `user` as they are then and the `name` that
# they had: who keeps the name in a text of its own forgets it, too.
forgotten = Signal()


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


def user_create(*, username: str, role: str, email: str = "") -> NewPassword:
    """Add a user with a random password."""
    password = make_password()
    user = User.objects.create_user(username=username, email=email, password=password, role=role)
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
        _invitations_end(user)
    User.objects.filter(pk=user.pk).update(role=role)


@transaction.atomic
def user_deactivate(*, user: User) -> None:
    """Shut a user out; labels stay. Raises UserError when no admin would be left."""
    _require_another_admin(user)
    _invitations_end(user)
    User.objects.filter(pk=user.pk).update(is_active=False)


def user_activate(*, user: User) -> None:
    """Let a user in again. Raises UserError for one who has no name any more."""
    named = User.objects.filter(pk=user.pk, pseudonymised_at=None)
    if not named.update(is_active=True, left_at=None):
        raise UserError(
            f"{user.username} was pseudonymised and cannot come back. Invite them anew."
        )


@transaction.atomic
def user_change(*, user: User, email: str, groups: Iterable[Group]) -> None:
    """Another address, other groups."""
    User.objects.filter(pk=user.pk).update(email=email)
    user.groups.set(groups)


@transaction.atomic
def user_leave(*, user: User, pseudonymise: bool) -> None:
    """A user leaves for good: shut out at once, in no group; what they labelled stays.

    pseudonymise: their name and address are forgotten wherever Winnow keeps them. Raises UserError
    when no admin would be left.
    """
    if user.is_active:
        _require_another_admin(user)
    now = timezone.now()
    User.objects.filter(pk=user.pk).update(is_active=False, left_at=user.left_at or now)
    user.groups.clear()
    _invitations_end(user)
    _tokens_end(user)
    if pseudonymise:
        _forget(user)


def _invitations_end(user: User) -> None:
    """Whoever may invite no more has no link left by which they could come back."""
    Invitation.objects.open().filter(created_by=user).update(revoked_at=timezone.now())


def _tokens_end(user: User) -> None:
    """Should they come back, what they gave to programs does not."""
    tokens = getattr(user, "tokens", None)  # of apps.api, which is further down the way
    if tokens is not None:
        tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


def _forget(user: User) -> None:
    messages_forget(name=user.username, becomes=f"former-{user.pk}")
    for model in (AccessAttempt, AccessLog):
        model.objects.filter(username=user.username).delete()
    Invitation.objects.filter(used_by=user).update(email="")
    kept = User.objects.select_for_update().get(pk=user.pk)
    kept.username = f"former-{user.pk}"
    kept.first_name = kept.last_name = kept.email = ""
    kept.pseudonymised_at = timezone.now()
    kept.set_unusable_password()
    kept.save()
    forgotten.send(User, user=kept, name=user.username)


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


@transaction.atomic
def group_save(*, group: Group, name: str, members: Iterable[User]) -> Group:
    """Name a group (a new one is made) and say who is in it."""
    group.name = name
    group.save()
    group.user_set.set(members)
    return group


def group_delete(*, group: Group) -> None:
    """Delete a group; its people stay. Raises UserError while queues are given to it: without it
    they would be everybody's.
    """
    queues = getattr(group, "queues", None)  # of apps.review, which is further down the way
    if queues is not None and queues.exists():
        named = ", ".join(str(queue) for queue in queues.all()[:3])
        raise UserError(f"Queues are given to {group.name} ({named}). Give them to others first.")
    group.delete()
