"""Cut the vocabulary of a small GGUF model to the one that SQL and English need.

Run as a program: `trim_gguf.py SOURCE TARGET`. Standard library only.

Of Gemma 3 270M's parameters two thirds are the vocabulary of 140 languages, which the last layer
multiplies by for every token that is written. A tokenizer of the kind "llama" joins pieces by rank:
what is joined of ASCII was joined of ASCII of a better rank, so that the first of these make a
vocabulary that is whole; what lacks a token is written in bytes, as ever.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

ORDINARY_TOKENS: Final = 32_768
"""How many tokens are kept beside the special ones, the bytes and single characters."""

_MAGIC: Final = b"GGUF"
_VERSION: Final = 3
_SCALARS: Final = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9
_ALIGNMENT: Final = 32  # where `general.alignment` says nothing
_SPACE: Final = "\N{LOWER ONE EIGHTH BLOCK}".encode()
_NORMAL: Final = 1
_UNUSED: Final = b"<unused"
_TOKENS, _SCORES, _TYPES = (f"tokenizer.ggml.{name}" for name in ("tokens", "scores", "token_type"))
_VOCABULARY: Final = "token_embd.weight"


@dataclass(frozen=True)
class Tensor:
    """One tensor's place: sizes (the innermost first), kind of numbers, bytes from the start of
    the data."""

    name: str
    sizes: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True)
class Model:
    """A file's head. values: by name, each with its type; an array's is (type of elements, list).
    data: where the tensors' data begins."""

    values: dict[str, tuple[int, Any]]
    tensors: list[Tensor]
    data: int


def trim(source: Path, target: Path) -> int:
    """Write the model with fewer tokens; return how many it has.

    Raises ValueError for a file of another kind.
    """
    with source.open("rb") as file:
        model = read_head(file)
        kept = kept_tokens(model)
        with target.open("wb") as out:
            _write(file, model, kept, out, size=source.stat().st_size)
    return len(kept)


def kept_tokens(model: Model) -> list[int]:
    """Numbers of the tokens that stay, in their order."""
    tokens, types = model.values[_TOKENS][1][1], model.values[_TYPES][1][1]
    kept, ordinary = [], 0
    for number, (token, kind) in enumerate(zip(tokens, types, strict=True)):
        if kind != _NORMAL:
            stays = not token.startswith(_UNUSED)
        else:
            text = token.replace(_SPACE, b" ")
            stays = text.isascii() and (len(text) == 1 or ordinary < ORDINARY_TOKENS)
            ordinary += stays and len(text) > 1
        if stays:
            kept.append(number)
    return kept


# -- reading


def read_head(file: BinaryIO) -> Model:
    """Everything before the data. Raises ValueError."""
    if file.read(4) != _MAGIC or _number(file, "I") != _VERSION:
        raise ValueError(f"This is no GGUF file of version {_VERSION}.")
    tensors, pairs = _number(file, "Q"), _number(file, "Q")
    values = {}
    for _ in range(pairs):
        name, kind = _text(file).decode(), _number(file, "I")
        values[name] = (kind, _value(file, kind))
    found = [_tensor(file) for _ in range(tensors)]
    alignment = values.get("general.alignment", (4, _ALIGNMENT))[1]
    return Model(values, found, file.tell() + -file.tell() % alignment)


def _number(file: BinaryIO, letter: str) -> Any:
    form = struct.Struct(f"<{letter}")
    return form.unpack(file.read(form.size))[0]


def _text(file: BinaryIO) -> bytes:
    return file.read(_number(file, "Q"))


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        inner, length = _number(file, "I"), _number(file, "Q")
        return inner, [_value(file, inner) for _ in range(length)]
    return _number(file, _SCALARS[kind])


def _tensor(file: BinaryIO) -> Tensor:
    name = _text(file).decode()
    sizes = tuple(_number(file, "Q") for _ in range(_number(file, "I")))
    return Tensor(name, sizes, _number(file, "I"), _number(file, "Q"))


# -- writing


def _write(file: BinaryIO, model: Model, kept: list[int], out: BinaryIO, *, size: int) -> None:
    spans = _spans(model, size)
    parts = dict(_parts(model, kept, spans))
    tensors, offset = [], 0
    for tensor in model.tensors:
        sizes = tensor.sizes
        if tensor.name == _VOCABULARY:
            sizes = (*sizes[:-1], len(kept))
        tensors.append(replace(tensor, sizes=sizes, offset=offset))
        length = sum(end - start for start, end in parts[tensor.name])
        offset += length + -length % _ALIGNMENT
    out.write(_MAGIC + struct.pack("<IQQ", _VERSION, len(tensors), len(model.values)))
    for name, (kind, value) in _values(model, kept):
        out.write(_packed_text(name.encode()) + struct.pack("<I", kind) + _packed(kind, value))
    for tensor in tensors:
        out.write(_packed_tensor(tensor))
    for tensor in tensors:
        out.write(bytes(-out.tell() % _ALIGNMENT))
        for start, end in parts[tensor.name]:
            file.seek(start)
            out.write(file.read(end - start))
    out.write(bytes(-out.tell() % _ALIGNMENT))


def _spans(model: Model, size: int) -> dict[str, tuple[int, int]]:
    """Where each tensor's data lies in the file, with what pads it to the next."""
    ordered = sorted(model.tensors, key=lambda tensor: tensor.offset)
    ends = [tensor.offset + model.data for tensor in ordered[1:]] + [size]
    return {
        tensor.name: (tensor.offset + model.data, end)
        for tensor, end in zip(ordered, ends, strict=True)
    }


def _parts(
    model: Model, kept: list[int], spans: dict[str, tuple[int, int]]
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The pieces of the old file that each tensor is made of: rows of the vocabulary that stay."""
    for tensor in model.tensors:
        start, end = spans[tensor.name]
        if tensor.name != _VOCABULARY:
            yield tensor.name, [(start, end)]
            continue
        # What pads the data is less than a byte for each of so many rows.
        row = (end - start) // tensor.sizes[-1]
        yield tensor.name, [(start + row * one, start + row * (one + 1)) for one in kept]


def _values(model: Model, kept: list[int]) -> Iterator[tuple[str, tuple[int, Any]]]:
    numbers = {old: new for new, old in enumerate(kept)}
    for name, (kind, value) in model.values.items():
        if name in (_TOKENS, _SCORES, _TYPES):
            yield name, (kind, (value[0], [value[1][one] for one in kept]))
        elif name.startswith("tokenizer.ggml.") and name.endswith("_token_id"):
            yield name, (kind, numbers[value])
        else:
            yield name, (kind, value)


def _packed(kind: int, value: Any) -> bytes:
    if kind == _STRING:
        return _packed_text(value)
    if kind == _ARRAY:
        inner, elements = value
        head = struct.pack("<IQ", inner, len(elements))
        return head + b"".join(_packed(inner, one) for one in elements)
    return struct.pack(f"<{_SCALARS[kind]}", value)


def _packed_text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def _packed_tensor(tensor: Tensor) -> bytes:
    sizes = struct.pack(f"<I{len(tensor.sizes)}Q", len(tensor.sizes), *tensor.sizes)
    place = struct.pack("<IQ", tensor.kind, tensor.offset)
    return _packed_text(tensor.name.encode()) + sizes + place


if __name__ == "__main__":
    trim(Path(sys.argv[1]), Path(sys.argv[2]))
