"""Signing in and out, the own password, and the users' page for admins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from apps.accounts import oidc
from apps.accounts.access import admin_required, current_user
from apps.accounts.audit import audited, deed, notes_deeds
from apps.accounts.forms import LoginForm, NewUserForm, RoleForm
from apps.accounts.models import User
from apps.accounts.services import (
    NewPassword,
    UserError,
    password_reset,
    role_change,
    tour_close,
    user_activate,
    user_create,
    user_deactivate,
)


def _page_of(htmx: HtmxDetails) -> str:
    """The page that an htmx request came from, as the browser tells it."""
    try:
        return htmx.current_url_abs_path or "/"
    except ValueError:  # no address at all
        return "/"


@method_decorator(login_not_required, name="dispatch")
@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class LoginView(auth_views.LoginView):
    """The sign-in page. An htmx request whose session ended makes the whole page go there."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        sso = settings.WINNOW_OIDC_NAME if oidc.is_configured() else ""
        return {**context, "sso": sso}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
        if htmx:
            query = urlencode({"next": _page_of(htmx)})
            return HttpResponseClientRedirect(f"{resolve_url('accounts:login')}?{query}")
        return super().dispatch(request, *args, **kwargs)


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class PasswordView(auth_views.PasswordChangeView):
    """The signed-in user's own password."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("home:index")

    def form_valid(self, form):  # type: ignore[no-untyped-def]
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


@require_POST
def tour(request: HttpRequest) -> HttpResponse:
    """Note that this user has closed the tour of the review page: it does not open again."""
    tour_close(user=current_user(request))
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@notes_deeds
def users(request: HttpRequest) -> HttpResponse:
    """All users, and a form to add one. The new password stands on the answer and nowhere else."""
    form = NewUserForm(request.POST if request.method == "POST" else None)
    created = None
    if request.method == "POST" and form.is_valid():
        with deed(request, status=200):
            created = user_create(**form.cleaned_data)
        form = NewUserForm()
    return _users_page(request, form, created)


def _users_page(
    request: HttpRequest, form: NewUserForm, new_password: NewPassword | None = None
) -> HttpResponse:
    people = User.objects.order_by("-is_active", "username").prefetch_related("groups")
    rows = [(user, RoleForm(instance=user)) for user in people]
    context = {"rows": rows, "form": form, "new_password": new_password}
    return render(request, "accounts/users.html", context)


@require_POST
@admin_required
@audited
def user_role(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a user's role."""
    user = get_object_or_404(User, pk=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles reviewer, editor and admin.")
        return redirect("accounts:users")
    try:
        role_change(user=user, role=form.cleaned_data["role"])
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{user.username} is now {form.cleaned_data['role']}.")
    return redirect("accounts:users")


@require_POST
@admin_required
@audited
def user_activity(request: HttpRequest, user_id: int) -> HttpResponse:
    """Shut a user out, or let them in again: whichever they are not."""
    user = get_object_or_404(User, pk=user_id)
    try:
        if user.is_active:
            user_deactivate(user=user)
            messages.success(request, f"{user.username} can no longer sign in.")
        else:
            user_activate(user=user)
            messages.success(request, f"{user.username} can sign in again.")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("accounts:users")


@require_POST
@admin_required
@notes_deeds
def user_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a user a new random password and show it once."""
    user = get_object_or_404(User, pk=user_id)
    with deed(request, status=200):
        new_password = password_reset(user=user)
    return _users_page(request, NewUserForm(), new_password)
