"""Seeds: found, read, streamed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from apps.api.bodies import refused
from apps.api.models import Scope
from apps.api.operating import After, Before, Number, operation
from apps.api.operations.filtering import only, query_of
from apps.api.schemas import Page, SeedLine, SeedOut
from apps.api.streams import jsonl, lines_of
from apps.seeds import queries
from apps.seeds.forms import SeedFilterForm, short
from apps.seeds.models import Seed
from apps.seeds.queries import SeedFilter

router = Router(tags=["Seeds"])
_FILTERS = query_of(
    {name: str(field.label or name) for name, field in SeedFilterForm.base_fields.items()}
)


@operation(router, "GET", "/seeds", Scope.READ, response=Page[SeedLine], extra=_FILTERS)
def seeds(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Seeds, the newest first, by the filters of their page."""
    rows, more = queries.seeds_page(_chosen(request), before=before)
    return {"items": [_line(row) for row in rows], "next": more}


@operation(
    router, "GET", "/seeds.jsonl", Scope.READ, response=None, extra=_FILTERS | lines_of("SeedOut")
)
def seeds_jsonl(request: HttpRequest, after: After = 0) -> StreamingHttpResponse:
    """All seeds of a filter, one a line, oldest first."""
    rows = queries.seeds_matching(_chosen(request)).select_related("file__source").defer("search")
    return jsonl(rows, _seed, after=after)


@operation(router, "GET", "/seeds/{seed_id}", Scope.READ, response=SeedOut)
def seed(request: HttpRequest, seed_id: Number) -> dict[str, Any]:
    """One seed."""
    return _seed(get_object_or_404(Seed.objects.select_related("file__source"), pk=seed_id))


def _chosen(request: HttpRequest) -> SeedFilter:
    only(request, SeedFilterForm.base_fields)
    form = SeedFilterForm(request.GET)
    chosen = form.chosen()
    if chosen is None:
        raise refused(form.errors.get_json_data())
    return chosen


def _line(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "dialect": row.dialect,
        "path": row.file.path,
        "repository": row.file.repository,
        "line": row.line,
        "text": row.shown,
    }


def _seed(row: Seed) -> dict[str, Any]:
    of_file = {"source", "path", "repository"}
    own = {name: getattr(row, name) for name in SeedOut.model_fields if name not in of_file}
    source = short(row.file.source.spec)
    return own | {"source": source, "path": row.file.path, "repository": row.file.repository}
