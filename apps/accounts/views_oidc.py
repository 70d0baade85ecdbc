"""To the provider of single sign-on, and back."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from apps.accounts.oidc import Identity, SignInError, client, is_configured, user_of

log = logging.getLogger(__name__)
_BACKEND = "apps.accounts.sessions.UserBackend"
_NEXT = "sso_next"


@login_not_required
@require_safe
def begin(request: HttpRequest) -> HttpResponseBase:
    """To the provider. `next`: where to go on afterwards."""
    if not is_configured():
        raise Http404
    request.session[_NEXT] = request.GET.get("next", "")[:2000]
    back = request.build_absolute_uri(reverse("accounts:sso_back"))
    try:
        answer: HttpResponseBase = client().authorize_redirect(request, back)
    except Exception as error:  # noqa: BLE001  authlib and requests each raise their own
        return _failed(request, error)
    return answer


@login_not_required
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """From the provider: whoever it has verified is signed in."""
    if not is_configured():
        raise Http404
    try:
        token = client().authorize_access_token(request)
        identity = Identity.of(token["userinfo"])
    except Exception as error:  # noqa: BLE001  authlib, joserfc and requests each raise their own
        return _failed(request, error)
    try:
        user = user_of(identity)
    except SignInError as error:
        messages.error(request, str(error))
        return redirect("accounts:login")
    following = request.session.pop(_NEXT, "")
    login(request, user, backend=_BACKEND)
    is_ours = url_has_allowed_host_and_scheme(following, allowed_hosts={request.get_host()})
    # A path, and no name that `redirect` would look for a view of.
    return redirect(following if is_ours and following.startswith("/") else "home:index")


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What the provider says is for the log: it may be anybody's text."""
    log.warning("Single sign-on failed: %s: %.300s", type(error).__name__, error)
    messages.error(
        request, "The single sign-on did not succeed. Try again, or log in with a password."
    )
    return redirect("accounts:login")
