"""Pairs in the queue, with verdicts, for the review's tests."""

from __future__ import annotations

from typing import Any

from apps.generation.models import Response
from apps.review.services import enqueue
from apps.validation.models import OVERALL, CheckResult, Verdict
from tests.builders import make_response


def make_verdict(response: Response, outcome: str = "passed", **fields: Any) -> Verdict:
    values = {"database": OVERALL, "version": 1, "message": "It is as expected."}
    return Verdict.objects.create(response=response, outcome=outcome, **{**values, **fields})


def make_failed_check(response: Response, **fields: Any) -> CheckResult:
    values = {
        "part": "instruction",
        "code": "language",
        "reason": "asks_for_python",
        "version": 1,
        "message": "It asks for Python.",
    }
    return CheckResult.objects.create(response=response, passed=False, **{**values, **fields})


def make_queued(outcome: str = "passed", **fields: Any) -> Response:
    """A pair with an overall verdict, in the queue."""
    response = make_response(**fields)
    make_verdict(response, outcome)
    enqueue(response_ids=[response.pk])
    return response
