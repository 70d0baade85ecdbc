"""The front page, and the status page for admins."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import admin_required, current_user, editor_required
from apps.accounts.audit import audited
from apps.home.at_work import at_work
from apps.home.next_steps import Who, next_steps
from apps.home.sample import sample_remove
from apps.home.standing import read_all

RUNNING_SHOWN = 5


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Where the data stands, what is at work, what waits, and the next thing to do: two queries,
    of a reviewer three.
    """
    user = current_user(request)
    figures, everything = read_all()
    standing = everything.seen_by(user)
    context = {
        "figures": figures,
        "running": at_work(RUNNING_SHOWN),
        "standing": standing,
        "everybody": everything.everybody,
        "steps": next_steps(figures, standing, Who.of(user)),
    }
    template = "home/index.html#standing" if request.htmx else "home/index.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@editor_required
@audited
def sample_removal(request: HttpRequest) -> HttpResponse:
    """Take the sample out, with the labels that it was given."""
    removed = sample_remove()
    messages.success(request, f"{removed} sample pairs are gone, their labels with them.")
    return redirect("home:index")


@require_safe
@login_not_required
def icon(_request: HttpRequest) -> HttpResponse:
    """The icon at the address where browsers look for it by themselves: beside a file, or a text
    that names none.
    """
    return redirect(static("icon.svg"))


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, by the token of WINNOW_METRICS_TOKEN, and for admins who look themselves."""
    # Imported when it is asked for: most installations never are.
    from apps.core.metrics import requests_text
    from apps.home.metrics import way_text

    if not _may_read_metrics(request):
        return HttpResponse(
            "Send the token of WINNOW_METRICS_TOKEN as bearer.\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            content_type="text/plain",
        )
    return HttpResponse(way_text() + requests_text(), content_type="text/plain; version=0.0.4")


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.WINNOW_METRICS_TOKEN
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if token and constant_time_compare(sent, token):
        return True
    return request.user.is_authenticated and current_user(request).is_admin


@require_safe
@admin_required
def status(request: HttpRequest) -> HttpResponse:
    """What Winnow stands on. What takes a second (workers, sandbox) comes in a second request."""
    # It asks every part, databases and queue: imported when somebody wants to know.
    from apps.home import status as parts

    htmx = bool(request.htmx)  # type: ignore[attr-defined]
    slow = htmx or "check" in request.GET
    context: dict[str, object] = {"slow": slow}
    if slow:
        context |= {"workers": parts.workers(), "sandboxes": parts.sandboxes()}
    if not htmx:
        context |= {
            "versions": parts.versions(),
            "services": parts.store() + parts.queue(),
            "work_units": parts.work_units(),
        }
    return render(request, "home/status.html#slow" if htmx else "home/status.html", context)
