"""A pair as a reviewer sees it: its texts as safe HTML, its verdicts as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from apps.generation.models import Response
from apps.review import rendering
from apps.review.understood import UnderstoodView, understood
from apps.validation.models import OVERALL, Agreement, CheckResult, StoredReading, Verdict

# A sign and a word for a row of the table: never colour alone.
_TAGS = {
    "same": ("=", "same"),
    "missing": ("−", "missing"),
    "unexpected": ("+", "unexpected"),
}
_QUOTE = 120


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One row, actual against expected; a cell is None where the database says NULL."""

    tag: str
    sign: str
    word: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class DiffTable:
    """The rows of a diff. expected, actual: column names where the two differ, else empty."""

    columns: tuple[str, ...]
    lines: tuple[DiffLine, ...]
    expected: tuple[str, ...]
    actual: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What one database, or all together, said. strength: 0 to 1, None when not measured.

    notes: what the result depends on beside its rows, in words.
    """

    database: str
    outcome: str
    outcome_label: str
    message: str
    diff: DiffTable | None
    strength: float | None
    transpiled: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A rule that the pair broke. quote: the place meant, shortened; "" where none is known."""

    part: str
    reason: str
    message: str
    quote: str


@dataclass(frozen=True, slots=True)
class PairView:
    """All that the page shows of a pair. `seed` and `path` are empty where they are not known."""

    response: Response
    instruction: SafeString
    answer: SafeString
    concepts: tuple[str, ...]
    seed: SafeString
    description: str
    origin: tuple[tuple[str, str], ...]
    overall: VerdictView | None
    databases: tuple[VerdictView, ...]
    checks: tuple[FailedCheck, ...]
    notes: tuple[str, ...]
    understood: UnderstoodView | None
    agreement: Agreement | None

    @property
    def pk(self) -> int:
        return self.response.pk


def present(response: Response) -> PairView:
    """A response of `queries.pairs()` for the page."""
    instruction = response.instruction
    record = instruction.record or {}
    seed = instruction.seed
    failed = [check for check in response.checks.all() if not check.passed]
    verdicts = sorted(map(_verdict, response.verdicts.all()), key=lambda view: view.database)
    seed_text = seed.text if seed else str(record.get("seed") or "")
    written = instruction.concepts.items if instruction.concepts else record.get("concepts")
    return PairView(
        response=response,
        instruction=rendering.markdown(instruction.text, _places(failed, "instruction")),
        answer=rendering.markdown(response.text, _places(failed, "response")),
        concepts=tuple(map(str, written or ())),
        seed=rendering.sql(seed_text),
        description=seed.description if seed else str(record.get("description") or ""),
        origin=_origin(response),
        overall=next((view for view in verdicts if view.database == OVERALL), None),
        databases=tuple(view for view in verdicts if view.database != OVERALL),
        checks=tuple(_check(check, response) for check in failed),
        notes=_notes(getattr(response, "reading", None)),
        understood=understood(getattr(response, "reading", None)),
        agreement=getattr(response, "agreement", None),
    )


def _origin(response: Response) -> tuple[tuple[str, str], ...]:
    instruction, completion = response.instruction, response.completion
    file = instruction.seed.file if instruction.seed else None
    known = [
        ("File", file.path if file else ""),
        ("Repository", file.repository if file else ""),
        ("Licence", ", ".join(file.licences) or "none stated" if file else ""),
        ("Imported from", instruction.imported.file_name if instruction.imported else ""),
        ("Model", completion.recipe.model if completion else ""),
    ]
    return tuple((name, value) for name, value in known if value)


def _verdict(verdict: Verdict) -> VerdictView:
    return VerdictView(
        database=verdict.database,
        outcome=verdict.outcome,
        outcome_label=verdict.get_outcome_display(),
        message=verdict.message,
        diff=_diff(verdict.diff) if verdict.diff else None,
        strength=verdict.strength,
        transpiled=verdict.transpiled,
        notes=tuple(verdict.notes_words),
    )


def _diff(stored: dict[str, Any]) -> DiffTable | None:
    """The stored JSON of a comparison.Diff as a table, None when it has no rows."""
    expected, actual = (tuple(stored.get(f"{k}_columns") or ()) for k in ("expected", "actual"))
    differ = bool(expected and actual) and _folded(expected) != _folded(actual)
    lines = tuple(
        DiffLine(row["tag"], *_TAGS[row["tag"]], tuple(map(_cell, row["cells"])))
        for row in stored["rows"]
    )
    if not lines and not differ:
        return None
    return DiffTable(
        columns=tuple(stored["columns"]),
        lines=lines,
        expected=expected if differ else (),
        actual=actual if differ else (),
        cut=bool(stored.get("cut")),
    )


def _folded(names: Iterable[str]) -> list[str]:
    return sorted(name.lower() for name in names)


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _check(check: CheckResult, response: Response) -> FailedCheck:
    texts = {"instruction": response.instruction.text, "response": response.text}
    quote = ""
    if check.start is not None and check.end is not None and check.part in texts:
        quote = " ".join(texts[check.part][check.start : check.end].split())
    return FailedCheck(
        part=check.part,
        reason=check.reason.replace("_", " "),
        message=check.message,
        quote=quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1] + "…",
    )


def _places(failed: Iterable[CheckResult], part: str) -> list[tuple[int, int]]:
    places = [
        (check.start, check.end)
        for check in failed
        if check.part == part and check.start is not None and check.end is not None
    ]
    return [(start, end) for start, end in places if start < end]


def _notes(reading: StoredReading | None) -> tuple[str, ...]:
    if reading is None:
        return ()
    notes = list(reading.notes)
    if reading.missing_tables:
        notes.append(f"Uses tables that are not given: {', '.join(reading.missing_tables)}.")
    if reading.placeholders:
        notes.append(f"Has unbound placeholders: {', '.join(reading.placeholders)}.")
    return tuple(dict.fromkeys(notes))
