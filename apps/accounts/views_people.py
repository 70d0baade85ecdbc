"""Pages about people, for admins: one user and how they leave, groups, the audit log; and who may
do what, for everybody.
"""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import admin_required
from apps.accounts.audit import audited
from apps.accounts.forms import AuditForm, GroupForm, LeaveForm, UserForm
from apps.accounts.models import AuditEntry, User
from apps.accounts.rights import rights
from apps.accounts.services import UserError, group_save, user_change, user_leave
from apps.accounts.services import group_delete as deleting
from apps.core.params import number_in

AUDIT_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user: address, groups, and how they leave."""
    row = get_object_or_404(User, pk=user_id)
    form = UserForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        user_change(user=row, **form.cleaned_data)
        messages.success(request, "Changed.")
        return redirect("accounts:user", user_id)
    context = {"person": row, "form": form, "leave_form": LeaveForm()}
    return render(request, "accounts/user.html", context)


@require_POST
@admin_required
@audited
def leave(request: HttpRequest, user_id: int) -> HttpResponse:
    """Somebody leaves for good."""
    row = get_object_or_404(User, pk=user_id)
    form = LeaveForm(request.POST)
    form.full_clean()
    try:
        user_leave(user=row, pseudonymise=form.cleaned_data["pseudonymise"])
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "They can no longer sign in; what they labelled stays.")
    return redirect("accounts:user", user_id)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def groups(request: HttpRequest) -> HttpResponse:
    """All groups; a POST adds one."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        group_save(group=form.instance, **form.cleaned_data)
        messages.success(request, "The group is there. Queues can be given to it.")
        return redirect("accounts:groups")
    people = Count("user", filter=Q(user__is_active=True))
    rows = Group.objects.annotate(people=people).order_by("name")
    return render(request, "accounts/groups.html", {"rows": rows, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group: its name and who is in it."""
    row = get_object_or_404(Group, pk=group_id)
    name = row.name
    initial = {"members": row.user_set.all()}
    form = GroupForm(
        request.POST if request.method == "POST" else None, instance=row, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        group_save(group=row, **form.cleaned_data)
        messages.success(request, "Changed.")
        return redirect("accounts:groups")
    return render(request, "accounts/group.html", {"group": row, "name": name, "form": form})


@require_POST
@admin_required
@audited
def group_delete(request: HttpRequest, group_id: int) -> HttpResponse:
    """Delete a group; its people stay. Not one whose queue would become everybody's."""
    row = get_object_or_404(Group, pk=group_id)
    try:
        deleting(group=row)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The group {row.name} is deleted.")
    return redirect("accounts:groups")


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Who may do what, and who they are."""
    people = User.objects.filter(is_active=True).order_by("username").prefetch_related("groups")
    by_role = [(role.label, [each for each in people if each.role == role]) for role in User.Role]
    return render(request, "accounts/roles.html", {"parts": rights(), "by_role": by_role})


@require_safe
@admin_required
def audit(request: HttpRequest) -> HttpResponse:
    """What editors and admins did, the newest first."""
    form = AuditForm(request.GET)
    form.is_valid()
    entries = _entries(form, number_in(request, "before"))
    found = list(entries[: AUDIT_PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "entries": found[:AUDIT_PAGE],
        "before": found[AUDIT_PAGE - 1].pk if len(found) > AUDIT_PAGE else None,
        "query": query.urlencode(),
    }
    return render(request, "accounts/audit.html", context)


def _entries(form: AuditForm, before: int | None) -> QuerySet[AuditEntry]:
    """Those that a form asks for; a field with nonsense in it asks for nothing."""
    asked = form.cleaned_data
    entries = AuditEntry.objects.select_related("actor").order_by("-pk")
    if before is not None:
        entries = entries.filter(pk__lt=before)
    if asked.get("actor"):
        entries = entries.filter(actor=asked["actor"])
    if asked.get("action"):
        entries = entries.filter(action=asked["action"])
    if asked.get("since"):
        entries = entries.filter(at__gte=_midnight(asked["since"], time.min))
    if asked.get("until"):
        entries = entries.filter(at__lte=_midnight(asked["until"], time.max))
    return entries


def _midnight(day: datetime, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
