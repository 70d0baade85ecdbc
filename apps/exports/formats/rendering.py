"""A pair as a row of each format: the record's line, and the values of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from apps.core.lines import as_line
from apps.exports.rows.pairs import Pair, text_or_null
from apps.exports.rows.values import Asked, Row
from apps.exports.shape import Format, Shape
from apps.sql.dialects import Dialect

Values = dict[str, Any]
Line = Callable[[Pair], bytes]

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def line_maker(shape: Shape) -> Line:
    """What makes a line of JSONL of a pair. The record's is put together of what is JSON."""
    if shape.format is Format.RECORD and not shape.columns:
        return _record_line
    values = values_maker(shape)
    return lambda pair: as_line(_dumps(values(pair)))


def values_maker(shape: Shape) -> Callable[[Pair], Values]:
    """What makes a row of a pair: values by column, in the order of `schemas.schema_of`."""
    make = _MAKERS[shape.format]
    if not shape.columns:
        return lambda pair: make(pair, shape)
    if shape.format in JUDGED:
        return lambda pair: make(pair, shape) | _columns(pair) | {"reason": pair.rejected_for}
    return lambda pair: make(pair, shape) | _columns(pair)


def question(row: Row, shape: Shape) -> str:
    """What a prompt says: the instruction, and dialect and schema where they are asked for."""
    return "\n\n".join([row.instruction, *_context(row, shape)])


def answer(row: Row, shape: Shape) -> str:
    """The response whole, or its SQL alone."""
    return row.sql if shape.sql_only else row.response


def _context(row: Row, shape: Shape) -> list[str]:
    parts = []
    if shape.dialect and row.dialect:
        parts.append(f"Dialect: {_DIALECTS.get(row.dialect, row.dialect)}")
    if shape.schema and row.schema:
        parts.append(f"Schema:\n```sql\n{row.schema}\n```")
    return parts


def _record_line(pair: Pair) -> bytes:
    row = pair.row
    return as_line(
        f'{{"prompt": {pair.prompt.text_json}, "fingerprint": {pair.prompt.fingerprint_json},'
        f' "id": {pair.number}, {_asked_json(row.asked)},'
        f' "response": {encode_basestring(row.response)}}}'
    )


@lru_cache(maxsize=64)
def _asked_json(asked: Asked) -> str:
    """The members that all responses to an instruction share."""
    return (
        f'"seed": {_or(asked.seed, asked.origin_seed_json)},'
        f' "description": {_or(asked.description, asked.origin_description_json)},'
        f' "concepts": {asked.concepts_json or _list(asked.origin_concepts_json)},'
        f' "instruction": {encode_basestring(asked.instruction)}'
    )


def _or(text: str | None, origin_json: str | None) -> str:
    return text_or_null(origin_json) if text is None else encode_basestring(text)


def _list(origin_json: str | None) -> str:
    return "[]" if origin_json in (None, "null") else str(origin_json)


def _record(pair: Pair, _: Shape) -> Values:
    values: Values = json.loads(_record_line(pair))
    return values


def _chat(pair: Pair, shape: Shape) -> Values:
    return {
        "messages": [
            {"role": "user", "content": question(pair.row, shape)},
            {"role": "assistant", "content": answer(pair.row, shape)},
        ]
    }


def _sharegpt(pair: Pair, shape: Shape) -> Values:
    return {
        "conversations": [
            {"from": "human", "value": question(pair.row, shape)},
            {"from": "gpt", "value": answer(pair.row, shape)},
        ]
    }


def _alpaca(pair: Pair, shape: Shape) -> Values:
    return {
        "instruction": pair.row.instruction,
        "input": "\n\n".join(_context(pair.row, shape)),
        "output": answer(pair.row, shape),
    }


def _prompt_completion(pair: Pair, shape: Shape) -> Values:
    return {"prompt": question(pair.row, shape), "completion": answer(pair.row, shape)}


def _preference(pair: Pair, shape: Shape) -> Values:
    assert pair.rejected
    return {
        "prompt": question(pair.row, shape),
        "chosen": answer(pair.row, shape),
        "rejected": answer(pair.rejected, shape),
    }


def _unpaired(pair: Pair, shape: Shape) -> Values:
    return _prompt_completion(pair, shape) | {"label": pair.accepted}


def _columns(pair: Pair) -> Values:
    row = pair.row
    return {
        "id": pair.number,
        "kind": row.asked.kind,
        "dialect": row.dialect,
        "licence": row.asked.licence,
        "portability": pair.said.portability,
    }


_MAKERS: dict[Format, Callable[[Pair, Shape], Values]] = {
    Format.RECORD: _record,
    Format.CHAT: _chat,
    Format.ALPACA: _alpaca,
    Format.PROMPT_COMPLETION: _prompt_completion,
    Format.PREFERENCE: _preference,
    Format.UNPAIRED: _unpaired,
    Format.SHAREGPT: _sharegpt,
}
# They have rejected responses, and so a column that says why.
JUDGED = frozenset((Format.PREFERENCE, Format.UNPAIRED))
_DIALECTS = {
    Dialect.POSTGRES.value: "PostgreSQL",
    Dialect.MYSQL.value: "MySQL",
    Dialect.SQLITE.value: "SQLite",
}
