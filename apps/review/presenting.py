"""A pair as a reviewer sees it: its texts as safe HTML, its verdicts as tables and sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from apps.review import rendering
from apps.review.disagreeing import Disagreement, disagreement_of
from apps.review.kept import parts
from apps.review.understood import UnderstoodView, understood
from apps.validation.models import OUTCOMES, OVERALL
from apps.validation.results.apart import CameOut, came_out
from apps.validation.values import NOTE_WORDS, Note, Outcome

# A sign and a word for a row of the table: never colour alone.
_TAGS = {
    "same": ("=", "same"),
    "missing": ("−", "missing"),
    "unexpected": ("+", "unexpected"),
}
_QUOTE = 120
# So many pairs like one are counted (review_pair_data has the same number).
MOST_ALIKE = 100
_OUTCOMES: dict[str, str] = dict(OUTCOMES)

# What the texts of a pair show of it, and what the verdict; beside the places that checks mean.
_TEXTS = (
    *("instruction", "response", "concepts", "seed", "description", "path", "repository"),
    *("licences", "imported", "model"),
)
_VERDICT = ("verdicts", "agreement", "reading")

# A pair, a verdict, … as the database's review_pair_data puts it together.
Stored = dict[str, Any]


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
    survivor: `operator` and `sql` of an altered query that the test did not notice.

    wrong: the rows of a wrong result, to be held against another database's.
    notes: what the result depends on beside its rows, in words.
    """

    database: str
    outcome: str
    outcome_label: str
    message: str
    diff: DiffTable | None
    wrong: CameOut | None
    strength: float | None
    survivor: Stored | None
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
class AgreementView:
    """How far the responses to the instruction agree (0 to 1)."""

    score: float
    in_largest_group: bool


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Pairs that say the same. first: the one known before; number: how many are like it, `more`
    where there are more still; same_sql: one known before whose SQL has the same skeleton.
    """

    first: int | None
    is_exact: bool
    same_sql: int | None
    number: int

    @property
    def more(self) -> bool:
        return self.number >= MOST_ALIKE


@dataclass(frozen=True, slots=True)
class Hidden:
    """What somebody is not shown of a pair yet. maker: the model and the file that it came from;
    evidence: what databases, rules and judges say.
    """

    maker: bool = False
    evidence: bool = False


NOTHING_HIDDEN = Hidden()


@dataclass(frozen=True, slots=True)
class PairView:
    """All that the page shows of a pair. `seed` and `path` are empty where they are not known.

    texts_of, verdict_of: the same for pairs whose texts, or verdicts, are shown by the same HTML.
    """

    pk: int
    instruction_id: int
    is_sample: bool
    siblings: int
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
    agreement: AgreementView | None
    alike: AlikeView | None
    hidden: Hidden
    texts_of: str
    verdict_of: str

    @property
    def disagreement(self) -> Disagreement:
        """What the databases disagree in: worked out where it is shown."""
        return disagreement_of(self.databases, self.overall)


def present(stored: Stored, hidden: Hidden = NOTHING_HIDDEN) -> PairView:
    """What `queries.pair_data` found, for the page."""
    stored = without_hidden(stored, hidden)
    failed: list[Stored] = stored["checks"]
    verdicts = [_verdict(verdict) for verdict in stored["verdicts"]]
    checks = tuple(_check(check, stored) for check in failed)
    places = [_places(failed, part) for part in ("instruction", "response")]
    reading: Stored = stored["reading"] or {}
    concepts = stored["concepts"]
    return PairView(
        pk=stored["pk"],
        instruction_id=stored["instruction_id"],
        is_sample=stored["is_sample"],
        siblings=stored["siblings"],
        instruction=_markdown(stored["instruction"], places[0]),
        answer=_markdown(stored["response"], places[1]),
        concepts=tuple(map(str, concepts)) if isinstance(concepts, list) else (),
        seed=parts.get(f"sql {stored['seed']}", lambda: rendering.sql(stored["seed"])),
        description=stored["description"],
        origin=_origin(stored),
        overall=next((view for view in verdicts if view.database == OVERALL), None),
        databases=tuple(view for view in verdicts if view.database != OVERALL),
        checks=checks,
        notes=_notes(reading),
        understood=understood(reading.get("data"), reading.get("dialect", "")),
        agreement=AgreementView(**stored["agreement"]) if stored["agreement"] else None,
        alike=_alike(stored.get("alike")),
        hidden=hidden,
        texts_of=_said_of(stored, _TEXTS, (places, hidden.maker)),
        verdict_of=_said_of(stored, _VERDICT, (checks, hidden)),
    )


def _alike(stored: Stored | None) -> AlikeView | None:
    view = AlikeView(**stored) if stored else None
    return view if view and (view.number or view.same_sql) else None


def _said_of(stored: Stored, names: Iterable[str], beside: object) -> str:
    """What two pairs have to share of these to be shown by the same HTML."""
    return f"{beside!r} {json.dumps([stored[name] for name in names])}"


def without_hidden(stored: Stored, hidden: Hidden) -> Stored:
    """A stored pair without what is hidden: places that a rule marks are evidence as well."""
    evidence: Stored = {"verdicts": [], "checks": [], "agreement": None, "reading": None}
    maker: Stored = {"model": None, "imported": None}
    return stored | (evidence if hidden.evidence else {}) | (maker if hidden.maker else {})


def _markdown(text: str, places: list[tuple[int, int]]) -> SafeString:
    return parts.get(f"markdown {places} {text}", lambda: rendering.markdown(text, places))


def _origin(stored: Stored) -> tuple[tuple[str, str], ...]:
    licences = ", ".join(stored["licences"] or ()) or "none stated"
    known = [
        ("File", stored["path"]),
        ("Repository", stored["repository"]),
        ("Licence", licences if stored["path"] else ""),
        ("Imported from", stored["imported"]),
        ("Model", stored["model"]),
    ]
    return tuple((name, value) for name, value in known if value)


def _verdict(stored: Stored) -> VerdictView:
    return VerdictView(
        database=stored["database"],
        outcome=stored["outcome"],
        outcome_label=_OUTCOMES.get(str(stored["outcome"]), ""),
        message=stored["message"],
        diff=_diff(stored["diff"]) if stored["diff"] else None,
        wrong=came_out(stored["diff"]) if _is_wrong(stored) else None,
        strength=stored["strength"],
        survivor=stored["survivor"],
        transpiled=stored["transpiled"],
        notes=tuple(NOTE_WORDS[note] for note in Note if note.value in stored["notes"]),
    )


def _is_wrong(stored: Stored) -> bool:
    return bool(stored["diff"]) and stored["outcome"] == Outcome.WRONG_RESULT


def _diff(stored: Stored) -> DiffTable | None:
    """The stored JSON of a comparison.Diff as a table, None when it has no rows."""
    expected, actual = (tuple(stored.get(f"{k}_columns") or ()) for k in ("expected", "actual"))
    differ = bool(expected and actual) and _folded(expected) != _folded(actual)
    lines = tuple(
        DiffLine(row["tag"], *_TAGS[row["tag"]], tuple(map(cell_words, row["cells"])))
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


def cell_words(value: Any) -> str | None:
    """A value of a table as it is shown; None for NULL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _check(check: Stored, stored: Stored) -> FailedCheck:
    text = stored.get(check["part"]) if check["part"] in ("instruction", "response") else None
    quote = ""
    if text and check["start"] is not None and check["end"] is not None:
        quote = " ".join(text[check["start"] : check["end"]].split())
    return FailedCheck(
        part=check["part"],
        reason=check["reason"].replace("_", " "),
        message=check["message"],
        quote=quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1] + "…",
    )


def _places(failed: Iterable[Stored], part: str) -> list[tuple[int, int]]:
    places = [(check["start"], check["end"]) for check in failed if check["part"] == part]
    return [(a, b) for a, b in places if a is not None and b is not None and a < b]


def _notes(reading: Stored) -> tuple[str, ...]:
    notes = list(reading.get("notes") or ())
    if reading.get("missing_tables"):
        notes.append(f"Uses tables that are not given: {', '.join(reading['missing_tables'])}.")
    if reading.get("placeholders"):
        notes.append(f"Has unbound placeholders: {', '.join(reading['placeholders'])}.")
    return tuple(dict.fromkeys(notes))
