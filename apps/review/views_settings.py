"""Pages of what people set: reasons (admins), their own keys, and the way back through labels."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import admin_required, current_user
from apps.accounts.audit import audited
from apps.review.keys import keys_kept, keys_of, keys_save, problem_of_keys
from apps.review.models import Reason
from apps.review.queries import newest_labelled
from apps.review.settings_forms import KeysForm, ReasonForm


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def reasons(request: HttpRequest) -> HttpResponse:
    """All reasons; a POST adds one."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The reason can be given now.")
        return redirect("review:reasons")
    rows = Reason.objects.order_by("-is_used", "place", "pk")
    return render(request, "review/reason_list.html", {"reasons": rows, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def reason(request: HttpRequest, reason_id: int) -> HttpResponse:
    """One reason: all but its code, which labels keep."""
    row = get_object_or_404(Reason, pk=reason_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Changed.")
        return redirect("review:reasons")
    return render(request, "review/reason.html", {"form": form, "reason": row})


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The own keys of the desk."""
    user = current_user(request)
    if request.method == "POST":
        form = KeysForm(request.POST)
        if form.is_valid():
            problem = problem_of_keys(form.chosen())
            if not problem:
                keys_save(user_id=user.pk, chosen=form.chosen())
                messages.success(request, "These are your keys now.")
                return redirect("review:index")
            form.add_error(None, problem)
    else:
        form = KeysForm(initial=keys_of(keys_kept(user.pk)).by_action)
    return render(request, "review/keys.html", {"form": form})


@require_POST
def keys_reset(request: HttpRequest) -> HttpResponse:
    """The usual keys again."""
    keys_save(user_id=current_user(request).pk, chosen={})
    messages.success(request, "The usual keys hold again.")
    return redirect("review:index")


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The pair that this person labelled last; without one, the desk."""
    newest = newest_labelled(current_user(request))
    return redirect("review:pair", newest) if newest else redirect("review:index")
