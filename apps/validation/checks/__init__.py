"""Checks: rules about a text that need no database, each with a reason code and a version."""

from apps.validation.checks.base import (
    BenchmarkIndex,
    Check,
    CheckResult,
    Finding,
    PairText,
)
from apps.validation.checks.benchmark_file import BenchmarkError, read_benchmark
from apps.validation.checks.copies import BENCHMARK_OVERLAP, FEW_SHOT_COPY, SEED_COPY
from apps.validation.checks.language import INSTRUCTION_LANGUAGE, RESPONSE_LANGUAGE
from apps.validation.checks.texts import (
    ASKS_FOR_SQL,
    CONCEPTS,
    CUT_OFF,
    PLACEHOLDERS,
    REFUSAL,
)

CHECKS: tuple[Check, ...] = (
    INSTRUCTION_LANGUAGE,
    RESPONSE_LANGUAGE,
    ASKS_FOR_SQL,
    CONCEPTS,
    REFUSAL,
    CUT_OFF,
    PLACEHOLDERS,
    FEW_SHOT_COPY,
    SEED_COPY,
    BENCHMARK_OVERLAP,
)


def run_checks(pair: PairText) -> list[CheckResult]:
    """Every check's result in the order of `CHECKS`; a check whose text is missing passes."""
    return [check.run(pair) for check in CHECKS]


__all__ = [
    "CHECKS",
    "BenchmarkError",
    "BenchmarkIndex",
    "Check",
    "CheckResult",
    "Finding",
    "PairText",
    "read_benchmark",
    "run_checks",
]
