"""Texts that stand for more than letters: JSON, arrays, structures, intervals, bytes.

Every database writes them in its own way, and models write them in any of these.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

MAX_TEXT = 10_000
MAX_DEPTH = 20
Leaf = str | None
Inside = Leaf | list["Inside"] | dict[str, "Inside"]

_BYTES = re.compile(
    r"\\x((?:[0-9a-f]{2})*)|x'((?:[0-9a-f]{2})*)'|0x((?:[0-9a-f]{2})+)", re.IGNORECASE
)
_ESCAPED = re.compile(r"(?:b')?((?:\\x[0-9a-f]{2}){2,})'?", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.IGNORECASE)
_CLOCK = re.compile(r"(-?)(\d{1,4}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
_SPAN = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*([a-z]{1,12})", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:\d{1,6}[YMWD]){0,4}(?:T(?:\d{1,6}(?:\.\d{1,6})?[HMS]){1,3})?", re.IGNORECASE
)
_ISO_PART = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([YMWDHMS])", re.IGNORECASE)
_MONTHS = {"year": 12, "yr": 12, "mon": 1, "month": 1}
_SECONDS = {
    "week": 604_800, "day": 86_400, "hour": 3600, "hr": 3600, "h": 3600, "minute": 60, "min": 60,
    "second": 1, "sec": 1, "s": 1,
}  # fmt: skip
_PLAIN_END = frozenset(",]}")


def is_structured(text: str) -> bool:
    """Whether a text may be JSON, an array or a structure."""
    return 1 < len(text) <= MAX_TEXT and text[0] in "[{" and text[-1] in "]}"


@lru_cache(maxsize=1024)
def as_json(text: str) -> object | None:
    """The array or object that a text is in JSON, None where it is none or is nested too deep."""
    if not is_structured(text) or _depth(text) > MAX_DEPTH:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list | dict) else None


def _depth(text: str) -> int:
    """How deep brackets stand in one another, those in texts counted too."""
    depth = deepest = 0
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=1024)
def as_structure(text: str) -> Inside | None:
    """Lists and dicts of texts out of JSON, `{a,"b c",NULL}`, `[a, b]` or `{'a': 1}`.

    None where the text is none of them. What stands inside is text; null and NULL are None.
    """
    if not is_structured(text):
        return None
    try:
        value, end = _value(text, 0, 0)
    except (IndexError, ValueError):
        return None
    return value if end == len(text) and not isinstance(value, str) else None


def _value(text: str, at: int, depth: int) -> tuple[Inside, int]:
    at = _blank(text, at)
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if text[at] in "[{":
        return _container(text, at, depth)
    if text[at] in "\"'":
        return _quoted(text, at)
    end = at
    while text[end] not in _PLAIN_END and not (text[end] == ":" and text[end + 1] == " "):
        end += 1
    bare = text[at:end].strip()
    return (None if bare.lower() == "null" else bare), end


def _container(text: str, at: int, depth: int) -> tuple[Inside, int]:
    closing = "]" if text[at] == "[" else "}"
    items: list[Inside] = []
    named: dict[str, Inside] = {}
    at = _blank(text, at + 1)
    while text[at] != closing:
        value, at = _value(text, at, depth + 1)
        at = _blank(text, at)
        if text[at] == ":" and closing == "}" and isinstance(value, str):
            named[value], at = _value(text, at + 1, depth + 1)
            at = _blank(text, at)
        else:
            items.append(value)
        if text[at] == ",":
            at = _blank(text, at + 1)
        elif text[at] != closing:
            raise ValueError("neither another value nor the end")
    if named and items:
        raise ValueError("some values have names and some have none")
    return (named or items), at + 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    quote, parts = text[at], []
    at += 1
    while text[at] != quote or text[at + 1 : at + 2] == quote:
        # A sign behind a backslash, or a quote that is doubled, stands for itself.
        at += text[at] in ("\\", quote)
        parts.append(text[at])
        at += 1
    return "".join(parts), at + 1


def _blank(text: str, at: int) -> int:
    while text[at] == " ":
        at += 1
    return at


@lru_cache(maxsize=1024)
def as_interval(text: str) -> tuple[int, float] | None:
    """Months and seconds of `1 day 02:03:00`, `1 day, 2:03:00`, `90 minutes`, `P1DT2H`."""
    bare = text.strip().lower()
    if not bare or len(bare) > 80 or not bare[-1].isalnum():
        return None
    if bare.startswith("p") and _ISO.fullmatch(bare) and len(bare) > 2:
        return _of_iso(bare.upper())
    months, seconds = 0.0, 0.0
    clock = _CLOCK.search(bare)
    if clock:
        sign, hours, minutes, rest, fraction = clock.groups()
        spent = int(hours) * 3600 + int(minutes) * 60 + int(rest or 0)
        spent_exactly = spent + float(f"0.{fraction or 0}")
        seconds += -spent_exactly if sign else spent_exactly
        bare = bare[: clock.start()] + bare[clock.end() :]
    for amount, unit in _SPAN.findall(bare):
        name = unit if unit in _SECONDS or unit in _MONTHS else unit.rstrip("s")
        if name in _MONTHS:
            months += float(amount) * _MONTHS[name]
        elif name in _SECONDS:
            seconds += float(amount) * _SECONDS[name]
        else:
            return None
    left = _SPAN.sub("", bare).replace(",", " ").replace("and", " ").replace("@", " ").strip()
    if left or not (clock or _SPAN.search(bare)):
        return None
    return int(months), round(seconds, 6)


def _of_iso(text: str) -> tuple[int, float]:
    day, _, clock = text[1:].partition("T")
    months = {"Y": 12, "M": 1}
    found = [(float(amount), unit) for amount, unit in _ISO_PART.findall(day)]
    whole = sum(amount * months.get(unit, 0) for amount, unit in found)
    seconds = sum(amount * {"W": 604_800, "D": 86_400}.get(unit, 0) for amount, unit in found)
    for amount, unit in _ISO_PART.findall(clock):
        seconds += float(amount) * {"H": 3600, "M": 60, "S": 1}[unit]
    return int(whole), round(seconds, 6)


def as_bytes(text: str) -> str | None:
    """The hexadecimal digits of a text that is written as bytes, None where it is none."""
    if len(text) > MAX_TEXT:
        return None
    bare = text.strip()
    found = _BYTES.fullmatch(bare)
    if found:
        return next(digits for digits in found.groups() if digits is not None).lower()
    escaped = _ESCAPED.fullmatch(bare)
    return escaped.group(1).replace("\\x", "").lower() if escaped else None


def is_hex(text: str) -> bool:
    """Whether a text may be what a database's bytes are shown as."""
    return bool(text) and len(text) <= MAX_TEXT and bool(_HEX.fullmatch(text))
