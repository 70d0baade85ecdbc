"""Codes that are stored, as people read them."""

from __future__ import annotations

from apps.sql.kinds import KINDS

STAGES = {
    "s_c": "seed → concepts",
    "c_i": "concepts → instruction",
    "i_r": "instruction → response",
    "s_i": "seed → instruction",
}
REASONS = {
    "empty": "wrote nothing",
    "cut_off": "cut off",
    "too_short": "too short",
    "too_long": "too long",
    "too_many": "too many concepts",
    "vacuous": "says nothing",
    "not_concepts": "prose, no concepts",
    "parser_crashed": "our parser failed over it",
    "not_stored": "the answer cannot be stored",
    "no_prompt": "no prompt can be built of it",
    "prompt_too_long": "prompt too long for the model",
    "bad_request": "refused by the server",
    "response_too_large": "answer too large",
    "bad_response": "no completion in the answer",
    "server_error": "the server failed over it",
    "timeout": "not answered in time",
    "unreachable": "server not reached",
    "busy": "server too busy",
}
# Of records that an import could not take.
IMPORT_REASONS = {
    "bad_concepts": "concepts are no list of texts",
    "bad_seed": "the seed is no text",
    "broken_json": "no JSON",
    "broken_packing": "cannot be unpacked",
    "broken_parquet": "no Parquet",
    "hopeless": "broken to its end",
    "no_instruction": "without an instruction",
    "no_record": "no record",
    "no_response": "without a response",
    "not_stored": "cannot be stored",
    "not_utf8": "not UTF-8",
    "text_too_long": "a text is too long",
    "too_long": "a record is too long",
}
TASK_WORDS = [
    ("write", "write a statement"),
    ("fix", "fix a wrong one"),
    ("explain", "explain one"),
    ("optimise", "optimise a slow one"),
    ("translate", "translate between dialects"),
    ("design", "design a schema"),
]
STYLE_WORDS = [
    ("imperative", "imperative"),
    ("question", "question"),
    ("colloquial", "colloquial"),
    ("vague", "vague, with context"),
    ("business", "business need"),
]
KIND_WORDS = [(kind, kind.replace("_", " ")) for kind in KINDS]


def import_reason_words(code: str) -> str:
    """Why a record was not taken; the code as words where this program does not know it."""
    return IMPORT_REASONS.get(code, code.replace("_", " "))


def reason_words(code: str) -> str:
    """Why a completion was rejected; the code as words where this program no longer has it."""
    return REASONS.get(code, code.replace("_", " "))
