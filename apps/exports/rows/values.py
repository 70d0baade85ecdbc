"""What the stream of pairs gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What all responses to an instruction share, in the order of the columns of `rows.sql.ASKED`.
    One object for all that follow each other, so that what is made of it can be kept.

    Fields whose names end with `_json` are JSON already, None where there is nothing. `origin_…`
    is what the record of an imported pair says of itself. dialect: as it was asked for.
    schema: of the seed. way_json: an object that says where the seed came from.
    """

    instruction_id: int
    instruction: str
    difficulty: str
    dialect: str
    origin_prompt_json: str | None
    origin_fingerprint_json: str | None
    origin_seed_json: str | None
    origin_description_json: str | None
    origin_concepts_json: str | None
    seed: str | None
    description: str | None
    concepts_json: str | None
    kind: str
    seed_dialect: str
    licence: str
    schema: str
    repository: str
    way_json: str


class Row(NamedTuple):
    """One pair as the database gives it.

    numbers, properties_json: of the prompt, as the database writes them: `{1,2}`, an object.
    read_dialect, context, sql: what was read in the response. verdicts: `database:outcome` joined
    by blanks, in no order. labels_json, editors_json: a list each.
    """

    asked: Asked
    response_id: int
    response: str
    recipe_id: int | None
    numbers: str | None
    prompt_hash: bytes | None
    properties_json: str | None
    read_dialect: str
    context: str
    sql: str
    verdicts: str
    labels_json: str
    editors_json: str

    @property
    def instruction(self) -> str:
        return self.asked.instruction

    @property
    def dialect(self) -> str:
        """As it was read, else as it was asked for, else the seed's."""
        return self.read_dialect or self.asked.dialect or self.asked.seed_dialect

    @property
    def schema(self) -> str:
        """Tables that the seed needs, and those of the response's test."""
        return "\n".join(filter(None, (self.asked.schema, self.context)))


class PromptChangedError(Exception):
    """The prompt that can be rebuilt is not the one that was sent."""
