"""Codes of manifests as people read them on pages. The files themselves keep the codes."""

from __future__ import annotations

from apps.exports.choice.rulings import SURE, WAITING

# Behind a number of pairs.
LEFT_OUT = {
    "stale": "corrected after they were judged",
    "flagged": "flagged by a reviewer",
    "gold": "with a known answer (gold)",
    "promoted": "that became few-shot examples",
    "run": "of other runs",
    "source": "of other sources",
    "origin": "of another origin",
    "kind": "of other kinds of statements",
    "licence": "under other licences",
    "dialect": "in other dialects",
    "difficulty": "of another difficulty",
    "not_accepted": "not accepted",
    "verdict": "with another verdict",
    "strength": "with too weak a test",
    "agreement": "with too little agreement of the responses",
    "pairs_page": "not in the filter of the pairs page",
    "database": "not passed on every database that was asked for",
    "judge": "not called good by the judge",
    "not_the_best": "not the best of their instruction",
    "duplicate": "duplicates of others",
    "over_quota": "beyond a quota",
    SURE: "with a question of a benchmark",
    WAITING: "perhaps with a question of a benchmark: somebody has to decide",
    "prompt_changed": "with a prompt whose template was edited since",
    "not_written": "that an error kept from being written (the log has it)",
    "votes_gainsay": "of two whose votes gainsay labels or verdicts",
    "votes_undecided": "of two that votes do not decide",
}
PORTABILITY = {
    "portable": "on all that ran it",
    "some": "on some",
    "differs": "differs between databases",
    "one_database": "run on one only",
    "none": "passed nowhere",
    "unknown": "run nowhere",
}
_CODES = ("kind", "verdict", "outcome", "portability")


def left_out_words(reason: str) -> str:
    """Why so many pairs are not in an export; the code as words where it is an older one's."""
    return LEFT_OUT.get(reason, f"for {reason.replace('_', ' ')}")


def composition_words(name: str, value: str) -> str:
    """A value of what an export is made of: `name` says of what."""
    if name == "portability" and value in PORTABILITY:
        return PORTABILITY[value]
    return value.replace("_", " ") if name in _CODES else value
