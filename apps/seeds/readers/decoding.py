"""Bytes of a file → its SQL as UTF-8 bytes, or the reason why it is not text.

Everything after this module works on UTF-8 bytes, so that offsets are cheap and exact. For a file
that is UTF-8 already the content *is* the file (same object, no copy); a byte-order mark is cut
off, so that offsets count from the first character in every encoding.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass

from apps.seeds.readers.encodings import MULTIBYTE, SAMPLE, WESTERN, detect

CHUNK = 1 << 20
BINARY, EMPTY = "binary", "empty"

# Codecs that take the mark off: who decodes the file by the stored name gets the same text.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDTHS = {"utf-16": 2, "utf-32": 4}
# UTF-8 with a few bytes of another program between: what is no UTF-8 is read as cp1252.
MIXED = "utf-8+cp1252"
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_HIGH_BYTES = bytes(range(0x80, 0x100))
# A character beyond the first plane as Java and MySQL's utf8 write it: each half by itself.
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`content` is UTF-8 without a byte-order mark; `encoding` is the name of the Python codec by
    which the file's bytes become this text, or MIXED.

    Exactly one of `content` (not empty) and `reason` ("binary" or "empty") says something.
    """

    content: bytes
    encoding: str
    reason: str = ""


def decode(data: bytes, *, encoding: str = "") -> Decoded:
    """Find the encoding of a file's bytes and return them as UTF-8.

    `encoding` is what the source says (The Stack v2's `src_encoding`); it is tried after the
    byte-order marks and UTF-8, and ignored when it is unknown or does not fit. Nothing is raised
    for bad input.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf") if len(data) < CHUNK else _is_blank(data):
        return Decoded(b"", "", EMPTY)
    if marked := _marked(data):
        return marked
    data = data.removeprefix(codecs.BOM_UTF8)  # which is not true of all of it: its bytes tell
    guessed = _utf16_without_bom(data)
    if guessed:
        return _transcode(data, guessed)
    if _looks_binary(data):
        return Decoded(b"", "", BINARY)
    if _is_utf8(data):
        return Decoded(data, "utf-8")
    if encoding.lower().replace("-", "_") not in MULTIBYTE and _is_nearly_utf8(data):
        return _transcode(data, MIXED)
    for codec in (encoding, detect(data)):
        decoded = _transcode(data, codec) if codec else None
        if decoded and not decoded.reason:
            return decoded
    return _transcode(data, "latin_1")


def _marked(data: bytes) -> Decoded | None:
    """What the byte-order mark of a file says, where there is one that is true."""
    found = next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), None)
    if found is None:
        return None
    bom, codec = found
    # A file that was cut off may end within a character.
    decoded = _transcode(data[: len(data) - len(data) % _WIDTHS.get(codec, 1)], codec)
    return None if bom == codecs.BOM_UTF8 and decoded.reason == BINARY else decoded


def _is_blank(data: bytes) -> bool:
    return re.compile(rb"[^\s\x00]").search(data) is None


def _is_utf8(data: bytes) -> bool:
    """Check in pieces: a 200 MB file must not become a 200 MB string beside it."""
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), CHUNK):
            decoder.decode(view[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_bom(data: bytes) -> str:
    """ASCII text in UTF-16 has a NUL in every other byte and hardly any in the rest."""
    sample = data[: SAMPLE - SAMPLE % 2]
    half = len(sample) // 2
    if half < 4:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.6 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""


def _looks_binary(data: bytes) -> bool:
    """A NUL, or more than 2 % other control characters, in the head, middle or tail of the file."""
    middle = len(data) // 2
    sample = data[:SAMPLE] + data[middle : middle + SAMPLE // 2] + data[-SAMPLE // 2 :]
    return 0 in sample or len(_CONTROL.findall(sample)) > 0.02 * len(sample)


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether at least as many characters of several bytes are good UTF-8 as bytes are none.

    In text of another encoding hardly any two bytes happen to be such a character. Looks at a
    sample from the first byte on that is not ASCII.
    """
    first = _HIGH.search(data)
    begin = first.start() if first else 0
    # Without the last run, which the sample's end may cut.
    sample = data[begin : begin + SAMPLE].rstrip(_HIGH_BYTES) if len(data) > SAMPLE else data
    good, bad = _counted(sample)
    return good >= max(bad, 1)


def _counted(sample: bytes) -> tuple[int, int]:
    """Characters of several bytes that are UTF-8, and bytes of runs that are not as a whole."""
    good = bad = 0
    sample, halves = _HALVES.subn(b" ", sample)
    good += halves
    for run in _HIGH_RUN.findall(sample):
        try:
            good += len(run.decode())
        except UnicodeDecodeError:
            bad += len(run)
    return good, bad


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """The bytes that are no UTF-8, read as cp1252 (and as Latin-1 where that has none)."""
    assert isinstance(error, UnicodeDecodeError)
    if halves := _HALVES.match(error.object, error.start):
        pair = halves[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
        return pair.decode("utf-16-le"), halves.end()
    odd = error.object[error.start : error.end]
    try:
        return odd.decode(WESTERN), error.end
    except UnicodeDecodeError:
        return odd.decode("latin-1"), error.end


codecs.register_error("winnow-cp1252", _as_cp1252)


def _transcode(data: bytes, codec: str) -> Decoded:
    try:
        name, errors = ("utf-8", "winnow-cp1252") if codec == MIXED else (codec, "strict")
        decoder = codecs.getincrementaldecoder(name)(errors=errors)
        out = io.BytesIO()
        view = memoryview(data)
        for start in range(0, len(data), CHUNK):
            out.write(decoder.decode(bytes(view[start : start + CHUNK])).encode())
        out.write(decoder.decode(b"", final=True).encode())
    except (UnicodeError, LookupError, TypeError):
        return Decoded(b"", "", BINARY)
    content = out.getvalue()
    if not content.strip():
        return Decoded(b"", "", EMPTY)
    return Decoded(content, codec)
