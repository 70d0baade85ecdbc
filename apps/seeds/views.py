"""Pages of seeds, their sources and gatherings."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.accounts.bodies import takes_files
from apps.core import work
from apps.core.models import Figure
from apps.core.params import number_in
from apps.seeds import queries
from apps.seeds.forms import GatherForm, SeedFilterForm, short, words
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.gathering.summary import summary
from apps.seeds.models import Gathering, Seed
from apps.seeds.readers.base import SourceError
from apps.seeds.uploads import UploadError

GATHERINGS = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The seed browser: filters, search, the newest first."""
    form = SeedFilterForm(request.GET)
    context: dict[str, object] = {
        "form": form,
        "total": Figure.objects.filter(name="seeds").first(),
        "filtered": form.has_changed(),
    }
    chosen = form.chosen()
    try:
        if chosen:
            rows, after = queries.seeds_page(chosen, before=number_in(request, "before"))
            context |= {"seeds": rows, "next": _page(request, after)}
    except queries.TooBroadError as error:
        context["too_broad"] = str(error)
    template = "seeds/index.html#seeds" if request.htmx else "seeds/index.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
def seed(request: HttpRequest, seed_id: int) -> HttpResponse:
    """One seed: its SQL, its place, and (asked for by htmx) what was made of it."""
    row = get_object_or_404(Seed.objects.select_related("file__source"), pk=seed_id)
    return render(request, "seeds/seed.html", {"seed": row, "source": short(row.file.source.spec)})


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Gatherings with their sources, the newest first."""
    gatherings = Gathering.objects.select_related("source", "job__created_by").order_by("-pk")
    before = number_in(request, "before")
    if before is not None:
        gatherings = gatherings.filter(pk__lt=before)
    rows = list(gatherings[: GATHERINGS + 1])
    lines = [
        (line, short(line.gathering.source.spec))
        for line in queries.gathering_lines(rows[:GATHERINGS])
    ]
    more = rows[GATHERINGS - 1].pk if len(rows) > GATHERINGS else None
    return render(request, "seeds/sources.html", {"lines": lines, "more": more})


@takes_files(lambda: settings.WINNOW_UPLOAD_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def gather(request: HttpRequest) -> HttpResponse:
    """A form for a source; a POST starts gathering it."""
    form = GatherForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        # The readers and parsers: only for who gathers.
        from apps.seeds.gathering.jobs import gathering_start

        try:
            spec = form.spec()
            with deed(request):
                gathering = gathering_start(
                    spec=spec,
                    settings=form.settings(),
                    limit=form.cleaned_data["limit"],
                    created_by=current_user(request),
                )
        except (SourceError, UploadError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Gathering {gathering.pk} has begun.")
            return redirect("seeds:gathering", gathering.pk)
    return render(request, "seeds/gather.html", {"form": form})


@require_safe
def gathering(request: HttpRequest, gathering_id: int) -> HttpResponse:
    """One gathering with its funnel; htmx asks for the progress until it ends."""
    row = _gathering(gathering_id)
    told = summary(row)
    context = {
        "gathering": row,
        "source": short(row.source.spec),
        "told": told,
        "kept": [(words(kind), number) for kind, number in told.kept],
        "rejected": [(code, words(code), number) for code, number in told.rejected],
        "no_statements": [(code, words(code), number) for code, number in told.no_statements],
        "unread": [(code, words(code), number) for code, number in told.files_unread],
        "settings": _settings(row),
    }
    htmx = bool(request.htmx)  # type: ignore[attr-defined]
    template = "seeds/gathering.html#progress" if htmx else "seeds/gathering.html"
    return render(request, template, context)


@require_safe
def rejected(request: HttpRequest, gathering_id: int, reason: str) -> HttpResponse:
    """Samples of what a gathering rejected for one reason."""
    row = _gathering(gathering_id)
    samples = row.rejected.filter(reason=reason).order_by("pk")[:100]
    number = sum(row.counts.filter(code=reason).values_list("number", flat=True))
    context = {"gathering": row, "reason": words(reason), "samples": samples, "number": number}
    return render(request, "seeds/rejected.html", context)


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, gathering_id: int) -> HttpResponse:
    """Stop a gathering; what is done is kept."""
    row = _gathering(gathering_id)
    if work.stop_job(job=row.job):
        messages.success(request, f"Gathering {row.pk} stops. What is done is kept.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("seeds:gathering", row.pk)


@require_POST
@editor_required
@audited
def resume(request: HttpRequest, gathering_id: int) -> HttpResponse:
    """Let a stopped or failed gathering go on."""
    from apps.seeds.gathering.jobs import gathering_resume  # as in `gather`

    row = _gathering(gathering_id)
    if gathering_resume(gathering=row):
        messages.success(request, f"Gathering {row.pk} goes on.")
    else:
        messages.error(request, "It neither stopped nor failed.")
    return redirect("seeds:gathering", row.pk)


def _gathering(gathering_id: int) -> Gathering:
    rows = Gathering.objects.select_related("source", "job__created_by")
    return get_object_or_404(rows, pk=gathering_id)


def _settings(gathering: Gathering) -> list[tuple[str, object]]:
    """The settings that are not the usual ones."""
    usual = GatherSettings().to_json()
    own = GatherSettings.from_json(gathering.settings).to_json()
    return [(words(name), value) for name, value in own.items() if value != usual[name]]


def _page(request: HttpRequest, before: int | None) -> str:
    """The address of the next page with the filters of this one, "" at the end."""
    if before is None:
        return ""
    query = request.GET.copy()
    query["before"] = str(before)
    return f"?{query.urlencode()}"
