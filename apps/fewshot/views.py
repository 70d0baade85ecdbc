"""Few-shot sets for reading, and their examples one by one."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import number_in
from apps.fewshot import checking, queries, services, values
from apps.fewshot.changes import Change, differences
from apps.fewshot.coverage import coverage
from apps.fewshot.format import FewShotFormatError
from apps.fewshot.forms import ExampleForm, example_initial
from apps.fewshot.models import Example, Version
from apps.fewshot.running import state_of
from apps.fewshot.services import FewShotError
from apps.fewshot.values import MODE_LABELS

MAX_SEARCH = 200
MAX_NUMBER = 999_999
GONE = (
    "Somebody removed this example meanwhile, or discarded its draft. What you wrote is on this"
    " page alone: copy it into a new example."
)
GONE_SAVED = (
    "Somebody removed this example meanwhile. What you wrote stands below: add it as a new one."
)


def version_for(version_id: int) -> Version:
    """The version with its set, or 404."""
    return get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)


def example_for(example_id: int) -> Example:
    """The example with its version and set, or 404."""
    rows = Example.objects.select_related("version__fewshot_set")
    return get_object_or_404(rows, pk=example_id)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every set with its versions."""
    return render(request, "fewshot/index.html", {"sets": queries.sets_with_versions()})


@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version: its examples in order and its system texts."""
    return version_page(request, version_for(version_id))


def version_page(request: HttpRequest, shown: Version, part: str = "") -> HttpResponse:
    """The page of a version, or a part of it: its examples that have the words of `text`."""
    rows = list(shown.examples.order_by("number"))
    may_edit = shown.is_draft and current_user(request).is_editor
    context = {
        "version": shown,
        "coverage": coverage(queries.example_value(row) for row in rows if row.is_on),
        "systems": [(label.replace("->", "→"), shown.systems.get(label)) for label in MODE_LABELS],
        "examples": [
            (row, queries.fingerprint(queries.example_value(row)))
            for row in _matching(rows, request.GET.get("text", ""))
        ],
        "text": request.GET.get("text", ""),
        "base": queries.last_published(shown.fewshot_set),
        "draft": queries.draft_of(shown.fewshot_set),
        "may_edit": may_edit,
        "seen_draft": queries.version_fingerprint(shown) if may_edit else "",
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
    shown = version_for(version_id)
    try:
        text = queries.file_text(shown)
    except FewShotFormatError as error:
        messages.error(request, f"This draft is not a whole file yet: {error.problems[0]}")
        return redirect("fewshot:version", shown.pk)
    name = f"{slugify(shown.fewshot_set.name) or 'fewshot'}-v{shown.number}.txt"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=disposition)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def example_add(request: HttpRequest, version_id: int) -> HttpResponse:
    """A new example at the end of a draft."""
    shown = version_for(version_id)
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
    shown = example_for(example_id)
    return _example_page(request, shown, form=None)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def example_edit(request: HttpRequest, example_id: int) -> HttpResponse:
    """One example of a draft, edited in place; errors stand next to their fields."""
    if request.method == "POST" and not Example.objects.filter(pk=example_id).exists():
        return _gone(request)
    shown = example_for(example_id)
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


def _gone(request: HttpRequest) -> HttpResponse:
    """What this editor wrote for an example that somebody removed meanwhile is not lost: `of`, the
    version in the address, can have it as a new one.
    """
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(GONE, status=409, content_type="text/plain")
    shown = version_for(number_in(request, "of") or 0)
    form = ExampleForm(request.POST)
    form.add_error(None, GONE_SAVED)
    return render(request, "fewshot/add.html", {"version": shown, "form": form})


def _conflict(
    request: HttpRequest, shown: Example, form: ExampleForm, error: services.ChangedMeanwhileError
) -> HttpResponse:
    """What this editor wrote, to be saved after all, beside what is stored by now."""
    mine = form.example
    initial = {**example_initial(mine), "seen": queries.fingerprint(error.stored)}
    again = ExampleForm(initial=initial, number=shown.number)
    lines = differences(error.stored, mine)
    theirs = [Change("", lines)] if lines else []
    return _example_page(request, shown, again, conflict=str(error), theirs=theirs)


def _saved(request: HttpRequest, shown: Example) -> HttpResponse:
    address = redirect("fewshot:example", shown.pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return address
    answer = _example_page(request, example_for(shown.pk), form=None)
    answer["HX-Push-Url"] = address.url
    return answer


def _example_page(
    request: HttpRequest,
    shown: Example,
    form: ExampleForm | None,
    *,
    conflict: str = "",
    theirs: Sequence[Change] = (),
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
    shown = version_for(version_id)
    form = ExampleForm(request.POST, number=min(number, MAX_NUMBER) or 1)
    form.is_valid()
    others = [queries.example_value(row) for row in shown.examples.all()]
    found = checking.findings(form.written, others)
    return render(request, "fewshot/findings.html", {"findings": found, "checked": True})


def _findings(shown: Example, value: values.Example) -> list[checking.Finding]:
    others = [queries.example_value(row) for row in shown.version.examples.all()]
    return checking.findings(value, others)
