"""What exports write in trainers' formats comes back as the same pairs."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.generation.import_reading import BadRow, Pair, read_pairs

ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "Ask."}, {"role": "assistant", "content": "SQL"}]},
    {"conversations": [{"from": "human", "value": "Ask."}, {"from": "gpt", "value": "SQL"}]},
    {"instruction": "Ask.", "input": "", "output": "SQL"},
    {"prompt": "Ask.", "completion": "SQL"},
    {"prompt": "Ask.", "completion": "SQL", "label": True},
    {"prompt": "Ask.", "chosen": "SQL", "rejected": "no"},
    {"prompt": [{"role": "user", "content": "Ask."}],
     "completion": [{"role": "assistant", "content": "SQL"}]},
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row))
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_rows_of_trainers_are_pairs(row: dict[str, Any], kind: str) -> None:
    file = io.BytesIO()
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([row, row]), file)
    else:
        file.write(f"{json.dumps(row)}\n{json.dumps(row)}\n".encode())
    pairs = list(read_pairs(file))
    assert [(p.instruction, p.response) for p in pairs if isinstance(p, Pair)] == [
        ("Ask.", "SQL"), ("Ask.", "SQL")
    ]  # fmt: skip


def test_an_input_belongs_to_the_question() -> None:
    row = {"instruction": "Ask.", "input": "CREATE TABLE t (a int);", "output": "SQL"}
    (pair,) = read_pairs(io.BytesIO(json.dumps(row).encode()))
    assert isinstance(pair, Pair) and pair.instruction == "Ask.\n\nCREATE TABLE t (a int);"


def test_longer_conversations_and_broken_parquet_are_told() -> None:
    turn = {"role": "user", "content": "Ask."}
    (bad,) = read_pairs(io.BytesIO(json.dumps({"messages": [turn, turn]}).encode()))
    assert isinstance(bad, BadRow) and bad.reason == "no_instruction"
    (broken,) = read_pairs(io.BytesIO(b"PAR1 and nothing behind it PAR1"))
    assert isinstance(broken, BadRow) and broken.reason == "broken_parquet"
