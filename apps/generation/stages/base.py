"""What every stage shares: modes, prompts, failures, options and the choice of examples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypedDict

from apps.fewshot.values import Example


class Mode(StrEnum):
    """A stage by its short name; `label` is its name in the few-shot file."""

    S_C = "s_c"
    C_I = "c_i"
    I_R = "i_r"
    S_I = "s_i"

    @property
    def label(self) -> str:
        return self.value.replace("_", "->").upper()


class Message(TypedDict):
    """One chat message, as the OpenAI interface wants it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt in both forms.

    text: for a base model; it begins with `prefix` and ends where the model is to go on.
    messages: the same content for a model that follows chat templates. Where a response prefix
        is used the last message is the assistant's and is to be continued, not answered.
    stop: strings at which the server is to stop; they are not part of the completion.
    prefix: system text and examples; prompts that share it should be sent together.
    """

    text: str
    messages: tuple[Message, ...]
    stop: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """Why a completion gave no result: a reason code to count, a sentence to read."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class StageOptions:
    """response_prefix: what the answer begins with, to steer a model that ignores the format."""

    response_prefix: str = ""


NO_OPTIONS = StageOptions()


@dataclass(frozen=True, slots=True)
class About:
    """What is wanted, in the words of a prompt (stages.properties has the codes).

    tables: definitions of tables that the seed uses.
    """

    category: str
    difficulty: str
    dialect: str
    task: str
    style: str
    source: str
    tables: str = ""


def choose_examples(examples: Iterable[Example], *, count: int, key: str) -> tuple[Example, ...]:
    """`count` of the examples, shuffled by `key`: the same key gives the same choice.

    The choice depends on the examples' numbers, not on their order. Rows that share a key share
    the whole prompt prefix: use one key for many rows, or a server's prefix cache is of no use.
    Raises ValueError where there are fewer examples than asked for.
    """
    available = list(examples)
    if not 0 <= count <= len(available):
        raise ValueError(
            f"{count} examples are asked for and the few-shot version has {len(available)}: "
            "lower the recipe's count or publish a version with more examples."
        )
    return tuple(sorted(available, key=lambda example: _rank(key, example.number))[:count])


def _rank(key: str, number: int) -> bytes:
    return hashlib.sha256(f"{key}\0{number}".encode()).digest()
