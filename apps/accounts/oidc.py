"""Sign-in through OpenID Connect: whom a verified identity is here.

The protocol (discovery, state, nonce, PKCE, signatures) is authlib's. It is imported when somebody
signs in: its HTTP client is nothing for every process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.invitations import InvitationError, invitation_accept
from apps.accounts.models import Invitation, User

SECONDS = 10
_NOT_IN_NAMES = re.compile(r"[^\w.@+-]")
_LONGEST_NAME = 100


class SignInError(Exception):
    """Why somebody cannot sign in so, in a sentence for them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider has verified them. `email` only where it has verified that, too."""

    subject: str
    email: str
    name: str

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Identity:
        """What the claims of an ID token say. `subject`: SHA-256 of issuer and subject. Raises
        SignInError for a token that was made for another client.
        """
        meant = claims["aud"]
        if settings.WINNOW_OIDC_CLIENT_ID not in ([meant] if isinstance(meant, str) else meant):
            raise SignInError("The provider's answer was meant for somebody else.")
        told = f"{claims['iss']}\n{claims['sub']}"
        email = str(claims.get("email") or "")[:254]
        is_verified = claims.get("email_verified") is True
        name = claims.get("preferred_username") or email.partition("@")[0] or "person"
        return cls(
            subject=hashlib.sha256(told.encode()).hexdigest(),
            email=email if is_verified else "",
            name=_NOT_IN_NAMES.sub("-", str(name))[:_LONGEST_NAME],
        )


def is_configured() -> bool:
    """Whether people can sign in so."""
    return bool(settings.WINNOW_OIDC_ISSUER and settings.WINNOW_OIDC_CLIENT_ID)


def client() -> Any:
    """Authlib's client of the provider."""
    from authlib.integrations.django_client import OAuth

    issuer: str = settings.WINNOW_OIDC_ISSUER
    registry = OAuth()
    return registry.register(
        name="oidc",
        client_id=settings.WINNOW_OIDC_CLIENT_ID,
        client_secret=settings.WINNOW_OIDC_CLIENT_SECRET,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def user_of(identity: Identity) -> User:
    """The user of an identity: who has signed in by it before; else the one whose address, given
    by an admin, it has; else who was invited by that address; else a new reviewer, where the
    operator wants that. Raises SignInError.
    """
    try:
        return _found(identity)
    except (IntegrityError, InvitationError):
        # The same person in another tab was faster: now they are known.
        return _found(identity)


@transaction.atomic
def _found(identity: Identity) -> User:
    known = User.objects.filter(oidc_subject=identity.subject).first()
    user = known or _by_address(identity) or _invited(identity) or _new(identity)
    if not user.is_active:
        raise SignInError("This account is shut out. Ask an admin.")
    if user.oidc_subject is None:
        User.objects.filter(pk=user.pk).update(oidc_subject=identity.subject)
    return user


def _by_address(identity: Identity) -> User | None:
    if not identity.email:
        return None
    users = list(User.objects.filter(email__iexact=identity.email, oidc_subject=None)[:2])
    return users[0] if len(users) == 1 else None


def _invited(identity: Identity) -> User | None:
    if not identity.email:
        return None
    invitations = Invitation.objects.open().filter(email__iexact=identity.email)
    invitation = invitations.order_by("-pk").first()
    if invitation is None:
        return None
    return invitation_accept(invitation=invitation, username=_free(identity.name), password=None)


def _new(identity: Identity) -> User:
    if not settings.WINNOW_OIDC_CREATE:
        raise SignInError("Nobody here has your address. Ask an admin to invite you.")
    return User.objects.create_user(username=_free(identity.name), email=identity.email)


def _free(name: str) -> str:
    """The name, with a number behind it where somebody has it."""
    taken = set(User.objects.filter(username__istartswith=name).values_list("username", flat=True))
    lowered = {each.lower() for each in taken}
    numbered = (f"{name}{number}" for number in range(2, len(taken) + 3))
    return (
        name
        if name.lower() not in lowered
        else next(each for each in numbered if each.lower() not in lowered)
    )
