"""Tables inside one JSON object: `{"input": {"bugs": [{…}]}, "expected": [{…}]}`."""

from __future__ import annotations

import json
from collections.abc import Iterator

MAX_TEXT = 100_000
MAX_DEPTH = 6


def parts_of(text: str) -> Iterator[tuple[str, str]]:
    """The lists of objects in an object of more than one key, each with the keys above it as a
    label, and as JSON; nothing where the text is anything else.
    """
    if len(text) > MAX_TEXT or not text.lstrip().startswith(("{", "[")):
        return
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = data if isinstance(data, list) else [data]
    nested = all(isinstance(item, dict) and any(map(_is_nested, item.values())) for item in items)
    if not (items and nested) or (isinstance(data, dict) and len(data) < 2):
        return
    for number, item in enumerate(items, start=1):
        yield from _parts(item, f"Test {number}: " if len(items) > 1 else "", MAX_DEPTH)


def _is_nested(value: object) -> bool:
    rows = isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
    return rows or (isinstance(value, dict) and any(map(_is_nested, value.values())))


def _parts(data: object, label: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(data, dict) or not depth:
        return
    for name, value in data.items():
        if isinstance(value, list) and value and not isinstance(value[0], str):
            yield f"{label}{name}", json.dumps(value)
        else:
            yield from _parts(value, f"{label}{name} ", depth - 1)
