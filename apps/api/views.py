"""The API's one address among the site's, its document, and the page that shows it.

Django Ninja and pydantic are imported by the first request that needs them: half a second and
30 MB that no other process of Winnow's pays.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, get_resolver
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

_OPERATIONS = "apps.api.document"


@csrf_exempt
@login_not_required
def answer(request: HttpRequest, rest: str) -> HttpResponseBase:
    """An operation's answer. Only a token lets anybody in (apps.api.access): a session counts for
    nothing, so that there is nothing for another site's page to forge.
    """
    from apps.api.problems import ProblemError, problem

    is_head = request.method == "HEAD"
    if is_head:
        request.method = "GET"
    try:
        match = get_resolver(_OPERATIONS).resolve(request.path_info)
    except Resolver404:
        return problem(ProblemError(404, f"There is no operation at {rest[:100]!r}."))
    request.resolver_match = match
    found: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    if is_head:
        request.method = "HEAD"  # the server leaves the body out by it
    if found.status_code == 405 and "Allow" in found:
        told = ProblemError(405, f"Only {found['Allow']}.", headers={"Allow": found["Allow"]})
        return problem(told)
    return found


# Who may send how much is decided by the operations, which know whose token it is.
answer.reads_bodies = True  # type: ignore[attr-defined]


@require_safe
@login_not_required
def openapi(_request: HttpRequest) -> HttpResponse:
    """The OpenAPI document: the same for everybody, and nobody's secret."""
    from apps.api.document import document

    return JsonResponse(document())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What can be done through the API, as a page."""
    from apps.api.shown import groups

    context = {"groups": groups(), "root": request.build_absolute_uri("v1")}
    return render(request, "api/reference.html", context)
