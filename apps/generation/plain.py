"""Texts as they are stored: with one kind of line end and without characters that nobody sees.

Done once, when a text comes in: what is stored is what is run, reviewed and exported.
"""

from __future__ import annotations

import re
from collections import Counter

# PostgreSQL cannot store the first, a reader cannot see the others.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff]")
_CHANGED = re.compile(
    r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff\u00a0\u2028]"
)


def plain_text(text: str) -> str:
    """Line ends as \\n, blanks that do not break as blanks, unseen characters taken off."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _UNSEEN.sub("", lines.replace("\u00a0", " "))


def taken_off(text: str) -> dict[str, int]:
    """What `plain_text` takes off or puts a plain sign for, by code point; line ends left out."""
    counts = Counter(f"U+{ord(sign):04X}" for sign in _CHANGED.findall(text))
    return dict(sorted(counts.items()))
