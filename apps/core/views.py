"""The page of an error that nobody expected, and of a database that is away."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from apps.core.database import trouble_of

RETRY_SECONDS = 5


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 with the reason when PostgreSQL is in trouble, else the 500 page.

    Wherever the error came up: sessions and people are read before any view. Nothing here asks
    the database. htmx shows the plain text as it is.
    """
    trouble = trouble_of(sys.exc_info()[1])
    if trouble is None:
        return server_error(request)
    if request.headers.get("HX-Request") == "true":
        text = f"{trouble.title}. {trouble.message}"
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(render_to_string("503.html", {"trouble": trouble}))
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response
