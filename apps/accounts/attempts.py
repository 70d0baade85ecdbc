"""Where a log-in comes from, and how many wrong passwords are too many."""

from __future__ import annotations

import ipaddress

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """The address that a request comes from, as far as the proxies before us are to be trusted.

    Each of WINNOW_PROXIES appends whom it got the request from to X-Forwarded-For; what stands
    further left may be written by anybody. An IPv6 address stands for its network of 64 bits,
    which is what one line gets.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    passed = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    number: int = settings.WINNOW_PROXIES
    told = passed[-number] if 0 < number <= len(passed) else direct
    address = _parsed(told) or _parsed(direct)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address or "0.0.0.0")  # noqa: S104  a name for "none known"


def _parsed(text: str) -> Address | None:
    """An address that may have a port: 192.0.2.7, 192.0.2.7:80, 2001:db8::7, [2001:db8::7]:80."""
    text = text.strip()[:60]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class AttemptLimits(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Axes' own limit is for one name from one address; this adds one for an address, whatever
    the names: a password tried on everybody is slow, too.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """The failures that count, in units of AXES_FAILURE_LIMIT."""
        of_pair = int(super().get_failures(request, credentials))
        limit = settings.AXES_FAILURE_LIMIT
        return max(of_pair, self._of_address(request) * limit // settings.WINNOW_ADDRESS_FAILURES)

    def _of_address(self, request: HttpRequest) -> int:
        recent = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
            attempt_time__gte=get_cool_off_threshold(request),
        )
        return int(recent.aggregate(all=Sum("failures_since_start"))["all"] or 0)
