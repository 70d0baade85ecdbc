"""A model's vocabulary is cut, and nothing else of it changes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from worker.engines import trim_gguf

TOKENS = ["<pad>", "<unused0>", "<0x0A>", "SELECT", "ключ", "\u2581FROM", "é", "é1", "x", "WHERE"]
KINDS = [3, 3, 6, 1, 1, 1, 1, 1, 1, 1]
STAY = ["<pad>", "<0x0A>", "SELECT", "\u2581FROM", "x"]
ROW = 16


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def listed(name: str, kind: int, packed: list[bytes]) -> bytes:
    head = text(f"tokenizer.ggml.{name}") + struct.pack("<IIQ", 9, kind, len(packed))
    return head + b"".join(packed)


def model(path: Path) -> Path:
    """Two tensors: the vocabulary, a row of sixteen bytes for each token, and another one."""
    numbers = range(len(TOKENS))
    values = [
        text("general.name") + struct.pack("<I", 8) + text("tiny"),
        listed("tokens", 8, [text(token) for token in TOKENS]),
        listed("scores", 6, [struct.pack("<f", -one) for one in numbers]),
        listed("token_type", 5, [struct.pack("<i", kind) for kind in KINDS]),
        text("tokenizer.ggml.bos_token_id") + struct.pack("<II", 4, TOKENS.index("<0x0A>")),
    ]
    tensors = [
        text("token_embd.weight") + struct.pack("<IQQIQ", 2, ROW // 4, len(TOKENS), 0, 0),
        text("output_norm.weight") + struct.pack("<IQIQ", 1, 3, 0, ROW * len(TOKENS)),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    head += b"".join(values + tensors)
    rows = b"".join(bytes([one] * ROW) for one in numbers)
    path.write_bytes(head + bytes(-len(head) % 32) + rows + b"the norm 3x4".ljust(32, b"\0"))
    return path


def test_only_ascii_special_tokens_and_bytes_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trim_gguf, "ORDINARY_TOKENS", 2)  # WHERE comes third
    target = tmp_path / "small.gguf"
    assert trim_gguf.trim(model(tmp_path / "whole.gguf"), target) == len(STAY)
    with target.open("rb") as file:
        cut = trim_gguf.read_head(file)
        values = {name: value for name, (_, value) in cut.values.items()}
        assert [token.decode() for token in values["tokenizer.ggml.tokens"][1]] == STAY
        assert values["tokenizer.ggml.scores"][1] == [-TOKENS.index(token) for token in STAY]
        assert values["tokenizer.ggml.token_type"][1] == [3, 6, 1, 1, 1]
        assert values["tokenizer.ggml.bos_token_id"] == 1
        assert values["general.name"] == b"tiny"
        vocabulary, norm = cut.tensors
        assert vocabulary.sizes == (ROW // 4, len(STAY)) and norm.sizes == (3,)
        file.seek(cut.data + vocabulary.offset)
        rows = file.read(ROW * len(STAY))
        assert rows == b"".join(bytes([TOKENS.index(token)] * ROW) for token in STAY)
        file.seek(cut.data + norm.offset)
        assert file.read(12) == b"the norm 3x4"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\3\4" + bytes(40))
    with pytest.raises(ValueError, match="no GGUF file of version 3"):
        trim_gguf.trim(other, tmp_path / "small.gguf")
    assert not (tmp_path / "small.gguf").exists()
