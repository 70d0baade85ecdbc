"""The columns of Parquet files, one stable schema a format."""

from __future__ import annotations

import pyarrow as pa

from apps.exports.formats.rendering import JUDGED
from apps.exports.shape import Format, Shape

_TEXT = pa.string()


def schema_of(shape: Shape) -> pa.Schema:
    """The columns of a Parquet file; the same for every export of that shape."""
    fields = _SCHEMAS[shape.format]
    if shape.columns:
        fields = fields | _COLUMNS
    if shape.columns and shape.format in JUDGED:
        fields = fields | {"reason": _TEXT}
    return pa.schema(list(fields.items()))


def _turns(*names: str) -> pa.DataType:
    return pa.list_(pa.struct([(name, _TEXT) for name in names]))


_SCHEMAS: dict[Format, dict[str, pa.DataType]] = {
    Format.RECORD: {
        "prompt": _TEXT, "fingerprint": _TEXT, "id": pa.int64(), "seed": _TEXT,
        "description": _TEXT, "concepts": pa.list_(_TEXT), "instruction": _TEXT, "response": _TEXT,
    },
    Format.CHAT: {"messages": _turns("role", "content")},
    Format.ALPACA: {"instruction": _TEXT, "input": _TEXT, "output": _TEXT},
    Format.PROMPT_COMPLETION: {"prompt": _TEXT, "completion": _TEXT},
    Format.PREFERENCE: {"prompt": _TEXT, "chosen": _TEXT, "rejected": _TEXT},
    Format.UNPAIRED: {"prompt": _TEXT, "completion": _TEXT, "label": pa.bool_()},
    Format.SHAREGPT: {"conversations": _turns("from", "value")},
}  # fmt: skip
_COLUMNS = {
    "id": pa.int64(), "kind": _TEXT, "dialect": _TEXT, "licence": _TEXT, "portability": _TEXT,
}  # fmt: skip
