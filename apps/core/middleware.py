"""What every answer to a browser gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponse]


def content_policy(get_response: Handler) -> Handler:
    """The site's Content-Security-Policy: one for every answer, so that it is put together once."""
    if settings.DEBUG:
        # Django's own pages of errors have styles of their own: the library lets them through.
        return cast(Handler, CSPMiddleware(get_response))
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(HEADER, policy)
        return response

    return middleware


def vary_on_htmx(get_response: Handler) -> Handler:
    """One address gives a page, and to htmx a part of it: a browser's cache must keep them apart,
    or its back button shows the bare part.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def never_stored(get_response: Handler) -> Handler:
    """No page stays in a cache: the next person at a browser, or behind a proxy, must not find
    what somebody saw who has logged out. (Static files do not come by here.)
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return middleware
