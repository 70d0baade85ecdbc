"""Few-shot versions for reading, and drafts for editors."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from apps.api.access import person
from apps.api.bodies import MOST_CHARACTERS, Body, body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import Number, operation
from apps.api.schemas import Done, Page
from apps.api.schemas_fewshot import ExampleOut, FewShotSetOut, VersionOut
from apps.fewshot import queries, services
from apps.fewshot.forms import ExampleForm, PublishForm, SystemsForm
from apps.fewshot.models import Example, FewShotSet, Version

router = Router(tags=["Few-shot"])
PublishBody = body_of(PublishForm, "Publish")
Seen = Annotated[
    str | None, Query(None, max_length=64, description="409 where somebody changed it since.")
]
Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
_PLAIN_TEXT = {
    "responses": {
        200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
}


class ExampleBody(body_of(ExampleForm, "ExampleText", without=("concepts",))):  # type: ignore[misc]  # made of the form
    """An example's sections. `seen` is what its last answer said, where one is changed."""

    concepts: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)]


class SystemsBody(Body):
    """The system texts by mode; what is left out is emptied. `seen` is the version's
    `systems_seen`, where a change by others since is not to be lost.
    """

    s_c: Text = ""
    c_i: Text = ""
    i_r: Text = ""
    s_i: Text = ""
    seen: Annotated[str, Field(max_length=64)] | None = None


@operation(router, "GET", "/fewshot", Scope.READ, response=Page[FewShotSetOut])
def sets(request: HttpRequest) -> dict[str, Any]:
    """All sets with their versions, the newest first."""
    return {"items": [_set(row) for row in queries.sets_with_versions()], "next": None}


@operation(router, "GET", "/fewshot/versions/{version_id}", Scope.READ, response=VersionOut)
def version(request: HttpRequest, version_id: Number) -> dict[str, Any]:
    """A version with its system texts and its examples in order."""
    return _version(_found(version_id))


@operation(
    router, "GET", "/fewshot/versions/{version_id}/file", Scope.READ, response=None,
    extra=_PLAIN_TEXT,
)  # fmt: skip
def version_file(request: HttpRequest, version_id: Number) -> HttpResponse:
    """A version as its text file. 409 for a draft that is no whole file yet."""
    text = queries.file_text(_found(version_id))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@operation(
    router, "POST", "/fewshot/sets/{set_id}/draft", Scope.RUN, response={201: VersionOut},
    keyed=True,
)  # fmt: skip
def draft(request: HttpRequest, set_id: Number) -> HttpResponse:
    """The set's one draft, made of its newest published version where there is none."""
    row = get_object_or_404(FewShotSet, pk=set_id)

    def do() -> HttpResponse:
        opened = services.draft_open(fewshot_set=row, created_by=person(request))
        address = f"/api/v1/fewshot/versions/{opened.pk}"
        return made(VersionOut(**_version(_found(opened.pk))), location=address)

    return once(request, do)


@operation(router, "DELETE", "/fewshot/versions/{version_id}", Scope.RUN, response=Done)
def discard(request: HttpRequest, version_id: Number) -> dict[str, str]:
    """Throw a draft away with all its changes. 409 for a published version."""
    services.draft_discard(version=_found(version_id))
    return {"detail": "The draft is discarded."}


@operation(
    router, "POST", "/fewshot/versions/{version_id}/publish", Scope.RUN,
    response={200: VersionOut}, keyed=True,
)  # fmt: skip
def publish(request: HttpRequest, version_id: Number, body: PublishBody) -> HttpResponse:  # type: ignore[valid-type]
    """Make a draft a version that new runs use and nobody can change, with a note on why. 409
    where somebody changed it since `seen`.
    """
    row = _found(version_id)

    def do() -> HttpResponse:
        said = cleaned(PublishForm, body).cleaned_data
        services.version_publish(version=row, published_by=person(request), **said)
        return made(VersionOut(**_version(_found(row.pk))), status=200)

    return once(request, do)


@operation(router, "PUT", "/fewshot/versions/{version_id}/systems", Scope.RUN, response=VersionOut)
def systems(request: HttpRequest, version_id: Number, body: SystemsBody) -> dict[str, Any]:
    """Replace the system texts of a draft. 409 where somebody changed them since `seen`."""
    row = _found(version_id)
    form = cleaned(SystemsForm, body)
    services.systems_save(version=row, systems=form.systems, seen=form.cleaned_data["seen"])
    return _version(_found(row.pk))


@operation(
    router, "POST", "/fewshot/versions/{version_id}/examples", Scope.RUN,
    response={201: ExampleOut}, keyed=True,
)  # fmt: skip
def example_add(request: HttpRequest, version_id: Number, body: ExampleBody) -> HttpResponse:
    """Add an example at the end of a draft."""
    row = _found(version_id)

    def do() -> HttpResponse:
        added = services.example_add(version=row, content=_form(body).example)
        address = f"/api/v1/fewshot/examples/{added.pk}"
        return made(ExampleOut(**_example(added)), location=address)

    return once(request, do)


@operation(router, "GET", "/fewshot/examples/{example_id}", Scope.READ, response=ExampleOut)
def example(request: HttpRequest, example_id: Number) -> dict[str, Any]:
    """One example."""
    return _example(get_object_or_404(Example, pk=example_id))


@operation(router, "PUT", "/fewshot/examples/{example_id}", Scope.RUN, response=ExampleOut)
def example_save(request: HttpRequest, example_id: Number, body: ExampleBody) -> dict[str, Any]:
    """Give an example of a draft new content. 409 where somebody changed it since `seen`."""
    row = get_object_or_404(Example.objects.select_related("version__fewshot_set"), pk=example_id)
    form = _form(body, number=row.number)
    services.example_save(example=row, content=form.example, seen=form.cleaned_data["seen"])
    return _example(Example.objects.get(pk=row.pk))


@operation(router, "DELETE", "/fewshot/examples/{example_id}", Scope.RUN, response=Done)
def example_remove(request: HttpRequest, example_id: Number, seen: Seen) -> dict[str, str]:
    """Take an example out of a draft. 409 where somebody changed it since `seen`."""
    row = get_object_or_404(Example.objects.select_related("version__fewshot_set"), pk=example_id)
    services.example_remove(example=row, seen=seen)
    return {"detail": "The example is removed from the draft."}


def _form(body: Any, **arguments: Any) -> ExampleForm:
    given = body.model_dump()
    # The form has one line for them; a comma in one would make two.
    flat = given | {"concepts": ", ".join(given["concepts"])}
    return cleaned(ExampleForm, flat, **arguments)


def _found(version_id: int) -> Version:
    return get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)


def _set(row: FewShotSet) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "versions": [
            {
                "id": one.pk,
                "number": one.number,
                "status": one.status,
                "examples": one.example_count,  # type: ignore[attr-defined]  # annotated
                "note": one.note,
                "published_at": one.published_at,
            }
            for one in row.versions.all()
        ],
    }


def _version(row: Version) -> dict[str, Any]:
    return {
        "id": row.pk,
        "set": row.fewshot_set_id,
        "set_name": row.fewshot_set.name,
        "number": row.number,
        "status": row.status,
        "note": row.note,
        "systems": row.systems,
        "examples": [_example(each) for each in row.examples.order_by("number")],
        "seen": queries.version_fingerprint(row),
        "systems_seen": queries.systems_fingerprint(row.systems),
    }


def _example(row: Example) -> dict[str, Any]:
    names = set(ExampleOut.model_fields) - {"seen"}
    seen = queries.fingerprint(queries.example_value(row))
    return {name: getattr(row, name) for name in names} | {"seen": seen}
