"""What the stream of pairs gives."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One pair as the database gives it, in the order of the columns of `rows.sql.ROWS`.

    Fields whose names end with `_json` are JSON already, None where there is nothing. `origin_…`
    is what the record of an imported pair says of itself. asked: the instruction as the model was
    given it, where a person has corrected it since. properties_json, asked_dialect: what
    the prompt said beside the examples. verdicts: `database:outcome` joined by blanks, in no
    order. lineage_json: an object that lacks only what is found out here.
    """

    response_id: int
    response: str
    instruction: str
    asked: str
    difficulty: str
    recipe_id: int | None
    example_numbers: list[int] | None
    prompt_hash: bytes | None
    properties_json: str | None
    asked_dialect: str
    origin_prompt_json: str | None
    origin_fingerprint_json: str | None
    origin_seed_json: str | None
    origin_description_json: str | None
    origin_concepts_json: str | None
    seed: str | None
    description: str | None
    concepts_json: str | None
    kind: str
    dialect: str
    licence: str
    verdicts: str
    labels_json: str
    lineage_json: str
    schema: str
    sql: str


class PromptChangedError(Exception):
    """The prompt that can be rebuilt is not the one that was sent."""
