"""Errors as problem details (RFC 9457): what went wrong, in JSON, for a program and its author."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse, UnreadablePostError

from apps.core.database import trouble_of
from apps.core.views import RETRY_SECONDS
from apps.exports.choice.benchmarks import BenchmarkError
from apps.exports.services import ExportError
from apps.fewshot.format import FewShotFormatError
from apps.fewshot.services import (
    ChangedMeanwhileError,
    DraftChangedError,
    FewShotError,
    SystemsChangedError,
)
from apps.generation.controls import ControlError
from apps.generation.runs import NoSeedsError
from apps.review.errors import ReviewError
from apps.seeds.queries import TooBroadError
from apps.validation.tries import TooManyTriesError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
# What the services refuse because of how things stand; their messages are for who asked.
_CONFLICTS = (
    ReviewError,
    ControlError,
    NoSeedsError,
    FewShotError,
    FewShotFormatError,
    ExportError,
    BenchmarkError,
    TooManyTriesError,
)


class ProblemError(Exception):
    """A request that cannot be done. errors: what is wrong with which field."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def problem(error: ProblemError) -> HttpResponse:
    """The answer. Its `type` is about:blank: the status says what kind it is."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
    }
    if error.errors:
        body["errors"] = error.errors
    return HttpResponse(
        json.dumps(body), status=error.status, content_type=MEDIA_TYPE, headers=error.headers
    )


def problem_of(error: Exception) -> ProblemError:
    """What an exception is to a program. What nobody expected is logged, and told as 500."""
    if isinstance(error, ProblemError):
        return error
    known = _known(error)
    if known is not None:
        return known
    trouble = trouble_of(error)
    if trouble is not None:
        log.error("%s: %s", trouble.title, error)
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return ProblemError(503, f"{trouble.title}. {trouble.message}", headers=headers)
    log.error("A request of the API failed", exc_info=error)
    return ProblemError(500, "Winnow failed. Its log says why; nothing was saved.")


def _known(error: Exception) -> ProblemError | None:
    if isinstance(error, (ChangedMeanwhileError, DraftChangedError, SystemsChangedError)):
        return ProblemError(409, "Somebody changed this since `seen`: read it again, then send.")
    if isinstance(error, _CONFLICTS):
        return ProblemError(409, str(error))
    if isinstance(error, TooBroadError):
        return ProblemError(422, str(error))
    if isinstance(error, Http404):
        return ProblemError(404, _told(error, "There is no such thing."))
    if isinstance(error, PermissionDenied):
        return ProblemError(403, str(error) or "Your role does not allow this.")
    if isinstance(error, RequestDataTooBig):
        return ProblemError(413, "The body of the request is too large.")
    if isinstance(error, SuspiciousOperation):
        return ProblemError(400, "The request makes no sense.")
    if isinstance(error, UnreadablePostError):
        return ProblemError(400, "The body of the request did not come whole. Nothing was saved.")
    return None


def _told(error: Exception, otherwise: str) -> str:
    """An error's own sentence; Django's own are for developers."""
    told = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    return told if told.startswith(("There ", "This ")) else otherwise
