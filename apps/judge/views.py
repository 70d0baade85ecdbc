"""Pages of judges: what they were asked, how far they are to be believed, one pair's scores."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import admin_required, current_user, editor_required
from apps.accounts.audit import audited
from apps.core import work
from apps.core.params import number_in
from apps.generation.models import Response
from apps.generation.words import reason_words
from apps.judge.forms import JudgingForm
from apps.judge.models import Judge, Judging
from apps.judge.queries import judgements_seen_by, progress_of, standing_of
from apps.judge.rubric import WORDS, pair_hash
from apps.judge.services import NothingToJudgeError, judging_start
from apps.review.hiding import has_decided

PAGE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Judgings, the newest first, by keyset; of one run where the address names it."""
    rows = Judging.objects.select_related("job", "judge", "created_by").order_by("-pk")
    run_id, before = number_in(request, "run"), number_in(request, "before")
    if run_id is not None:
        rows = rows.filter(run=run_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    shown = list(rows[: PAGE + 1])
    more = shown[PAGE - 1].pk if len(shown) > PAGE else None
    context = {"judgings": shown[:PAGE], "more": more, "run_id": run_id}
    return render(request, "judge/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def new(request: HttpRequest) -> HttpResponse:
    """A form for a run and a judge; a POST puts the run's pairs before it."""
    form = JudgingForm(request.POST or None, run_id=number_in(request, "run"))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            judging = judging_start(
                run=data["run"],
                spec=form.spec(),
                sample=data["sample"],
                created_by=current_user(request),
            )
        except NothingToJudgeError as error:
            form.add_error("run", str(error))
        else:
            messages.success(request, "The judge is at work.")
            return redirect("judge:judging", judging.pk)
    return render(request, "judge/new.html", {"form": form})


@require_safe
def detail(request: HttpRequest, judging_id: int) -> HttpResponse:
    """One judging: the judge's share, its calibration, the share that people would have found."""
    judging = _judging(judging_id)
    template = "judge/judging.html" + ("#progress" if request.headers.get("HX-Request") else "")
    context = {"judging": judging, "standing": standing_of(judging)}
    if judging.job.is_running:
        context["progress"] = progress_of(judging)
    return render(request, template, context)


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, judging_id: int) -> HttpResponse:
    """Stop a judging; what was judged is kept."""
    judging = _judging(judging_id)
    if work.stop_job(job=judging.job):
        messages.success(request, "The judge stops. What it has said is kept.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("judge:judging", judging.pk)


@require_POST
@editor_required
@audited
def resume(request: HttpRequest, judging_id: int) -> HttpResponse:
    """Let a stopped or failed judging go on."""
    judging = _judging(judging_id)
    if work.resume_job(job=judging.job):
        messages.success(request, "The judge goes on.")
    else:
        messages.error(request, "It neither stopped nor failed.")
    return redirect("judge:judging", judging.pk)


@require_POST
@admin_required
@audited
def show(request: HttpRequest, judge_id: int) -> HttpResponse:
    """Let reviewers see a judge's scores before they have decided, or no longer."""
    judge = get_object_or_404(Judge, pk=judge_id)
    judge.is_shown = request.POST.get("shown") == "1"
    judge.save(update_fields=["is_shown"])
    told = "may be seen before a decision" if judge.is_shown else "are hidden until a decision"
    messages.success(request, f"Scores of {judge} {told}.")
    return redirect("judge:index")


@require_safe
def pair(request: HttpRequest, response_id: int) -> HttpResponse:
    """What judges said of one pair, as far as this user may know it yet."""
    rows = Response.objects.select_related("instruction")
    response = get_object_or_404(rows, pk=response_id)
    user = current_user(request)
    now = pair_hash(response.instruction.text, response.text)
    context = {
        "response": response,
        "decided": has_decided(user, response),
        "said": [
            {
                "row": row,
                "scores": [(WORDS[name], getattr(row, name)) for name in WORDS],
                "reason": reason_words(row.reason),
                "is_stale": bytes(row.text_hash) != now,
            }
            for row in judgements_seen_by(user, response)
        ],
    }
    template = "judge/pair.html" + ("#said" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


def _judging(judging_id: int) -> Judging:
    rows = Judging.objects.select_related("job", "judge", "run", "created_by")
    return get_object_or_404(rows, pk=judging_id)
