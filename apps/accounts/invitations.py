"""Invitations: a link that is good once, for a week."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Invitation, User

GOOD_FOR = timedelta(days=7)


class InvitationError(Exception):
    """Why an invitation cannot be used, in a sentence for who holds it."""


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation and its token, which is shown or mailed once and stored nowhere in clear."""

    invitation: Invitation
    token: str


@transaction.atomic
def invitation_create(
    *, role: str, groups: Iterable[Group] = (), email: str = "", created_by: User
) -> NewInvitation:
    """Invite somebody to a role and to groups."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        token_hash=_hash(token),
        role=role,
        email=email,
        created_by=created_by,
        expires_at=timezone.now() + GOOD_FOR,
    )
    invitation.groups.set(groups)
    return NewInvitation(invitation, token)


def invitation_of(token: str) -> Invitation | None:
    """The open invitation of a token."""
    return Invitation.objects.open().filter(token_hash=_hash(token)).first()


@transaction.atomic
def invitation_accept(*, invitation: Invitation, username: str, password: str | None) -> User:
    """Make a user of an invitation; password None: they sign in elsewhere. Raises InvitationError
    when somebody was faster, with the invitation or with the name.
    """
    held = Invitation.objects.select_for_update().open().filter(pk=invitation.pk).first()
    if held is None:
        raise InvitationError("This invitation was used or taken back meanwhile.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=username, email=held.email, password=password, role=held.role
            )
    except IntegrityError as error:
        raise InvitationError("Somebody has this name already: choose another one.") from error
    user.groups.set(held.groups.all())
    held.used_at, held.used_by = timezone.now(), user
    held.save(update_fields=["used_at", "used_by"])
    return user


def invitation_revoke(*, invitation: Invitation) -> bool:
    """Take an open invitation back; False when it is not open any more."""
    open_ = Invitation.objects.open().filter(pk=invitation.pk)
    return bool(open_.update(revoked_at=timezone.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
