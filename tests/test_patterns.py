"""Regular expressions: none that Python before 3.11.5 matches wrongly, none that is not linear."""

from __future__ import annotations

import re
import time
from collections import deque
from pathlib import Path

from tests.patterns import Pattern, patterns

ROOT = Path(__file__).parents[1]
# A possessive group, in a pattern or at the end of one that is put together, without `|(?!)`.
UNSAFE = re.compile(r"(?<!\\)(?<!\|\(\?!\))\)(?:[*+?]|\{\d*,?\d*\})\+")


def test_every_possessive_group_ends_with_an_alternative_that_fails() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("apps", "worker")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNSAFE.search(line)
    ]
    assert not found


def test_what_is_unsafe_is_seen() -> None:
    assert UNSAFE.search(r"(?:[^$]++|\$(?!\$))*+\$\$")
    assert UNSAFE.search(r"\d++(?:\.\d++)?+")
    assert UNSAFE.search(r")*+")
    assert not UNSAFE.search(r"(?:[^$]++|\$(?!\$)|(?!))*+\$\$")
    assert not UNSAFE.search(r"\((?:[^()']++|(?!))*+\)+?")


# What models cut off, repeat and pad with; each is told from a nearly matching end.
HOSTILE = [
    sign * (10_000 // len(sign))
    for sign in (
        *("a", "A", "0", "x1", "_", " ", "\t", "\n", "'", '"', "`", "(", ")", "[", "{", "-", "/*"),
        *(",", ".", ";", ":", "|", "=", "*", "#", "$", "\\", "--", "ab ", "a.", "a,", "a b", "'a'"),
        *("SELECT ", "INSERT INTO t VALUES (", "WITH a AS (", "BEGIN ", "CASE ", "END ", "AS "),
        *("table ", "| a ", "1. ", "\n\n", "\n- ", "a\n", "```\n", "deadbeef", "$a$", "E'", "''"),
        *("CREATE TABLE a ", "update of a, ", "on a ", "first ", "most ", "from x ", "order by "),
    )
]
# Processor seconds for 10,000 characters. What is linear takes some milliseconds, what is
# quadratic some seconds.
BOUND = 0.25


# Of a quarter of the text: what takes no longer there takes less than BOUND on all of it, if its
# time grows with no more than the fourth power.
_QUARTER = BOUND / 4**4


def slow(pattern: Pattern) -> str:
    """The first hostile text that a pattern takes longer over than its bound, "" for none."""
    compiled = re.compile(pattern.rule, pattern.flags)
    for text in HOSTILE:
        if seconds(pattern, compiled, text[: len(text) // 4]) < _QUARTER:
            continue
        if seconds(pattern, compiled, text) > BOUND:
            return f"{pattern.place}: {text[:24]!r}"
    return ""


def seconds(pattern: Pattern, compiled: re.Pattern[str], text: str) -> float:
    """The processor time that a pattern takes over a text."""
    started = time.process_time()
    if pattern.method in {"match", "fullmatch"}:
        getattr(compiled, pattern.method)(text + "\x01")
    else:
        deque(compiled.finditer(text), maxlen=0)
    return time.process_time() - started


def test_every_pattern_is_linear_in_hostile_texts() -> None:
    every = {(one.rule, one.flags, one.method): one for one in patterns()}
    assert len(every) > 150
    assert [found for one in every.values() if (found := slow(one))] == []


def test_a_quadratic_pattern_is_seen() -> None:
    assert slow(Pattern("here", r"(\w+)\s+AS\s*\(\s*SELECT", re.IGNORECASE, "findall"))
    assert not slow(Pattern("here", r"\b(\w+)\s+AS\s*\(\s*SELECT", re.IGNORECASE, "findall"))
