"""What every answer to a browser gets."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponse]


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
