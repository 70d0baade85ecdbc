"""The draft of a set: opened, its system texts, published or thrown away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core.params import number_sent
from apps.fewshot import queries, services
from apps.fewshot.changes import changes, system_changes
from apps.fewshot.forms import PublishForm, SetForm, SystemsForm, systems_initial
from apps.fewshot.models import FewShotSet
from apps.fewshot.services import FewShotError
from apps.fewshot.views import version_for


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def set_new(request: HttpRequest) -> HttpResponse:
    """A new set with its draft."""
    form = SetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = services.set_create(**form.cleaned_data, created_by=current_user(request))
        except FewShotError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, f"The set {draft.fewshot_set} is made, with its first draft.")
            return redirect("fewshot:version", draft.pk)
    return render(request, "fewshot/set_new.html", {"form": form})


@require_POST
@editor_required
@audited
def draft_open(request: HttpRequest, set_id: int) -> HttpResponse:
    """Go to the set's draft, made when there is none; with `example`, to editing that one."""
    fewshot_set = get_object_or_404(FewShotSet, pk=set_id)
    draft = services.draft_open(fewshot_set=fewshot_set, created_by=current_user(request))
    number = number_sent(request, "example")
    if number is not None and (example := draft.examples.filter(number=number).first()):
        return redirect("fewshot:example_edit", example.pk)
    return redirect("fewshot:version", draft.pk)


@require_POST
@editor_required
@audited
def draft_discard(request: HttpRequest, version_id: int) -> HttpResponse:
    """Throw a draft away; `seen`: what it was when it was shown."""
    shown = version_for(version_id)
    try:
        services.draft_discard(version=shown, seen=request.POST.get("seen") or None)
    except FewShotError as error:
        messages.error(request, str(error))
        return redirect("fewshot:version", shown.pk)
    messages.success(request, "The draft is discarded.")
    return redirect("fewshot:index")


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Make a draft final, with a note on why; what it changes stands above the note."""
    shown = version_for(version_id)
    seen, conflict = queries.version_fingerprint(shown), ""
    form = PublishForm(
        request.POST if request.method == "POST" else None,
        initial={"note": shown.note, "seen": seen},
    )
    if request.method == "POST" and form.is_valid():
        given, by = form.cleaned_data, current_user(request)
        try:
            services.version_publish(version=shown, published_by=by, **given)
        except services.DraftChangedError as error:
            conflict = str(error)
            form = PublishForm(initial={"note": given["note"], "seen": seen})
        except FewShotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Version {shown.number} is published. New runs use it.")
            return redirect("fewshot:version", shown.pk)
    if not shown.is_draft:
        messages.error(request, f"Version {shown.number} is published already.")
        return redirect("fewshot:version", shown.pk)
    base = queries.published_before(shown)
    found = changes(queries.version_file(base), queries.version_file(shown)) if base else []
    context = {"version": shown, "base": base, "changes": found, "form": form}
    return render(request, "fewshot/publish.html", context | {"conflict": conflict})


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def systems_edit(request: HttpRequest, version_id: int) -> HttpResponse:
    """The system texts of a draft; what somebody saved meanwhile stands beside one's own."""
    shown = version_for(version_id)
    context: dict[str, object] = {"version": shown}
    seen = queries.systems_fingerprint(shown.systems)
    form = SystemsForm(
        request.POST if request.method == "POST" else None,
        initial={**systems_initial(shown.systems), "seen": seen},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.systems_save(
                version=shown, systems=form.systems, seen=form.cleaned_data["seen"]
            )
        except services.SystemsChangedError as error:
            seen = queries.systems_fingerprint(error.stored)
            context |= {
                "conflict": str(error),
                "theirs": list(system_changes(error.stored, form.systems)),
            }
            form = SystemsForm(initial={**systems_initial(form.systems), "seen": seen})
        except FewShotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The system texts are saved.")
            return redirect("fewshot:version", shown.pk)
    return render(request, "fewshot/systems.html", {**context, "form": form})
