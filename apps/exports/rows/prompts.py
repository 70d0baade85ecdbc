"""Prompts put together again: once for every arrangement of examples, then by joining texts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from json.encoder import encode_basestring as _as_json
from typing import Any, NamedTuple

from apps.exports.rows.values import Asked, PromptChangedError, Row
from apps.generation.models import Instruction, Recipe
from apps.generation.prompting import Prompter, prompt_hash
from apps.generation.stages.base import Prompt as Sent
from apps.generation.stages.properties import Properties

MOST_KEPT = 4096
# Stands where the instruction will; no few-shot example has it, for no text in PostgreSQL may.
_PLACE = "\0"


class Prompt(NamedTuple):
    """The whole last prompt, the recipe's fingerprint, and what lineage says of its model, as JSON:
    two texts and two members of an object.
    """

    text_json: str
    fingerprint_json: str
    model_json: str = '"model": null, "revision": null'


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the instruction in all prompts of an arrangement. before_json: a JSON
    text without its end; begun: SHA-256 of what stands before.
    """

    before_json: str
    after: str
    begun: Any


class _Key(NamedTuple):
    """What decides all of a prompt but its instruction. numbers, properties_json: as PostgreSQL
    writes them.
    """

    recipe_id: int
    numbers: str
    properties_json: str
    dialect: str


class Prompts:
    """Recipes and arrangements as they come up in an export; the usual ones are kept."""

    def __init__(self) -> None:
        self._recipes: dict[int, Recipe] = {}
        self._around: dict[_Key, _Around | None] = {}
        self._last: tuple[Asked, _Key, bytes | None] | None = None
        self._prompt_of_last: Prompt | None = None

    def of(self, row: Row) -> Prompt:
        """The prompt that a generated response answered, checked against its stored hash. Responses
        to one instruction follow each other: what was made for the last one is used again.

        Raises PromptChangedError where it cannot be had.
        """
        key = _key(row)
        asked = (row.asked, key, row.prompt_hash)
        if self._prompt_of_last is None or asked != self._last:
            recipe = self._recipe(key.recipe_id)
            self._prompt_of_last = Prompt(
                self._json(row, key),
                f'"{recipe.fingerprint}"',
                f'"model": {_as_json(recipe.model)}, "revision": {_as_json(recipe.revision)}',
            )
            self._last = asked
        return self._prompt_of_last

    def _json(self, row: Row, key: _Key) -> str:
        around = self._of(key)
        if around is not None:
            # As apps.generation.stages.i_r puts it in.
            rest = row.instruction.strip() + around.after
            digest = around.begun.copy()
            digest.update(rest.encode())
            if digest.digest() == row.prompt_hash:
                return around.before_json + _as_json(rest)[1:]
        return _as_json(self._rebuilt(row))

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
        return _Around(_as_json(before)[:-1], after, hashlib.sha256(before.encode()))

    def _rebuilt(self, row: Row) -> str:
        """The long way, for one prompt. Raises PromptChangedError."""
        prompt = self._prompt(_key(row), row.instruction)
        if prompt_hash(prompt) != row.prompt_hash:
            raise PromptChangedError(
                f"The prompt of response {row.response_id} cannot be rebuilt: its template in"
                " prompts/ or the row it was made from has changed since it was sent."
            )
        return prompt.text

    def _prompt(self, key: _Key, instruction: str) -> Sent:
        try:
            prompter = Prompter(
                recipe=self._recipe(key.recipe_id), stage="i_r", numbers=_numbers(key.numbers)
            )
        except KeyError as error:
            raise PromptChangedError(f"The few-shot version has no example {error}.") from error
        properties = Properties.from_json(json.loads(key.properties_json))
        return prompter.prompt(Instruction(text=instruction, dialect=key.dialect), properties)


def _key(row: Row) -> _Key:
    assert row.recipe_id is not None and row.numbers is not None
    return _Key(row.recipe_id, row.numbers, row.properties_json or "{}", row.asked.dialect)


def _numbers(text: str) -> tuple[int, ...]:
    """Out of an array as PostgreSQL writes it."""
    return tuple(int(one) for one in text.strip("{}").split(",") if one)
