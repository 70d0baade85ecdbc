"""Pages of tries: a form, what came of one side by side, and sending pairs of it to review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core.how_far import how_far
from apps.core.params import numbers_sent
from apps.fewshot.models import Version
from apps.fewshot.queries import last_published
from apps.fewshot.services import FewShotError
from apps.studio.forms import TrialForm
from apps.studio.models import Trial
from apps.studio.queries import Outcome, outcome_of, trials, trials_of
from apps.studio.trying import (
    MOST_RESPONSES,
    MOST_SEEDS,
    TrialError,
    pairs_send,
    trial_start,
)

MOST_PAIRS = 2 * MOST_SEEDS * MOST_RESPONSES
MOST_NAMED = 400


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def new(request: HttpRequest, version_id: int) -> HttpResponse:
    """Choose seeds for a try of a draft; `seeds` in the address names them."""
    draft = get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)
    base = last_published(draft.fewshot_set)
    form = TrialForm(request.POST or None, initial=_named(request))
    if not draft.is_draft:
        messages.error(request, "Only a draft is tried: open one and change something first.")
        return redirect("fewshot:version", draft.pk)
    if request.method == "POST" and form.is_valid():
        try:
            return _started(request, form, draft, base)
        except (TrialError, FewShotError) as error:
            form.add_error(None, str(error))
    context = {
        "version": draft,
        "base": base,
        "form": form,
        "trials": list(trials_of(draft.fewshot_set)),
    }
    return render(request, "studio/try.html", context)


def _named(request: HttpRequest) -> dict[str, Any]:
    given = request.GET.get("seeds", "")[:MOST_NAMED].replace("\0", "")
    return {"how": "named", "numbers": given} if given else {}


def _started(
    request: HttpRequest, form: TrialForm, draft: Version, base: Version | None
) -> HttpResponse:
    """Raises TrialError and FewShotError."""
    trial = trial_start(
        draft=draft,
        spec=form.spec,
        seeds=form.seeds(base),
        responses=form.cleaned_data["responses"],
        shows_changes=form.cleaned_data["shows_changes"],
        created_by=current_user(request),
    )
    messages.success(request, "The try has begun, before all runs that wait.")
    return redirect("studio:trial", trial.pk)


@require_safe
@editor_required
def detail(request: HttpRequest, trial_id: int) -> HttpResponse:
    """A try: both sides of every seed, asked again by htmx until it ends."""
    trial = _trial(trial_id)
    outcome, draft_now = outcome_of(trial), _draft_now(trial)
    jobs = [run.job for run in (trial.draft_run, trial.published_run) if run.job.is_running]
    far = how_far(jobs)
    context = {
        "trial": trial,
        "draft_far": far.get(trial.draft_run.job_id),
        "published_far": far.get(trial.published_run.job_id),
        "draft": trial.draft_run.recipe.fewshot,
        "published": trial.published_run.recipe.fewshot,
        "outcome": outcome,
        "draft_now": draft_now,
        "again": _again(draft_now, outcome) if draft_now else "",
    }
    template = "studio/trial.html" + ("#trial" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


def _draft_now(trial: Trial) -> Version | None:
    """The set's draft, to try again with; None when it was published or discarded meanwhile."""
    versions = trial.draft_run.recipe.fewshot.fewshot_set.versions
    return versions.filter(status=Version.Status.DRAFT).first()


def _again(draft: Version, outcome: Outcome) -> str:
    """The form for another try, with the same seeds."""
    seeds = " ".join(str(line.seed.pk) for line in outcome.lines)
    return f"{reverse('studio:try', args=[draft.pk])}?{urlencode({'seeds': seeds})}"


@require_POST
@editor_required
@audited
def send(request: HttpRequest, trial_id: int) -> HttpResponse:
    """Put the chosen pairs (`response`) before the reviewers."""
    trial = _trial(trial_id)
    sent = pairs_send(trial=trial, response_ids=numbers_sent(request, "response", most=MOST_PAIRS))
    if sent:
        messages.success(request, f"{sent} pair{pluralize(sent)} sent to review.")
    else:
        messages.warning(request, "Nothing was sent: choose pairs that are not in review yet.")
    return redirect("studio:trial", trial.pk)


def _trial(trial_id: int) -> Trial:
    return get_object_or_404(trials(), pk=trial_id)
