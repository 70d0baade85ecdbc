"""Finished pairs out of a file: JSONL or a JSON array, packed or not, or Parquet, of output records
or of rows as trainers have them (chat, ShareGPT, Alpaca, prompt and completion), as a stream.

A row that is broken gives a BadRow and the next is read; nothing larger than one record is ever
in memory, and a record has a bound.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from apps.generation.import_formats import as_record, is_parquet, parquet_rows
from apps.generation.import_packing import PackedError, unpacked
from apps.generation.plain import plain_text, taken_off

MOST_RECORD_BYTES = 8 * 1024 * 1024
MOST_TEXT = 400_000  # characters of an instruction or a response
_PIECE = 1 << 20
# What was read is cut off when it is so long: a JSON error counts the lines before it.
_BEHIND = 1 << 15
# A value that is found broken late is read again from its second line on. So many characters are
# read again in all, beside four times those of the file.
_MOST_AGAIN = 1 << 26
_DEEP = 1 << 16  # what it takes to find a value nested too deeply, put high
_NEXT = re.compile(r"\n[^\S\n]*(?=\{)")
_BLANKS = re.compile(r"[ \t\r\n\ufeff]*")
_FILE_NAME = re.compile(
    r"data-(?P<tag>.+)-(?P<stage>s_c|c_i|i_r)-(?P<fingerprint>[0-9a-f]{5})-(?P<start>\d+)"
    r"-(?P<written>\d{8}_\d{6})\.jsonl?(?:\.gz|\.zst)?"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """An output record that is a pair. `row` counts records from 0, `line` lines from 1.

    instruction, response: as they are stored, see `plain_text`. record: as it came, with what
    was taken off the two as `taken_off`, by name and code point, where anything was.
    """

    row: int
    line: int
    instruction: str
    response: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that is no pair, and why: a code and a sentence."""

    row: int
    line: int
    reason: str
    message: str


Found = tuple[int, Any]


class _Bad(Exception):
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def read_pairs(stream: IO[bytes]) -> Iterator[Pair | BadRow]:
    """Every record of a file in its order, read from its beginning. Raises OSError only."""
    stream.seek(0)
    if is_parquet(stream):
        yield from _pairs(_parquet(stream))
        return
    yield from _pairs(_unpacked(stream))


def read_records(stream: IO[bytes], *, most: int) -> Iterator[tuple[int, Any]]:
    """What a file of JSON lines, or of one JSON array, lists, packed or not: each with its line,
    and a BadRow in the place of what is broken. most: bytes, unpacked. Raises OSError only.
    """
    stream.seek(0)
    for row, (line, found) in enumerate(_unpacked(stream, most)):
        is_bad = isinstance(found, _Bad)
        yield line, BadRow(row, line, found.reason, found.message) if is_bad else found


def _pairs(rows: Iterator[Found]) -> Iterator[Pair | BadRow]:
    for row, (line, found) in enumerate(rows):
        try:
            if isinstance(found, _Bad):
                raise found
            yield _pair(row, line, found)
        except _Bad as bad:
            yield BadRow(row, line, bad.reason, bad.message)


def name_details(file_name: str) -> dict[str, str]:
    """Tag, stage, start of the fingerprint, start index and time of writing, where a file's name
    has the pattern data-<tag>-<stage>-<5 hex>-<start index>-<YYYYmmdd_HHMMSS>.jsonl, packed
    or not; else {}.
    """
    found = _FILE_NAME.fullmatch(file_name)
    return found.groupdict() if found else {}


def _parquet(stream: IO[bytes]) -> Iterator[Found]:
    """Rows of a Parquet file, a line each. What cannot be read ends the reading, and is told."""
    number = 0
    try:
        for number, row in enumerate(parquet_rows(stream), start=1):
            yield number, row
    except (ValueError, OSError) as error:
        yield number + 1, _Bad("broken_parquet", f"No Parquet: {str(error)[:300]}.")


def _unpacked(stream: IO[bytes], most: int | None = None) -> Iterator[Found]:
    """Records of JSON. What cannot be unpacked ends the reading, and is told."""
    line = 0
    try:
        head = unpacked(stream, most).read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
        stream.seek(0)
        whole = unpacked(stream, most)
        for line, found in _array(whole) if head.startswith(b"[") else _lines(whole):
            yield line, found
    except PackedError as error:
        yield line + 1, _Bad("broken_packing", f"{error}")


def _lines(stream: IO[bytes]) -> Iterator[Found]:
    number = 0
    while line := stream.readline(MOST_RECORD_BYTES + 1):
        number += 1
        if len(line) > MOST_RECORD_BYTES:
            yield number, _too_long()
            while line and not line.endswith(b"\n"):
                line = stream.readline(_PIECE)
            continue
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            yield number, _loaded(line)


def _loaded(line: bytes) -> Any:
    try:
        return _decoder.decode(line.decode())
    except UnicodeDecodeError as error:
        return _Bad("not_utf8", f"Not UTF-8 at byte {error.start} of the line.")
    except (ValueError, RecursionError) as error:
        return _broken(error)


def _array(stream: IO[bytes]) -> Iterator[Found]:
    """The elements of one JSON array. After a broken one it goes on where a line begins with {."""
    text = _Text(stream)
    text.skip("[")
    while True:
        text.skip(",")
        if text.at_end() or text.peek() == "]":
            return
        line = text.line
        try:
            yield line, text.value()
        except (ValueError, RecursionError) as error:
            yield line, _too_long() if text.is_full() else _broken(error)
            if not text.go_on_after(error):
                if text.is_hopeless():
                    yield text.line, _Bad("hopeless", "Broken all over: reading ends here.")
                return


class _Text:
    """A window on the characters of a stream, moved on as values are taken from its front."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self._buffer = ""
        self._place = 0
        self._ended = False
        self._read = 0
        self._again = 0
        self.line = 1

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = self._stream.read(_PIECE)
        self._ended = not piece
        self._read += len(piece)
        self._buffer = self._buffer[self._place :] + self._decode(piece, final=self._ended)
        self._place = 0
        return True

    def _move(self, place: int) -> None:
        self.line += self._buffer.count("\n", self._place, place)
        self._place = place
        if place > _BEHIND:
            self._buffer, self._place = self._buffer[place:], 0

    def peek(self) -> str:
        return self._buffer[self._place : self._place + 1]

    def at_end(self) -> bool:
        while not self.peek() and self._more():
            pass
        return not self.peek()

    def is_full(self) -> bool:
        return len(self._buffer) - self._place >= MOST_RECORD_BYTES

    def skip(self, mark: str) -> None:
        """White space, and `mark` once."""
        self._skip_blanks()
        if self.peek() == mark:
            self._move(self._place + 1)
            self._skip_blanks()

    def _skip_blanks(self) -> None:
        while True:
            blanks = _BLANKS.match(self._buffer, self._place)
            self._move(blanks.end() if blanks else self._place)
            if self.peek() or not self._more():
                return

    def value(self) -> Any:
        """The JSON value at the front. Raises ValueError when it is broken or too large."""
        while True:
            try:
                value, end = _decoder.raw_decode(self._buffer, self._place)
            except ValueError as error:
                if self.is_full() or not self._may_go_on(error) or not self._more():
                    raise
                continue
            if end == len(self._buffer) and self._more():
                continue  # a number may go on
            self._move(end)
            return value

    def _may_go_on(self, error: ValueError) -> bool:
        """Whether more text could mend it: it is the end that was not expected."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._buffer) - 20

    def go_on_after(self, error: Exception) -> bool:
        """Behind the next line break that a { follows; false at the end, and where too much
        would be read again: records that begin within others that do not end.
        """
        if isinstance(error, json.JSONDecodeError):
            self._again += error.pos - self._place
        elif isinstance(error, RecursionError):
            self._again += _DEEP
        return not self.is_hopeless() and self._go_to_next()

    def is_hopeless(self) -> bool:
        return self._again > _MOST_AGAIN + 4 * self._read

    def _go_to_next(self) -> bool:
        while True:
            found = _NEXT.search(self._buffer, self._place)
            if found:
                self._move(found.end())
                return True
            self._move(max(self._place, len(self._buffer) - 1))
            if not self._more():
                return False


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _broken(error: Exception) -> _Bad:
    what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    if isinstance(error, json.JSONDecodeError):
        what = error.msg  # its line and column count from where our window begins
    return _Bad("broken_json", f"No JSON: {what[:300]}.")


def _too_long() -> _Bad:
    return _Bad("too_long", f"Longer than {MOST_RECORD_BYTES:,} bytes: no record is.")


def _pair(row: int, line: int, value: Any) -> Pair:
    if not isinstance(value, dict):
        raise _Bad("no_record", f"A record is a JSON object, this is {_type(value)}.")
    try:
        record = _cleaned(value)
    except RecursionError as error:
        raise _broken(error) from error
    record = as_record(record)
    texts = {name: _text(record, name) for name in ("instruction", "response")}
    concepts = record.get("concepts")
    if concepts is not None and not (
        isinstance(concepts, list) and all(isinstance(item, str) for item in concepts)
    ):
        raise _Bad("bad_concepts", "concepts must be a list of texts, or null.")
    if not isinstance(record.get("seed"), str | None):
        raise _Bad("bad_seed", f"seed must be a text or null, not {_type(record['seed'])}.")
    if lost := {name: off for name, text in texts.items() if (off := taken_off(text))}:
        record = {**record, "taken_off": lost}
    plain = {name: plain_text(text) for name, text in texts.items()}
    for name, text in plain.items():
        if not text.strip():
            raise _Bad(f"no_{name}", f"The {name} is blank.")
    return Pair(row, line, plain["instruction"], plain["response"], record)


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None or value == "":
        raise _Bad(f"no_{name}", f"The record has no {name}.")
    if not isinstance(value, str):
        raise _Bad(f"no_{name}", f"{name} must be a text, not {_type(value)}.")
    if len(value) > MOST_TEXT:
        raise _Bad("text_too_long", f"{name} has more than {MOST_TEXT:,} characters.")
    return value


def _type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _cleaned(value: Any) -> Any:
    """PostgreSQL's jsonb cannot hold NUL or half a character: show what stood there."""
    if isinstance(value, str):
        return value.replace("\0", "\u2400").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value
