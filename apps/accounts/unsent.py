"""What somebody sent when their session had ended: kept through the log-in, to be shown again.

It lies in the cache, in one of a few hundred places, so that strangers cannot fill it; whoever
sent it has a cookie with the place and its key.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

log = logging.getLogger(__name__)
COOKIE = "unsent"
PLACES = 256
KEPT_SECONDS = 3600
_NOT_KEPT = ("csrfmiddlewaretoken", "password", "old_password", "new_password1", "new_password2")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form as it was sent to `path`."""

    path: str
    fields: QueryDict


class _Kept(NamedTuple):
    """As it lies in the cache. path: where it was sent; page: where its form stands."""

    key: str
    path: str
    fields: str
    page: str


class LogInFirst(LoginRequiredMiddleware):
    """Django's, which after the log-in would open the address that a form was sent to."""

    def handle_no_permission(  # type: ignore[override]  # 401 is no redirect
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        """To the log-in and then back to the page with the form, which may show it again.

        An htmx request gets 401: static/js/ui.js sends its form anew, as a browser does.
        """
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=401)
        response = redirect_to_login(_page_of(request), settings.LOGIN_URL)
        _keep(request, response)
        return response


def unsent_take(request: HttpRequest, path: str) -> Unsent | None:
    """What this browser sent to `path` in vain, once; None without it."""
    return _take(request, lambda kept: kept.path == path)


def unsent_here(request: HttpRequest) -> Unsent | None:
    """What this browser sent in vain from the page that is asked for, once; None without it. For
    every page whose view has not taken it for its own form.
    """
    if request.method != "GET" or request.htmx or not request.user.is_authenticated:  # type: ignore[attr-defined]
        return None
    here = request.get_full_path()
    return _take(request, lambda kept: kept.page == here)


def _take(request: HttpRequest, is_wanted: Callable[[_Kept], bool]) -> Unsent | None:
    if COOKIE not in request.COOKIES:
        return None
    from redis.exceptions import RedisError  # with the cache, which only some pages ask

    place, _, key = request.COOKIES[COOKIE].partition("-")
    if not (place.isascii() and place.isdecimal()) or len(place) > 3:
        return None
    try:
        found = cache.get(_name(int(place)))
        kept = _Kept(*found) if found else None
        if not kept or not secrets.compare_digest(kept.key, key) or not is_wanted(kept):
            return None
        cache.delete(_name(int(place)))
    except RedisError as error:
        log.warning("What was sent after a session's end is out of reach: %s", error)
        return None
    return Unsent(path=kept.path, fields=QueryDict(kept.fields))


def _keep(request: HttpRequest, response: HttpResponseBase) -> None:
    from redis.exceptions import RedisError  # with the cache, which only some pages ask

    fields = request.POST.copy()
    for name in _NOT_KEPT:
        fields.pop(name, None)
    place, key = secrets.randbelow(PLACES), secrets.token_urlsafe(16)
    kept = _Kept(key, request.path, fields.urlencode(), _page_of(request))
    try:
        cache.set(_name(place), tuple(kept), KEPT_SECONDS)
    except RedisError as error:
        log.warning("What was sent after a session's end is not kept: %s", error)
        return
    response.set_cookie(
        COOKIE,
        f"{place}-{key}",
        max_age=KEPT_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _name(place: int) -> str:
    return f"unsent-{place}"


def _page_of(request: HttpRequest) -> str:
    """The address of the page that the form stands on, as the browser tells it."""
    told = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if not told or not url_has_allowed_host_and_scheme(told, allowed_hosts=hosts):
        return "/"
    parts = urlsplit(told)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
