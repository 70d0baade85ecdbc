"""The API put together, and its OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation

from apps.api.bodies import JsonParser
from apps.api.operations import (
    account,
    batches,
    correcting,
    exports,
    fewshot,
    imports,
    pairs,
    queues,
    runs,
    seeds,
    validations,
)
from apps.api.problems import MEDIA_TYPE, ProblemError, problem, problem_of
from apps.api.schemas import Problem

ROOT = "/api/v1/"
_ROUTERS = (
    *(account, seeds, runs, pairs, correcting, queues, batches),
    *(fewshot, imports, exports, validations),
)
_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "No token came, or one that lets nobody in.",
    "403": "The token's scope or its owner's role does not allow this.",
    "404": "There is no such thing, or it is other people's.",
    "409": "Things stand so that it cannot be done; `detail` says why.",
    "413": "The body is too large.",
    "422": "A value makes no sense; `errors` says which.",
    "429": "The token made its requests of this minute; Retry-After says how long to wait.",
    "500": "Winnow failed.",
    "503": "The database is away; Retry-After says when to try again.",
}


class Api(NinjaAPI):
    """Ninja's, with names of operations that clients can be made of."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        module = operation.view_func.__module__.rpartition(".")[2]
        return f"{module}_{operation.view_func.__name__}"


def _made() -> Api:
    api = Api(
        title="Winnow",
        version="1",
        description="What Winnow's pages do, for programs.",
        openapi_url=None,
        docs_url=None,
        parser=JsonParser(),
        urls_namespace="api-1",
    )
    api.add_exception_handler(Exception, _refuse)
    api.add_exception_handler(Http404, _refuse)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _told)
    api.add_exception_handler(AuthenticationError, _told)
    for module in _ROUTERS:
        api.add_router("", module.router)
    return api


def _refuse(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    assert isinstance(error, Exception)
    return problem(problem_of(error))


def _told(_request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    if error.status_code == 401:
        told = "This needs a token that works: “Authorization: Bearer wnw_…”."
        return problem(ProblemError(401, told, headers={"WWW-Authenticate": "Bearer"}))
    return problem(ProblemError(error.status_code, str(error)))


def _invalid(_request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    errors = [
        {"field": ".".join(map(str, one["loc"][1:])), "message": str(one["msg"])}
        for one in error.errors
    ]
    return problem(ProblemError(422, "A value makes no sense.", errors=errors))


api = _made()
urlpatterns: list[URLPattern] = [path(ROOT.lstrip("/"), api.urls)]  # type: ignore[list-item]


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1, with the problems that every operation may answer."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=ROOT))
    schemas = found["components"]["schemas"]
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= own.pop("$defs", {}) | {"Problem": own}
    said = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for operations in found["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            for status, words in _REFUSALS.items():
                answers[status] = {"description": words, "content": {MEDIA_TYPE: said}}
    return found
