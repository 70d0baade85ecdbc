"""The page of one's tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import current_user
from apps.accounts.audit import audited, deed, notes_deeds
from apps.api.forms import TokenForm
from apps.api.tokens import (
    NewToken,
    TokenError,
    token_create,
    token_for,
    token_revoke,
    tokens_seen_by,
)
from apps.core.params import number_in

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@notes_deeds
def tokens(request: HttpRequest) -> HttpResponse:
    """Own tokens (everybody's for admins), and a form for another; its secret stands on the
    answer and nowhere else.
    """
    user = current_user(request)
    form = TokenForm(request.POST if request.method == "POST" else None, user=user)
    made: NewToken | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with deed(request, status=200):
                made = token_create(user=user, **form.cleaned_data)
        except TokenError as error:
            form.add_error(None, str(error))
        else:
            form = TokenForm(user=user)
    rows = tokens_seen_by(user)
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    context = {
        "tokens": page[:PAGE],
        "more": page[PAGE - 1].pk if len(page) > PAGE else None,
        "form": form,
        "made": made,
    }
    return render(request, "api/tokens.html", context)


@require_POST
@audited
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token for good: one's own, any for admins."""
    token = token_for(current_user(request), token_id)
    if token_revoke(token=token):
        messages.success(request, f"The token “{token.name}” is revoked: it lets nobody in.")
    else:
        messages.error(request, f"The token “{token.name}” was revoked already.")
    return redirect("tokens:index")
