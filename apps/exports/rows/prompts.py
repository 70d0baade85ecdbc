"""Prompts put together again: once for every arrangement of examples, then by joining texts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from apps.exports.rows.values import PromptChangedError, Row
from apps.generation.models import Instruction, Recipe
from apps.generation.prompting import Prompter, prompt_hash
from apps.generation.stages.base import Prompt
from apps.generation.stages.properties import Properties

MOST_KEPT = 4096
# Stands where the instruction will; no few-shot example has it, for no text in PostgreSQL may.
_PLACE = "\0"


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the instruction in all prompts of an arrangement. before_json: a JSON
    text without its end; begun: SHA-256 of what stands before.
    """

    before_json: str
    after: str
    begun: Any


class _Key(NamedTuple):
    """What decides all of a prompt but its instruction. properties_json: as it is stored."""

    recipe_id: int
    numbers: tuple[int, ...]
    properties_json: str
    dialect: str


class Prompts:
    """Recipes and arrangements as they come up in an export; the usual ones are kept."""

    def __init__(self) -> None:
        self._recipes: dict[int, Recipe] = {}
        self._around: dict[_Key, _Around | None] = {}

    def json(self, row: Row) -> str:
        """The prompt that a generated response answered, checked against its stored hash, as a
        JSON text.

        Raises PromptChangedError where it cannot be had.
        """
        around = self._of(_key(row))
        if around is not None:
            # As apps.generation.stages.i_r puts it in.
            rest = row.asked.strip() + around.after
            digest = around.begun.copy()
            digest.update(rest.encode())
            if digest.digest() == row.prompt_hash:
                return around.before_json + encode_basestring(rest)[1:]
        return encode_basestring(self._rebuilt(row))

    def fingerprint(self, recipe_id: int) -> str:
        """The fingerprint of a recipe."""
        return self._recipe(recipe_id).fingerprint

    def _recipe(self, recipe_id: int) -> Recipe:
        if recipe_id not in self._recipes:
            recipes = Recipe.objects.select_related("fewshot__fewshot_set")
            self._recipes[recipe_id] = recipes.get(pk=recipe_id)
        return self._recipes[recipe_id]

    def _of(self, key: _Key) -> _Around | None:
        if key not in self._around:
            if len(self._around) >= MOST_KEPT:
                self._around.clear()
            self._around[key] = self._built(key)
        return self._around[key]

    def _built(self, key: _Key) -> _Around | None:
        """None where a template does more with the instruction than to put it somewhere once."""
        parts = self._prompt(key, _PLACE).text
        if parts.count(_PLACE) != 1:
            return None
        before, after = parts.split(_PLACE)
        return _Around(encode_basestring(before)[:-1], after, hashlib.sha256(before.encode()))

    def _rebuilt(self, row: Row) -> str:
        """The long way, for one prompt. Raises PromptChangedError."""
        prompt = self._prompt(_key(row), row.asked)
        if prompt_hash(prompt) != row.prompt_hash:
            raise PromptChangedError(
                f"The prompt of response {row.response_id} cannot be rebuilt: its template in"
                " prompts/ or the row it was made from has changed since it was sent."
            )
        return prompt.text

    def _prompt(self, key: _Key, instruction: str) -> Prompt:
        try:
            prompter = Prompter(
                recipe=self._recipe(key.recipe_id), stage="i_r", numbers=key.numbers
            )
        except KeyError as error:
            raise PromptChangedError(f"The few-shot version has no example {error}.") from error
        properties = Properties.from_json(json.loads(key.properties_json))
        return prompter.prompt(Instruction(text=instruction, dialect=key.dialect), properties)


def _key(row: Row) -> _Key:
    assert row.recipe_id is not None and row.example_numbers is not None
    return _Key(
        row.recipe_id, tuple(row.example_numbers), row.properties_json or "{}", row.asked_dialect
    )
