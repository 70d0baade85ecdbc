"""A pair as it is exported: a row with its prompt, its place, and what is said of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring

from apps.exports.rows.prompts import Prompt, Prompts
from apps.exports.rows.values import Asked, Row
from apps.validation.models import OVERALL


@dataclass(frozen=True, slots=True)
class Said:
    """What the databases said of a response. `json`: outcomes by database, in their order."""

    json: str
    overall: str
    portability: str


@dataclass(slots=True)
class Pair:
    """One row of the file. `rejected` is the other response of a preference, `votes` how many
    people who saw both preferred this one, the other, called both bad; `accepted` is False for a
    rejected response in an unpaired file.
    """

    row: Row
    number: int
    split: str
    said: Said
    prompt: Prompt
    rejected: Row | None = None
    rejected_for: str = ""
    accepted: bool = True
    votes: tuple[int, int, int] | None = None

    def content(self) -> bytes:
        """8 bytes that change with the texts of the pair."""
        digest = _begun(self.row.asked).copy()
        digest.update(self.row.response.encode())
        digest.update(self.row.prompt_hash or b"")
        if self.rejected:
            digest.update(b"\0" + self.rejected.response.encode())
        return digest.digest()

    def labelled(self) -> int:
        """63 bits that change with the labels of the pair."""
        return _number(self.row.labels_json)


@lru_cache(maxsize=64)
def _begun(asked: Asked) -> hashlib.blake2b:
    """The hash of what all responses to an instruction share."""
    return hashlib.blake2b(asked.instruction.encode() + b"\0", digest_size=8)


@lru_cache(maxsize=4096)
def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


@lru_cache(maxsize=4096)
def said(verdicts: str) -> Said:
    """What databases said, out of `database:outcome` joined by blanks."""
    outcomes = dict(sorted(one.split(":", 1) for one in verdicts.split()))
    overall = outcomes.get(OVERALL, "none")
    own = {name: outcome for name, outcome in outcomes.items() if name != OVERALL}
    return Said(json.dumps(outcomes), overall, portability(own))


def portability(outcomes: dict[str, str]) -> str:
    """Where a response gives what its test expects, from the outcome on each database.

    portable: on all that ran it, two at least; only_<database>: on that one, and the others do
    not take it; some: on several, and others do not take it; differs: a database takes it and
    gives something else, silently; one_database: it ran on one only; none: it passed nowhere;
    unknown: no database ran it.
    """
    ran = {name: outcome for name, outcome in outcomes.items() if outcome in _RAN}
    passed = [name for name, outcome in ran.items() if outcome == "passed"]
    if not passed:
        return "none" if ran else "unknown"
    if any(outcome == "wrong_result" for outcome in ran.values()):
        return "differs"
    if len(ran) == 1:
        return "one_database"
    if len(passed) == len(ran):
        return "portable"
    return f"only_{passed[0]}" if len(passed) == 1 else "some"


_RAN = frozenset(("passed", "wrong_result", "sql_error"))


def prompt_of(row: Row, prompts: Prompts) -> Prompt:
    """The prompt of a generated pair, rebuilt; of an imported one as its record has it.

    Raises PromptChangedError.
    """
    if row.recipe_id is None:
        asked = row.asked
        return Prompt(
            text_or_null(asked.origin_prompt_json), text_or_null(asked.origin_fingerprint_json)
        )
    return prompts.of(row)


def text_or_null(value_json: str | None) -> str:
    """What an imported record says may be anything; a column of a data set has one type: whatever
    is no text stands in one as its JSON.
    """
    if value_json is None or value_json == "null":
        return "null"
    return value_json if value_json.startswith('"') else encode_basestring(value_json)
