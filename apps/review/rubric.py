"""Why a pair is bad: the reasons that a reviewer may give, by the stage that went wrong.

They are rows that admins edit; those here are what a new installation begins with. Codes are
stored with labels and never change their meaning; a new reason gets a new code. Among them are
the four classes of errors that are told apart when SQL is annotated: SQL against the question,
SQL against the data, lacking knowledge of the domain, an ambiguous question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.review.models import Reason

OTHER = "other"
_STAGE = Reason.Stage


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason as a form shows it."""

    code: str
    key: str
    label: str
    stage: str


# Reasons by what their stage is called.
Faults = list[tuple[str, list[Fault]]]

FIRST_REASONS = (
    ("concepts_irrelevant", "do not fit the seed", _STAGE.CONCEPTS, "1"),
    ("concepts_vacuous", "say nothing: a bare keyword", _STAGE.CONCEPTS, "2"),
    ("instruction_unclear", "unclear, or lacks what is needed", _STAGE.INSTRUCTION, "3"),
    ("ambiguous_question", "ambiguous: may be read in several ways", _STAGE.INSTRUCTION, "a"),
    ("instruction_wrong", "wrong or contradicts itself", _STAGE.INSTRUCTION, "4"),
    ("other_language", "asks for another language than SQL", _STAGE.INSTRUCTION, "5"),
    ("translates_program", "asks to translate a program", _STAGE.INSTRUCTION, "6"),
    ("wrong_result", "SQL does not do what is asked", _STAGE.RESPONSE, "7"),
    ("sql_data", "SQL does not fit the data: types, NULLs, format", _STAGE.RESPONSE, "d"),
    ("domain_knowledge", "wrong about the domain: a formula, a unit", _STAGE.RESPONSE, "k"),
    ("not_sql", "not SQL, or another language beside it", _STAGE.RESPONSE, "8"),
    ("text_in_sql", "text that is no SQL in the SQL block", _STAGE.RESPONSE, "9"),
    ("test_wrong", "expected output is wrong", _STAGE.RESPONSE, "0"),
    ("test_missing", "no test, or one that proves nothing", _STAGE.RESPONSE, "t"),
    ("no_explanation", "explanation is missing or wrong", _STAGE.RESPONSE, "e"),
    ("cut_off", "cut off, or repeats itself", _STAGE.RESPONSE, "c"),
    (OTHER, "something else: say it in the note", _STAGE.ANY, "o"),
)
_STAGES = [(stage.value, str(stage.label)) for stage in Reason.Stage]
# What these keys do while the reasons are open.
KEYS_IN_USE = frozenset("n?")


def reasons_begin() -> None:
    """Store the reasons that a new installation begins with; those that are there stay."""
    if Reason.objects.exists():
        return
    Reason.objects.bulk_create(
        Reason(code=code, label=label, stage=stage, key=key, place=place)
        for place, (code, label, stage, key) in enumerate(FIRST_REASONS)
    )


def reasons_in_use() -> list[Fault]:
    """The reasons that may be given, by stage and place."""
    order = {stage: number for number, (stage, _) in enumerate(_STAGES)}
    used = Reason.objects.filter(is_used=True).order_by("place", "pk")
    rows = used.values_list("code", "key", "label", "stage")
    return sorted((Fault(*row) for row in rows), key=lambda reason: order[reason.stage])


def by_stage(reasons: Sequence[Fault], recent: Sequence[str] = ()) -> Faults:
    """The reasons grouped by stage, in the order of the way, without empty groups; those used
    last come first, in a group of their own.
    """
    last = [reason for code in recent for reason in reasons if reason.code == code]
    groups = [("Used last", last)]
    for stage, label in _STAGES:
        others = [r for r in reasons if r.stage == stage and r.code not in recent]
        groups.append((label, others))
    return [(label, found) for label, found in groups if found]


def words_of_reasons() -> dict[str, str]:
    """Reasons in words by code, with the stage at fault: "Instruction: unclear, or …"."""
    return {
        reason.code: f"{reason.get_stage_display().split(' (')[0]}: {reason.label}"
        for reason in Reason.objects.all()
    }


def problem_of(*, good: bool, reasons: tuple[str, ...], note: str) -> str:
    """What is wrong with the reasons of a label, as a sentence; "" when nothing is."""
    if good and reasons:
        return "A good label has no reasons. Take the reasons back, or label the pair bad."
    if not good and not reasons:
        return "Choose at least one reason why the pair is bad."
    if OTHER in reasons and not note.strip():
        return "Say in the note what “something else” is."
    return ""


def unknown_reason(reasons: Iterable[str]) -> str:
    """What is said when a label has a reason that there is not; "" when there are all."""
    known = frozenset(Reason.objects.values_list("code", flat=True))
    code = next((code for code in reasons if code not in known), "")
    return f"The rubric has no reason {code!r}. Reload the page." if code else ""
