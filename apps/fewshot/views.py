"""Few-shot sets for reading, and the draft of a set for editors."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import number_sent, numbers_sent
from apps.fewshot import checking, queries, services, values
from apps.fewshot.changes import ChangedLine, changes, differences
from apps.fewshot.coverage import coverage
from apps.fewshot.format import FewShotFormatError
from apps.fewshot.forms import (
    ExampleForm,
    PublishForm,
    SystemsForm,
    example_initial,
    systems_initial,
)
from apps.fewshot.models import Example, FewShotSet, Version
from apps.fewshot.running import state_of
from apps.fewshot.services import FewShotError
from apps.fewshot.values import MODE_LABELS

MAX_SEARCH = 200
MAX_NUMBER = 999_999


def _version_for(version_id: int) -> Version:
    return get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)


def _example_for(example_id: int) -> Example:
    rows = Example.objects.select_related("version__fewshot_set")
    return get_object_or_404(rows, pk=example_id)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every set with its versions."""
    return render(request, "fewshot/index.html", {"sets": queries.sets_with_versions()})


@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version: its examples in order and its system texts."""
    return _version_page(request, _version_for(version_id))


def _version_page(request: HttpRequest, shown: Version, part: str = "") -> HttpResponse:
    rows = list(shown.examples.order_by("number"))
    context = {
        "version": shown,
        "coverage": coverage(queries.example_value(row) for row in rows if row.is_on),
        "systems": [(label.replace("->", "→"), shown.systems.get(label)) for label in MODE_LABELS],
        "examples": _matching(rows, request.GET.get("text", "")),
        "text": request.GET.get("text", ""),
        "base": queries.last_published(shown.fewshot_set),
        "draft": queries.draft_of(shown.fewshot_set),
        "may_edit": shown.is_draft and current_user(request).is_editor,
    }
    return render(request, f"fewshot/version.html{part}", context)


def _matching(rows: list[Example], text: str) -> list[Example]:
    """Those that hold every word of the text, wherever: a version has some dozens."""
    words = text[:MAX_SEARCH].casefold().split()
    fields = (*queries.CONTENT_FIELDS, "concepts")
    return [
        row
        for row in rows
        if all(word in f"{[getattr(row, name) for name in fields]}".casefold() for word in words)
    ]


@require_safe
def version_file(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version as its text file."""
    shown = _version_for(version_id)
    try:
        text = queries.file_text(shown)
    except FewShotFormatError as error:
        messages.error(request, f"This draft is not a whole file yet: {error.problems[0]}")
        return redirect("fewshot:version", shown.pk)
    name = f"{slugify(shown.fewshot_set.name) or 'fewshot'}-v{shown.number}.txt"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=disposition)


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
    """Throw a draft away."""
    shown = _version_for(version_id)
    try:
        services.draft_discard(version=shown)
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
    shown = _version_for(version_id)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        note, by = form.cleaned_data["note"], current_user(request)
        try:
            services.version_publish(version=shown, note=note, published_by=by)
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
    return render(request, "fewshot/publish.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def systems_edit(request: HttpRequest, version_id: int) -> HttpResponse:
    """The system texts of a draft."""
    shown = _version_for(version_id)
    form = SystemsForm(
        request.POST if request.method == "POST" else None, initial=systems_initial(shown.systems)
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.systems_save(version=shown, systems=form.systems)
        except FewShotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The system texts are saved.")
            return redirect("fewshot:version", shown.pk)
    return render(request, "fewshot/systems.html", {"version": shown, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def example_add(request: HttpRequest, version_id: int) -> HttpResponse:
    """A new example at the end of a draft."""
    shown = _version_for(version_id)
    form = ExampleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            example = services.example_add(
                version=shown, content=form.example, added_by=current_user(request)
            )
        except FewShotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Example {example.number} is added.")
            return redirect("fewshot:example", example.pk)
    return render(request, "fewshot/add.html", {"version": shown, "form": form})


@require_safe
def example(request: HttpRequest, example_id: int) -> HttpResponse:
    """One example, read."""
    shown = _example_for(example_id)
    return _example_page(request, shown, form=None)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def example_edit(request: HttpRequest, example_id: int) -> HttpResponse:
    """One example of a draft, edited in place; errors stand next to their fields."""
    shown = _example_for(example_id)
    value = queries.example_value(shown)
    if request.method != "POST":
        if not shown.version.is_draft:
            messages.error(request, "A published version stays as it is. Edit it in a draft.")
            return redirect("fewshot:example", shown.pk)
        initial = {**example_initial(value), "seen": queries.fingerprint(value)}
        return _example_page(request, shown, ExampleForm(initial=initial, number=shown.number))
    form = ExampleForm(request.POST, number=shown.number)
    if form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            with deed(request):
                services.example_save(
                    example=shown, content=form.example, seen=seen, saved_by=current_user(request)
                )
        except services.ChangedMeanwhileError as error:
            return _conflict(request, shown, form, error)
        except FewShotError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Example {shown.number} is saved in the draft.")
            return _saved(request, shown)
    return _example_page(request, shown, form)


def _conflict(
    request: HttpRequest, shown: Example, form: ExampleForm, error: services.ChangedMeanwhileError
) -> HttpResponse:
    """What this editor wrote, to be saved after all, beside what is stored by now."""
    mine = form.example
    initial = {**example_initial(mine), "seen": queries.fingerprint(error.stored)}
    again = ExampleForm(initial=initial, number=shown.number)
    return _example_page(
        request, shown, again, conflict=str(error), theirs=differences(error.stored, mine)
    )


def _saved(request: HttpRequest, shown: Example) -> HttpResponse:
    address = redirect("fewshot:example", shown.pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return address
    answer = _example_page(request, _example_for(shown.pk), form=None)
    answer["HX-Push-Url"] = address.url
    return answer


def _example_page(
    request: HttpRequest,
    shown: Example,
    form: ExampleForm | None,
    *,
    conflict: str = "",
    theirs: tuple[ChangedLine, ...] = (),
) -> HttpResponse:
    siblings = shown.version.examples.order_by("number")
    context = {
        "example": shown,
        "version": shown.version,
        "form": form,
        "may_edit": current_user(request).is_editor,
        "previous": siblings.filter(number__lt=shown.number).last(),
        "following": siblings.filter(number__gt=shown.number).first(),
        "state": None if form else state_of(shown),
        "may_run": current_user(request).is_editor,
        "findings": [] if form else _findings(shown, queries.example_value(shown)),
        "conflict": conflict,
        "theirs": theirs,
    }
    part = "#example" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"fewshot/example.html{part}", context)


@require_POST
@editor_required
def example_check(request: HttpRequest, version_id: int, number: int) -> HttpResponse:
    """What there is to say of an example as it is being written; nothing is saved."""
    shown = _version_for(version_id)
    form = ExampleForm(request.POST, number=min(number, MAX_NUMBER) or 1)
    form.is_valid()
    others = [queries.example_value(row) for row in shown.examples.all()]
    found = checking.findings(form.written, others)
    return render(request, "fewshot/findings.html", {"findings": found, "checked": True})


def _findings(shown: Example, value: values.Example) -> list[checking.Finding]:
    others = [queries.example_value(row) for row in shown.version.examples.all()]
    return checking.findings(value, others)


@require_POST
@editor_required
@audited
def example_duplicate(request: HttpRequest, example_id: int) -> HttpResponse:
    """A copy behind the example, opened for editing."""
    shown = _example_for(example_id)
    try:
        copy = services.example_duplicate(example=shown)
    except FewShotError as error:
        return _refused(request, shown, error)
    messages.success(request, f"Example {copy.number} is a copy of example {shown.number}.")
    return redirect("fewshot:example_edit", copy.pk)


@require_POST
@editor_required
@notes_deeds
def example_switch(request: HttpRequest, example_id: int, state: str) -> HttpResponse:
    """Show an example to models, or to none; htmx gets the list again."""
    if state not in ("on", "off"):
        raise Http404
    shown = _example_for(example_id)
    try:
        with deed(request):
            services.example_switch(example=shown, on=state == "on")
    except FewShotError as error:
        return _refused(request, shown, error)
    return _list_again(request, shown.version)


@require_POST
@editor_required
@notes_deeds
def examples_order(request: HttpRequest, version_id: int) -> HttpResponse:
    """The examples of a draft in the order of `example`, their ids."""
    shown = _version_for(version_id)
    ids = numbers_sent(request, "example", most=MAX_NUMBER)
    try:
        with deed(request):
            services.examples_order(version=shown, ids=ids)
    except FewShotError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain")
    return _list_again(request, shown)


def _list_again(request: HttpRequest, shown: Version) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _version_page(request, shown, "#examples")
    return redirect("fewshot:version", shown.pk)


@require_POST
@editor_required
@notes_deeds
def example_move(request: HttpRequest, example_id: int, direction: str) -> HttpResponse:
    """One place up or down in a draft; htmx gets the list again."""
    if direction not in ("up", "down"):
        raise Http404
    shown = _example_for(example_id)
    try:
        with deed(request):
            services.example_move(example=shown, up=direction == "up")
    except FewShotError as error:
        return _refused(request, shown, error)
    return _list_again(request, shown.version)


@require_POST
@editor_required
@audited
def example_remove(request: HttpRequest, example_id: int) -> HttpResponse:
    """Take an example out of a draft."""
    shown = _example_for(example_id)
    try:
        services.example_remove(example=shown)
    except FewShotError as error:
        return _refused(request, shown, error)
    messages.success(request, f"Example {shown.number} is removed from the draft.")
    return redirect("fewshot:version", shown.version_id)


def _refused(request: HttpRequest, shown: Example, error: FewShotError) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(str(error), status=409, content_type="text/plain")
    messages.error(request, str(error))
    return redirect("fewshot:version", shown.version_id)
