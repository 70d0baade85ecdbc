"""How an operation is declared: its method, address, scope and answer, in one line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Annotated, Any, TypeVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BeforeValidator, WithJsonSchema

from apps.accounts.audit import deed, is_audited, notes_deeds
from apps.api.access import AUDITED, Needs
from apps.api.models import Scope
from apps.api.once import HEADER, KEY, MOST_CHARACTERS, REPLAYED
from apps.core.models import Job
from apps.core.params import LARGEST

View = TypeVar("View", bound=Callable[..., Any])
PAGE = 50


def _digits(given: Any) -> Any:
    """Only digits are a number in an address: pydantic takes "1.0", " 1" and "1_0" as well."""
    if isinstance(given, str) and not (given.isascii() and given.isdecimal() and len(given) < 20):
        raise ValueError("This is no whole number.")
    return given


def _word(given: Any) -> Any:
    """Only true and false are said so in an address: pydantic takes "on", "1" and "y" as well."""
    if given not in (True, False, None, "true", "false") or given in ("1", "0"):
        raise ValueError("Say true or false.")
    return given


Digits, Word = BeforeValidator(_digits), BeforeValidator(_word)
_ID = WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LARGEST})
_SWITCH = WithJsonSchema({"type": "boolean"})
Number = Annotated[int, Digits, Path(ge=1, le=LARGEST)]
Before = Annotated[
    int | None, Digits, _ID, Query(None, ge=1, le=LARGEST, description="Only smaller ids.")
]
After = Annotated[int, Digits, Query(0, ge=0, le=LARGEST, description="Only larger ids.")]
Rejected = Annotated[
    bool | None,
    Word,
    _SWITCH,
    Query(None, description="Only what was rejected, or only what was not."),
]
Everyone = Annotated[bool, Word, Query(False, description="Everybody's; for editors.")]
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key within a day gets the same answer, and nothing is done again.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MOST_CHARACTERS,
        "pattern": KEY,
    },
}


def operation(
    router: Router,
    method: str,
    path: str,
    scope: Scope | None,
    *,
    response: Any,
    keyed: bool = False,
    corrects: bool = False,
    extra: dict[str, Any] | None = None,
) -> Callable[[View], View]:
    """Declare a view as an operation. scope: what its token must be for, None: any token does.
    keyed: it takes an idempotency key. corrects: what it changes is noted in the audit log though
    every reviewer's token may ask for it. extra: what the document says beside.
    """
    said: dict[str, Any] = {"x-scope": scope.value if scope else "any", **(extra or {})}
    named = frozenset(one["name"] for one in said.get("parameters", ()))
    if keyed:
        said["parameters"] = [*said.get("parameters", ()), _KEY]

    def declare(view: View) -> View:
        told = " ".join((view.__doc__ or "").split())
        summary = told.partition(". ")[0].rstrip(".")
        noted = method != "GET" and (corrects or scope in AUDITED) and not is_audited(view)
        made: View = router.api_operation(
            [method],
            path,
            auth=Needs(scope, named | frozenset(signature(view).parameters)),
            response=response,
            summary=summary,
            description=told,
            openapi_extra=said,
        )(_audited(view) if noted else view)
        return made

    return declare


def _audited(view: View) -> View:
    """What it does is a deed, but for an answer that is given once more."""

    @wraps(view)
    def within(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with deed(request) as noted:
            answer = view(request, *args, **kwargs)
            noted.status = getattr(answer, "status_code", 200)
            noted.is_done = not (isinstance(answer, HttpResponse) and REPLAYED in answer)
        return answer

    # Ninja would look for the names of the annotations in this module.
    within.__signature__ = signature(view, eval_str=True)  # type: ignore[attr-defined]
    return cast(View, notes_deeds(within))


def page(
    rows: QuerySet[Any, Any], before: int | None, size: int = PAGE
) -> tuple[list[Any], int | None]:
    """A keyset page of rows, the newest first, and the id to go on before."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def job_state(job: Job) -> dict[str, Any]:
    """A job as schemas.JobState; reads who began it."""
    return {
        "status": job.status,
        "message": job.message,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "created_by": job.created_by.username if job.created_by else None,
    }
