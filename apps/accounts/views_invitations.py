"""Pages of those who are not here yet, or have forgotten their password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import mails
from apps.accounts.access import admin_required, current_user
from apps.accounts.attempts import client_address
from apps.accounts.audit import audited, deed, notes_deeds
from apps.accounts.forms import AcceptForm, InvitationForm, ResetForm
from apps.accounts.invitations import (
    InvitationError,
    NewInvitation,
    invitation_accept,
    invitation_create,
    invitation_of,
    invitation_revoke,
)
from apps.accounts.models import Invitation, User

SHOWN = 100
_BACKEND = "apps.accounts.sessions.UserBackend"


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@notes_deeds
def invitations(request: HttpRequest) -> HttpResponse:
    """All invitations; a POST makes one, whose link stands on the answer and nowhere else."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    link, mailed = "", False
    if request.method == "POST" and form.is_valid():
        with deed(request, status=200):
            made = invitation_create(**form.cleaned_data, created_by=current_user(request))
        link = request.build_absolute_uri(reverse("accounts:invited", args=[made.token]))
        mailed = _mail(made, link)
        form = InvitationForm()
    rows = Invitation.objects.select_related("created_by", "used_by").order_by("-pk")[:SHOWN]
    context = {"rows": rows, "form": form, "link": link, "mailed": mailed}
    return render(request, "accounts/invitations.html", context)


def _mail(made: NewInvitation, link: str) -> bool:
    """Have the link mailed; whether there is an address and the queue took it."""
    context = {"invitation": made.invitation, "link": link}
    text = render_to_string("accounts/invitation_mail.txt", context)
    to = made.invitation.email
    return bool(to) and mails.mail_queue(to=to, subject="An invitation to Winnow", text=text)


@require_POST
@admin_required
@audited
def invitation_take_back(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """The link is good no more."""
    row = get_object_or_404(Invitation, pk=invitation_id)
    if invitation_revoke(invitation=row):
        messages.success(request, "The invitation is taken back.")
    else:
        messages.error(request, "That invitation is not open any more.")
    return redirect("accounts:invitations")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """An invited person chooses a name and a password, and is signed in."""
    invitation = invitation_of(token)
    if invitation is None:
        return render(request, "accounts/invited.html", {"form": None}, status=404)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name, password = form.cleaned_data["username"], form.cleaned_data["password1"]
        try:
            user = invitation_accept(invitation=invitation, username=name, password=password)
        except InvitationError as error:
            form.add_error(None, str(error))
        else:
            login(request, user, backend=_BACKEND)
            messages.success(request, f"Welcome, {user.username}.")
            return redirect("home:index")
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/invited.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Have a link to a new password mailed. The answer is the same whoever is asked for."""
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        mails.reset_queue(
            email=form.cleaned_data["email"],
            site=request.build_absolute_uri("/"),
            asked_from=client_address(request),
        )
        return render(request, "accounts/reset_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "accounts/reset.html", {"form": form})


@method_decorator(login_not_required, name="dispatch")
@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class ResetConfirmView(auth_views.PasswordResetConfirmView):
    """A new password by a link that was mailed or printed."""

    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Log in with it.")
        return super().form_valid(form)
