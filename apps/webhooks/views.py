"""Pages of webhooks, for admins: endpoints, what each was told, every attempt."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import admin_required, current_user
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import number_in
from apps.webhooks import services
from apps.webhooks.delivering import body_of
from apps.webhooks.forms import EndpointForm
from apps.webhooks.models import Endpoint, Message
from apps.webhooks.queries import endpoints_shown, messages_page


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@notes_deeds
def index(request: HttpRequest) -> HttpResponse:
    """All endpoints; a POST adds one, whose secret stands on the answer and nowhere else."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    added = None
    if request.method == "POST" and form.is_valid():
        with deed(request, status=200):
            added = services.endpoint_create(**form.cleaned_data, created_by=current_user(request))
        form = EndpointForm()
    context = {"endpoints": endpoints_shown(), "form": form, "added": added}
    return render(request, "webhooks/index.html", context)


@require_safe
@admin_required
def endpoint(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint and its messages, the newest first."""
    return _page(request, get_object_or_404(Endpoint, pk=endpoint_id))


def _page(request: HttpRequest, row: Endpoint, secret: str = "") -> HttpResponse:
    status = request.GET.get("status", "")
    rows, before = messages_page(endpoint=row, before=number_in(request, "before"), status=status)
    context = {
        "endpoint": row,
        "rows": rows,
        "before": before,
        "status": status if status in Message.Status.values else "",
        "statuses": Message.Status.choices,
        "new_secret": secret,
        "first": row.messages.waiting().order_by("pk").first(),
    }
    return render(request, "webhooks/endpoint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@audited
def change(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Another name, address or choice of events."""
    row = get_object_or_404(Endpoint, pk=endpoint_id)
    form = EndpointForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.endpoint_change(endpoint=row, **form.cleaned_data)
        messages.success(request, "Changed.")
        return redirect("webhooks:endpoint", endpoint_id)
    name = Endpoint.objects.values_list("name", flat=True).get(pk=endpoint_id)
    return render(request, "webhooks/change.html", {"form": form, "endpoint": row, "name": name})


@require_POST
@admin_required
@audited
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """On, or off: whichever it is not."""
    row = get_object_or_404(Endpoint, pk=endpoint_id)
    services.endpoint_switch(endpoint=row, on=not row.is_on)
    said = "off" if row.is_on else "on; what waits is sent in a moment"
    messages.success(request, f"{row.name} is {said}.")
    return redirect("webhooks:endpoint", endpoint_id)


@require_POST
@admin_required
@notes_deeds
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Another secret, shown on this answer only."""
    row = get_object_or_404(Endpoint, pk=endpoint_id)
    with deed(request, status=200):
        secret = services.secret_rotate(endpoint=row)
    row.refresh_from_db()
    return _page(request, row, secret)


@require_POST
@admin_required
@audited
def example(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send an event to try the endpoint."""
    row = get_object_or_404(Endpoint, pk=endpoint_id)
    try:
        services.example_send(endpoint=row, asked_by=current_user(request))
    except services.WebhookError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "A test event is sent in a moment, behind what waits.")
    return redirect("webhooks:endpoint", endpoint_id)


@require_POST
@admin_required
@audited
def delete(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Delete an endpoint with all that it was told."""
    row = get_object_or_404(Endpoint, pk=endpoint_id)
    services.endpoint_delete(endpoint=row)
    messages.success(request, f"{row.name} is deleted.")
    return redirect("webhooks:index")


@require_safe
@admin_required
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message: what is posted, and every attempt."""
    row = get_object_or_404(Message.objects.select_related("endpoint"), pk=message_id)
    context = {
        "message": row,
        "body": body_of(row).decode(),
        "attempts": row.attempts.order_by("-pk")[:100],
    }
    return render(request, "webhooks/message.html", context)


@require_POST
@admin_required
@audited
def replay(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message once more."""
    row = get_object_or_404(Message, pk=message_id)
    try:
        again = services.message_replay(message=row)
    except services.WebhookError as error:
        messages.error(request, str(error))
        return redirect("webhooks:message", message_id)
    messages.success(request, "It is sent once more in a moment, behind what waits.")
    return redirect("webhooks:message", again.pk)


@require_POST
@admin_required
@audited
def skip(request: HttpRequest, message_id: int) -> HttpResponse:
    """Leave a message that the receiver cannot take."""
    row = get_object_or_404(Message, pk=message_id)
    try:
        services.message_skip(message=row)
    except services.WebhookError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Left out; those behind it are sent.")
    return redirect("webhooks:message", message_id)
