"""Secrets of others that Winnow has to give back in clear, sealed for the database: whoever reads
a dump of it reads none.

Sealed with Fernet (AES-128-CBC and HMAC-SHA-256) by a key made of WINNOW_SECRET_KEY; what was
sealed by one of WINNOW_OLD_SECRET_KEYS is read as well.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_SALT = "winnow.sealing"


class SealError(Exception):
    """A secret was sealed by a key that is not known any more; the message says what to do."""


def seal(text: str) -> str:
    """A secret as it is stored."""
    return _seals().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """A secret in clear. Raises SealError."""
    from cryptography.fernet import InvalidToken

    try:
        return _seals().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealError(
            "The secret cannot be read: it was stored under another WINNOW_SECRET_KEY. Make a new"
            " secret, or add the old key to WINNOW_OLD_SECRET_KEYS."
        ) from error


def reseal(sealed: str) -> str:
    """The same under the newest key. Raises SealError."""
    return seal(unseal(sealed))


def _seals() -> MultiFernet:
    return _made((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _made(keys: tuple[str, ...]) -> MultiFernet:
    """The newest key first: it seals."""
    from cryptography.fernet import Fernet, MultiFernet  # for who has a secret to read

    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(each))) for each in keys])


def _key(secret: str) -> bytes:
    """32 bytes of a key that signs sessions as well: neither is learnt from the other."""
    return salted_hmac(_SALT, "key", secret=secret, algorithm="sha256").digest()
