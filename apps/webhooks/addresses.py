"""Which addresses a webhook may be posted to: those of the public internet, and what the operator
lists (WINNOW_WEBHOOK_NETWORKS). Winnow stands in a network whose machines trust it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# IPv6 addresses that lead to the IPv4 address in their last four bytes.
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
# ISATAP: whatever the network, an address of 32 bits stands behind these 16 (RFC 5214).
_ISATAP = 0x5EFE
# What Python takes for public, and is not: IANA's special addresses that it does not know yet, old
# ones that networks still use for themselves, and a cloud's own service beside its machines.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
        *("64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16", "100:0:0:1::/64"),
    )
)
_is_web_address = URLValidator(schemes=["http", "https"])


class AddressError(Exception):
    """An address that nothing is posted to; the message says why."""


def networks(listed: Iterable[str]) -> list[Network]:
    """The networks of a setting. Raises ValueError for what is none."""
    return [ipaddress.ip_network(each.strip()) for each in listed if each.strip()]


def require_allowed(text: str, *, encrypted: bool, listed: Iterable[Network]) -> None:
    """Raise AddressError unless an IP address is public, or listed; without encryption only
    listed ones may be told anything.
    """
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if any(address in network for network in listed):
        return
    if not _is_public(address):
        raise AddressError(
            f"{text} is an address of a private network or of this machine: nothing is posted"
            " there unless the operator lists it in WINNOW_WEBHOOK_NETWORKS."
        )
    if not encrypted:
        raise AddressError("Events are posted over https only.")


def require_sensible(url: str, *, listed: Iterable[Network]) -> None:
    """Raise AddressError for an address that could never be posted to, without looking up names:
    that is done at every connection.
    """
    try:
        _is_web_address(url)
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except (ValidationError, ValueError) as error:
        raise AddressError("That is no address like https://example.org/hook.") from error
    if parts.username is not None or parts.password is not None:
        raise AddressError("An address with a name or a password in it is not taken.")
    if parts.fragment or not host.isascii():
        raise AddressError("An address has no #, and its host is written in ASCII (xn--…).")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if (host == "localhost" or host.endswith(".localhost")) and not listed:
            require_allowed("127.0.0.1", encrypted=True, listed=listed)
        return
    require_allowed(host, encrypted=parts.scheme == "https", listed=listed)


def _meant(address: Address) -> Address:
    """The address that packets to it reach in the end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    is_isatap = int(address) >> 32 & 0xFFFF == _ISATAP
    if inner is None and (is_isatap or any(address in network for network in _TRANSLATED)):
        inner = ipaddress.IPv4Address(address.packed[-4:])
    return inner or address


def _is_public(address: Address) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )
