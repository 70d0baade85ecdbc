"""Regular expressions that Python before 3.11.5, Debian's among them, would match wrongly."""

from __future__ import annotations

import re
from pathlib import Path

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
