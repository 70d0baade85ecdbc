"""Rows as trainers have them, as output records: chat, ShareGPT, Alpaca, prompt and completion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

_MAGIC = b"PAR1"
_ROWS = 500
# Who speaks, as data sets write it.
_ASKS, _ANSWERS = frozenset(("user", "human")), frozenset(("assistant", "gpt"))


def as_record(row: dict[str, Any]) -> dict[str, Any]:
    """A row with `instruction` and `response` where its format is known; any other as it is.

    What else the row has stays in it, so that nothing is lost.
    """
    if "response" in row:
        return row
    if "messages" in row or "conversations" in row:
        turns = _turns(row.get("messages"), "role", "content")
        turns = turns or _turns(row.get("conversations"), "from", "value")
        return row | _conversation(turns)
    if "output" in row and "instruction" in row:
        return row | {
            "instruction": _joined(row, "instruction", "input"),
            "response": row["output"],
        }
    if "prompt" in row and ("completion" in row or "chosen" in row):
        answer = row["completion"] if "completion" in row else row["chosen"]
        return row | _asked(row["prompt"], answer)
    return row


def is_parquet(stream: IO[bytes]) -> bool:
    """Whether a file says of itself that it is Parquet; it is at its beginning afterwards."""
    head = stream.read(len(_MAGIC))
    stream.seek(0)
    return head == _MAGIC


def parquet_rows(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file. Raises ValueError (pyarrow's own among them), OSError."""
    import pyarrow.parquet as pq  # 40 MB: only for who reads Parquet

    for batch in pq.ParquetFile(stream).iter_batches(batch_size=_ROWS):
        yield from batch.to_pylist()


def _turns(value: object, who: str, what: str) -> list[tuple[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        return []
    return [(str(turn.get(who)), turn.get(what)) for turn in value]


def _conversation(turns: list[tuple[str, Any]]) -> dict[str, Any]:
    """The first question and its answer; more turns are no pair, and neither is found then."""
    asked = [text for who, text in turns if who in _ASKS]
    answered = [text for who, text in turns if who in _ANSWERS]
    if len(asked) != 1 or len(answered) != 1:
        return {}
    return {"instruction": asked[0], "response": answered[0]}


def _asked(prompt: object, answer: object) -> dict[str, Any]:
    """Both as texts, or both as conversations. The prompt of an output record is the whole of
    what a model was asked; here it is the question.
    """
    both = [*_turns(prompt, "role", "content"), *_turns(answer, "role", "content")]
    if both:
        return _conversation(both) | {"prompt": None}
    return {"instruction": prompt, "response": answer, "prompt": None}


def _joined(row: dict[str, Any], first: str, second: str) -> Any:
    """Alpaca's input belongs to its question."""
    more = row.get(second)
    return f"{row[first]}\n\n{more}" if isinstance(more, str) and more.strip() else row[first]
