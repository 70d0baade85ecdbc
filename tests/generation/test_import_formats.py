"""What exports write in trainers' formats comes back as the same pairs."""

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

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


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two members": lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]),
    "zstd": zstandard.ZstdCompressor().compress,
    "two frames": lambda data: b"".join(
        zstandard.ZstdCompressor().compress(part) for part in (data[:50], data[50:])
    ),
}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=list(PACKERS))
def test_packed_lines_and_arrays_are_read_as_they_were_written(
    pack: Callable[[bytes], bytes],
) -> None:
    lines = "".join(f"{json.dumps(row)}\r\n" for row in ROWS).encode()
    for text in (b"\xef\xbb\xbf" + lines, b" " * 4000 + json.dumps(ROWS).encode()):
        found = list(read_pairs(io.BytesIO(pack(text))))
        assert [(p.instruction, p.response) for p in found if isinstance(p, Pair)] == [
            ("Ask.", "SQL")
        ] * len(ROWS)
        cut = list(read_pairs(io.BytesIO(pack(text)[:-9])))
        last = cut[-1]
        assert isinstance(last, BadRow) and last.reason == "broken_packing"
        assert "cut off" in last.message


@pytest.mark.parametrize("pack", PACKERS.values(), ids=list(PACKERS))
def test_a_bomb_ends_with_a_reason(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.generation.import_packing.MOST_UNPACKED", 30_000_000)
    found = list(read_pairs(io.BytesIO(pack(b"{" * 40_000_000))))
    assert [one.reason for one in found if isinstance(one, BadRow)][-1] == "broken_packing"
    assert "30,000,000 bytes" in found[-1].message and len(found) <= 2  # type: ignore[union-attr]


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08\0" + b"x" * 99])
def test_what_only_begins_as_if_it_were_packed_is_told(magic: bytes) -> None:
    (bad,) = read_pairs(io.BytesIO(magic + b" no more"))
    assert isinstance(bad, BadRow) and bad.reason == "broken_packing"


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
