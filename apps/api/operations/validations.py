"""A text that is run on the databases, as on the page “Run it yourself”."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from apps.api.access import person
from apps.api.bodies import body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import Number, job_state, operation
from apps.api.schemas import ValidationOut
from apps.core.models import Job
from apps.validation import tries
from apps.validation.forms import TryForm

router = Router(tags=["Validation"])
ValidationBody = body_of(TryForm, "NewValidation")


@operation(router, "POST", "/validations", Scope.RUN, response={201: ValidationOut}, keyed=True)
def start(request: HttpRequest, body: ValidationBody) -> HttpResponse:  # type: ignore[valid-type]
    """Have SQL, or a response with its tests, run by a worker; ask for it until `found` is there.
    It is kept for a day. 409 while three of yours wait.
    """

    def do() -> HttpResponse:
        wanted = cleaned(TryForm, body).wanted()
        job = tries.try_start(wanted=wanted, created_by=person(request))
        address = f"/api/v1/validations/{job.pk}"
        return made(ValidationOut(**_validation(job)), location=address)

    return once(request, do)


@operation(router, "GET", "/validations/{job_id}", Scope.RUN, response=ValidationOut)
def detail(request: HttpRequest, job_id: Number) -> dict[str, Any]:
    """What came of it. 404 for another's."""
    jobs = Job.objects.filter(kind=tries.KIND, created_by=person(request))
    return _validation(get_object_or_404(jobs.select_related("created_by"), pk=job_id))


def _validation(job: Job) -> dict[str, Any]:
    unit = job.units.filter(key="try").first()
    found = unit.result if unit else {}
    return {"id": job.pk, "job": job_state(job), "found": found or None}
