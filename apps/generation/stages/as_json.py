"""An answer that is JSON though a text was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from apps.generation.plain import plain_text
from apps.generation.stages.talk import without_farewell

_JSON_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n|\n```[ \t]*\Z")


def text_of_json(answer: str, keys: Collection[str]) -> str:
    """The first text below these keys of an answer that is JSON; any other answer as it is."""
    inner = _JSON_FENCE.sub("", answer.strip())
    if not inner.startswith(("{", "[")):
        return answer
    try:
        value, end = json.JSONDecoder().raw_decode(inner)
    except (ValueError, RecursionError):
        return answer
    talk = without_farewell(inner[end:].strip("` \n"))
    # What JSON had escaped may be anything.
    return answer if talk else plain_text(_text_in(value, keys)) or answer


def _text_in(value: object, keys: Collection[str], depth: int = 3) -> str:
    """The first text in JSON, below the keys that it has; "" for none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth:
        return _text_in(value[0], keys, depth - 1)
    if isinstance(value, dict) and depth:
        named = (_text_in(value[key], keys, depth - 1) for key in keys if key in value)
        return next(filter(None, named), "")
    return ""
