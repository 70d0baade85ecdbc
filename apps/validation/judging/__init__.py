"""Judging: what a database's execution says of a response."""

from apps.validation.judging.clock import Run
from apps.validation.judging.driver import validate, validate_reading
from apps.validation.judging.plan import build_job
from apps.validation.judging.verdict import Judgement, judge, not_judged, overall, unrunnable

__all__ = [
    "Judgement",
    "Run",
    "build_job",
    "judge",
    "not_judged",
    "overall",
    "unrunnable",
    "validate",
    "validate_reading",
]
