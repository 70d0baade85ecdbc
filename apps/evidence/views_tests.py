"""Blind tests of two recipes: listed, begun, followed, ended. Only editors know what is tested."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core.params import number_in
from apps.evidence.blind_tests import BlindTestError, blind_test_start, followed
from apps.evidence.forms import BlindTestForm
from apps.evidence.models import BlindTest
from apps.review.managing import queue_close

PAGE = 25


@require_safe
@editor_required
def tests(request: HttpRequest) -> HttpResponse:
    """Blind tests with where they stand, the newest first, by keyset."""
    rows = _rows().order_by("-pk")
    before = number_in(request, "before")
    shown = list((rows if before is None else rows.filter(pk__lt=before))[: PAGE + 1])
    context = {
        "lines": [(test, followed(test)) for test in shown[:PAGE]],
        "more": shown[PAGE - 1].pk if len(shown) > PAGE else None,
    }
    return render(request, "evidence/tests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def test_new(request: HttpRequest) -> HttpResponse:
    """Two recipes; a POST puts their pairs into a queue."""
    form = BlindTestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = blind_test_start(**form.cleaned_data, created_by=current_user(request))
        except BlindTestError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The pairs are in a queue of their own.")
            return redirect("evidence:test", made.pk)
    return render(request, "evidence/test_new.html", {"form": form})


@require_safe
@editor_required
def test(request: HttpRequest, test_id: int) -> HttpResponse:
    """Who leads, how sure that is, and which pairs decide it; asked again by htmx while it is
    open.
    """
    shown = get_object_or_404(_rows(), pk=test_id)
    # Recipes of one version have its name both: then the sides' letters tell them apart.
    is_of_one = shown.left.fewshot_id == shown.right.fewshot_id
    names = (
        {"left": "A", "right": "B"}
        if is_of_one
        else {"left": str(shown.left.fewshot), "right": str(shown.right.fewshot)}
    )
    found = followed(shown)
    context = {
        "test": shown,
        "found": found,
        "leader": names.get(found.standing.leader, ""),
        "sides": [(shown.left, found.left, "A"), (shown.right, found.right, "B")],
    }
    template = "evidence/test.html" + ("#test" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


@require_POST
@editor_required
@audited
def test_end(request: HttpRequest, test_id: int) -> HttpResponse:
    """Close the test's queue, decided or not; its labels stay."""
    shown = get_object_or_404(_rows(), pk=test_id)
    queue_close(queue=shown.queue, closed=True)
    messages.success(request, "The test is ended. Its labels stay.")
    return redirect("evidence:test", shown.pk)


def _rows() -> QuerySet[BlindTest]:
    return BlindTest.objects.select_related(
        "queue", "created_by", "left__fewshot__fewshot_set", "right__fewshot__fewshot_set"
    )
