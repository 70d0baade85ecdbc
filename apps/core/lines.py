"""JSON in one line, for whatever a reader takes for the end of a line."""

from __future__ import annotations

# JSON may have them as they are; str.splitlines and readers built on it end a line there.
_LINE_ENDS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def in_one_line(text: str) -> str:
    """One JSON text without a line end of any kind: what it says stays."""
    if not text.isascii():
        for character, escaped in _LINE_ENDS.items():
            if character in text:
                text = text.replace(character, escaped)
    return text


def as_line(text: str) -> bytes:
    """One JSON text as a line: UTF-8 with its line end, and no other line end of any kind."""
    return in_one_line(text).encode() + b"\n"
