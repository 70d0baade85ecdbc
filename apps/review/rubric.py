"""Why a pair is bad: the reasons that a reviewer may give, by the stage that went wrong.

Codes are stored with labels and never change their meaning; a new reason gets a new code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OTHER = "other"


class Fault(StrEnum):
    """The stage whose result is bad; values are what a reviewer reads."""

    CONCEPTS = "Concepts (S→C)"
    INSTRUCTION = "Instruction (C→I)"
    RESPONSE = "Response (I→R)"
    ANY = "Anything else"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for bad. `key` is the one that a reviewer presses, unique among the reasons."""

    code: str
    label: str
    fault: Fault
    key: str


REASONS = (
    Reason("concepts_irrelevant", "do not fit the seed", Fault.CONCEPTS, "1"),
    Reason("concepts_vacuous", "say nothing: a bare keyword", Fault.CONCEPTS, "2"),
    Reason("instruction_unclear", "unclear, or lacks what is needed", Fault.INSTRUCTION, "3"),
    Reason("instruction_wrong", "wrong or contradicts itself", Fault.INSTRUCTION, "4"),
    Reason("other_language", "asks for another language than SQL", Fault.INSTRUCTION, "5"),
    Reason("translates_program", "asks to translate a program", Fault.INSTRUCTION, "6"),
    Reason("wrong_result", "SQL does not do what is asked", Fault.RESPONSE, "7"),
    Reason("not_sql", "not SQL, or another language beside it", Fault.RESPONSE, "8"),
    Reason("text_in_sql", "text that is no SQL in the SQL block", Fault.RESPONSE, "9"),
    Reason("test_wrong", "expected output is wrong", Fault.RESPONSE, "0"),
    Reason("test_missing", "no test, or one that proves nothing", Fault.RESPONSE, "t"),
    Reason("no_explanation", "explanation is missing or wrong", Fault.RESPONSE, "e"),
    Reason("cut_off", "cut off, or repeats itself", Fault.RESPONSE, "c"),
    Reason(OTHER, "something else: say it in the note", Fault.ANY, "o"),
)
BY_CODE = {reason.code: reason for reason in REASONS}


def by_fault() -> list[tuple[Fault, list[Reason]]]:
    """The reasons grouped by stage, in the order of the way."""
    return [(fault, [r for r in REASONS if r.fault is fault]) for fault in Fault]


def problem_of(*, good: bool, reasons: tuple[str, ...], note: str) -> str:
    """What is wrong with the reasons of a label, as a sentence; "" when nothing is."""
    unknown = [code for code in reasons if code not in BY_CODE]
    if unknown:
        return f"The rubric has no reason {unknown[0]!r}. Reload the page."
    if good and reasons:
        return "A good label has no reasons. Take the reasons back, or label the pair bad."
    if not good and not reasons:
        return "Choose at least one reason why the pair is bad."
    if OTHER in reasons and not note.strip():
        return "Say in the note what “something else” is."
    return ""
