"""Requests of whatever kind: a header that says nonsense is no error of the server."""

from __future__ import annotations

import codecs
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from apps.core.middleware import Handler

_OURS = frozenset(("utf-8", "ascii"))


class Request(WSGIRequest):
    """Django's, for which a Content-Type that cannot be read is none: it would raise where no
    handler is yet.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # no stub has it
        except LookupError:
            pass  # a codec that is none of texts: `in_utf8` looks at it
        except ValueError:
            self.content_type, self.content_params = "", {}


def in_utf8(get_response: Handler) -> Handler:
    """Refuse bodies that are said to be in another encoding. Of a request without one it means
    nothing: Django would decode its address by it, and some codecs are none of texts.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.encoding is not None and codecs.lookup(request.encoding).name not in _OURS:
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                told = "Forms and JSON are taken in UTF-8.\n"
                return HttpResponseBadRequest(told, content_type="text/plain")
            request.encoding = None  # type: ignore[assignment]  # which means UTF-8
        return get_response(request)

    return middleware
