"""Whether two values of tables mean the same.

Text tables have no types of their own, so values are compared by what both sides can mean: numbers
as exactly as they are written, dates with or without midnight, truth as true/1, JSON, arrays,
intervals and bytes by what they say, other text exactly.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from apps.validation.results import meanings
from apps.validation.values import Scalar

# Noise of sums in double precision, and of values that a database keeps in single precision.
_NOISE = 1e-9
_SINGLE_NOISE = 1.2e-7
# A number with more digits is no float: it arrives as a text.
_FLOAT_DIGITS = 15

_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_CLOCK = re.compile(r"(\d{2}:\d{2}(?::\d{2})?)(?:\.0{1,9})?")
_DAYS = re.compile(r"-?\d{1,7} days?, \d{1,2}:\d{2}:\d{2}(?:\.\d{1,6})?")
_MONTH = 30 * 86_400
_TRUE, _FALSE = {"t", "true"}, {"f", "false"}
_ON, _OFF = {"1", "01", "b'1'"}, {"0", "00", "b'0'"}
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")


def same_value(expected: Scalar, actual: Scalar, decimals: int = -1) -> bool:
    """Whether two values mean the same.

    decimals: that the expected number is written with, -1 where only the value tells.
    Whole numbers exactly; others within half a unit of the last of two or more decimals that are
    expected; a text that is a number equals that number; true is 1; midnight may be left out.
    Texts are equal exactly: `1.10` is not `1.1`. Whether an expected value without quotes is a
    number or a text cannot be told, so that a number also equals a text.
    """
    if expected is None or actual is None:
        return expected is actual
    if isinstance(expected, bool) or isinstance(actual, bool):
        return _truth(expected) is not None and _truth(expected) == _truth(actual)
    if isinstance(expected, str) and isinstance(actual, str):
        return expected == actual or _same_text(expected, actual)
    if isinstance(expected, str) and expected.strip().lower() in _TRUE | _FALSE:
        return _truth(expected) == _truth(actual)
    left, right = _number(expected), _number(actual)
    if left is None or right is None:
        return False
    return _same_number(left, right, max(decimals, _decimals(str(expected))))


def _truth(value: Scalar) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        # 01 is a bit as bytes.
        return True if word in _TRUE | _ON else False if word in _FALSE | _OFF else None
    return bool(value) if value in {0, 1} else None


def _number(value: Scalar) -> float | int | None:
    if isinstance(value, int | float):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        return None
    # 007 is a code, no number.
    if re.match(r"[+-]?0\d", text):
        return None
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _same_number(expected: float | int, actual: float | int, decimals: int) -> bool:
    if isinstance(expected, int) and isinstance(actual, int):
        return expected == actual
    if not (math.isfinite(expected) and math.isfinite(actual)):
        return str(expected) == str(actual)
    allowed = _NOISE * max(1.0, abs(expected))
    if decimals >= 2:
        # A half rounds either way from one database to the next.
        allowed += 0.5 * 10**-decimals
    elif decimals == 1:
        allowed += min(0.05, _SINGLE_NOISE * abs(expected))
    return abs(expected - actual) <= allowed


def _decimals(shown: str) -> int:
    return len(shown.partition(".")[2]) if "e" not in shown.lower() else 0


def _same_text(expected: str, actual: str) -> bool:
    left, right = _moment(expected), _moment(actual)
    if left is not None and right is not None:
        return left == right
    if _same_meaning(expected, actual):
        return True
    if sum(character.isdigit() for character in actual) <= _FLOAT_DIGITS:
        return False
    first, second = _number(expected), _number(actual)
    if first is None or second is None:
        return False
    return _same_number(first, second, _decimals(expected))


def _same_meaning(expected: str, actual: str) -> bool:
    """Whether both are the same structure, the same interval or the same bytes."""
    if meanings.is_structured(expected) and meanings.is_structured(actual):
        first, second = meanings.as_json(expected), meanings.as_json(actual)
        if first is not None and second is not None:
            # An array without elements is {} in PostgreSQL.
            return _same_json(first, second) or not (first or second)
        left, right = meanings.as_structure(expected), meanings.as_structure(actual)
        return left is not None and right is not None and _same_inside(left, right)
    written = meanings.as_bytes(expected)
    if written is not None and meanings.is_hex(actual):
        return written == actual.lower()
    span, other = meanings.as_interval(expected), meanings.as_interval(actual)
    if span is None or other is None or span == other:
        return span is not None and span == other
    # DuckDB's driver gives months as thirty days each.
    return _DAYS.fullmatch(actual) is not None and span[0] * _MONTH + span[1] == other[1]


def _same_json(first: object, second: object) -> bool:
    """As JSON compares: keys in any order, 1 is 1.0 and no "1", true is no 1."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            _same_json(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same_json, first, second))
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, int | float) and isinstance(second, int | float):
        return _same_number(first, second, -1)
    return first == second


def _same_inside(first: meanings.Inside, second: meanings.Inside) -> bool:
    """Structures whose insides are texts: each means the same as its counterpart."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            _same_inside(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same_inside, first, second))
    if isinstance(first, str) and isinstance(second, str):
        return first == second or _same_plain(first, second)
    # Nothing tells `{}` of a list from that of an object.
    return first is second or not (first or second or first is None or second is None)


def _same_plain(first: str, second: str) -> bool:
    left, right = _number(first), _number(second)
    if left is not None and right is not None:
        return _same_number(left, right, _decimals(first))
    truth = {first.lower(), second.lower()}
    return truth <= _TRUE or truth <= _FALSE or _same_text(first, second)


def _moment(text: str) -> tuple[str, str, str] | None:
    """Date, clock with seconds and fraction, in UTC; without a zone UTC is meant."""
    if len(text) > 40:
        return None
    clock = _CLOCK.fullmatch(text.strip())
    if clock:
        return "", _with_seconds(clock.group(1)), ""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return None
    day, time, fraction, zone = found.groups()
    moment = _with_seconds(time or "00:00:00")
    if zone:
        day, moment = _in_utc(day, moment, zone)
    return day, moment, (fraction or "").rstrip("0")


def _in_utc(day: str, moment: str, zone: str) -> tuple[str, str]:
    """Day and clock of a moment with a zone; one that is no moment stays with its zone."""
    offset = _OFFSET.fullmatch(zone)
    if offset is None:
        return day, moment
    sign, hours, minutes = offset.groups()
    shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
    try:
        local = datetime.strptime(f"{day} {moment}", "%Y-%m-%d %H:%M:%S")
        utc = local - shift if sign == "+" else local + shift
    except (ValueError, OverflowError):
        return day, moment + zone
    return f"{utc:%Y-%m-%d}", f"{utc:%H:%M:%S}"


def _with_seconds(clock: str) -> str:
    return clock if len(clock) == 8 else f"{clock}:00"
